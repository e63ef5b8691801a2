"""From the statement of the engine to the decision: what can be done, in which order, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from moment_sample import stated

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.moments import take
from lapwing.desk.moments.assessing import assess, mark_significant, note_fact, set_review
from lapwing.desk.moments.course import STEPS, WAITING, Status, after
from lapwing.desk.moments.deciding import decide, read_second, reopen, withdraw
from lapwing.desk.moments.disclosing import correct, disclosed, give_notice
from lapwing.desk.moments.erasing import erase
from lapwing.desk.moments.error import StatementError, StepError
from lapwing.desk.moments.models import Assessment, Decision, DecisionState, Fact, Moment, Notice, Statement
from lapwing.desk.moments.regrouping import merge, part, take_out
from lapwing.desk.moments.vocabulary import vocabulary

pytestmark = pytest.mark.django_db
WHY = "a reason that can be judged"
BENIGN = "a match on that evening brought them to the same link"
Later = Callable[[timedelta], None]


@pytest.fixture
def moment() -> Moment:
    return take(*stated())


def actions(about: str) -> list[str]:
    return list(Entry.objects.filter(about=about).order_by("number").values_list("action", flat=True))


def test_a_statement_is_kept_with_its_members_and_its_audit_entry(moment: Moment) -> None:
    assert sorted(moment.members.values_list("pseudonym", flat=True)) == ["s-1", "s-2", "s-3"]
    assert moment.status == Status.NEW
    assert moment.line == stated()[0]
    assert actions("moment:m-1") == ["moment.state"]


def test_every_statement_stays_and_the_last_is_the_state(moment: Moment, later: Later) -> None:
    later(timedelta(hours=1))
    take(*stated(net=13.0, acts=8, subjects=("s-1", "s-2", "s-3", "s-4")))
    moment.refresh_from_db()
    assert moment.net == 13.0
    assert moment.members.count() == 4
    assert [len(one.line["ledger"]) for one in Statement.objects.all()] == [6, 8]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subjects": []}, "names no subject"),
        ({"id": "x" * 80}, "1 to 64 letters"),
        ({"id": "m\u202e1"}, "1 to 64 letters"),
        ({"onset": "yesterday"}, "Not a statement of a moment"),
        ({"subjects": ["a\x00b"]}, "no pseudonym"),
    ],
)
def test_what_is_no_statement_is_refused_and_says_why(change: dict[str, object], says: str) -> None:
    line, _ = stated()
    with pytest.raises(StatementError, match=says):
        take({**line, **change}, None)
    assert not Moment.objects.exists()


def test_a_statement_without_a_field_says_which(moment: Moment) -> None:
    line, exhibit = stated()
    del line["bits"]
    with pytest.raises(StatementError, match="'bits' is missing"):
        take(line, exhibit)


def test_the_more_evidence_the_sooner_it_is_due() -> None:
    urgent, usual = take(*stated("m-9", net=18.0)), take(*stated("m-8", net=5.5))
    assert urgent.due is not None
    assert usual.due is not None
    assert urgent.due - clock.now() < timedelta(hours=4, minutes=1)
    assert usual.due - clock.now() > timedelta(hours=71)


def test_rows_of_hostile_text_are_kept_to_the_last_character() -> None:
    moment = take(*stated(context="<b>\x00\u202e\ud800'; DROP TABLE--{}"))
    moment.refresh_from_db()
    assert moment.as_stated().ledger[0].context == "<b>\x00\u202e\ud800'; DROP TABLE--0"


def test_facts_and_assessments_cannot_be_changed_or_removed(moment: Moment, analyst: Person) -> None:
    fact = note_fact(moment, analyst, "they met at a hall", "report 12")
    made = assess(moment, analyst, "open", BENIGN, WHY)
    for row, change in ((fact, {"text": "other"}), (made, {"judgement": "serious"})):
        with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**change)
        with pytest.raises(IntegrityError, match="goes only together"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()


def test_the_triggers_are_there_after_all_migrations() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("named differently elsewhere")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'moments_%'")
        names = {name for (name,) in cursor.fetchall()}
    tables = (
        "statement", "fact", "assessment", "disclosure", "correction", "budget", "decision", "significance", "notice",
    )  # fmt: skip
    assert names == {f"moments_{table}_{what}" for table in tables for what in ("unchanged", "kept")}


def test_nothing_is_decided_before_it_was_assessed(moment: Moment, analyst: Person) -> None:
    with pytest.raises(StepError, match="Assess the moment first"):
        decide(moment, analyst, "observe", WHY, BENIGN)


def test_closing_takes_one_step(moment: Moment, analyst: Person) -> None:
    decide(moment, analyst, "benign", WHY, BENIGN)
    moment.refresh_from_db()
    assert moment.status == Status.CLOSED
    assert moment.due is None
    assert Assessment.objects.get().benign == BENIGN


@pytest.mark.parametrize("choice", [name for name, kind in vocabulary().choices.items() if kind.second])
def test_no_removal_and_no_referral_without_a_second_person(
    moment: Moment, analyst: Person, reviewer: Person, choice: str
) -> None:
    assess(moment, analyst, "serious", BENIGN, WHY)
    decision = decide(moment, analyst, choice, WHY, BENIGN, recipient="the prosecutor")
    moment.refresh_from_db()
    assert (moment.status, decision.state) == (Status.PROPOSED, DecisionState.PROPOSED)
    with pytest.raises(StepError, match="somebody else is its second reader"):
        read_second(decision, analyst, agree=True, reasons=WHY)
    with pytest.raises(StepError, match="Assess the moment yourself"):
        read_second(decision, reviewer, agree=True, reasons=WHY)
    assess(moment, reviewer, "serious", BENIGN, WHY)
    with pytest.raises(StepError, match="reasons of their own"):
        read_second(decision, reviewer, agree=True, reasons="  ")
    read_second(decision, reviewer, agree=True, reasons=WHY)
    moment.refresh_from_db()
    assert moment.status == Status.DECIDED


@pytest.mark.parametrize(
    "change",
    [
        {"state": "in_force"},
        {"state": "in_force", "second": "self", "second_reasons": WHY},
        {"state": "in_force", "second": "other", "second_reasons": ""},
    ],
)
def test_the_database_itself_refuses_a_removal_without_a_second_reader(
    moment: Moment, analyst: Person, reviewer: Person, change: dict[str, str]
) -> None:
    assess(moment, analyst, "serious", BENIGN, WHY)
    decision = decide(moment, analyst, "remove", WHY, BENIGN)
    people = {"self": analyst, "other": reviewer}
    values = {name: people.get(value, value) for name, value in change.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(**values)


def test_a_removal_cannot_be_written_as_if_it_were_of_no_consequence(moment: Moment, analyst: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            moment=moment, choice="remove", consequential=False, reasons=WHY, benign=BENIGN, by=analyst,
            state=DecisionState.IN_FORCE,
        )  # fmt: skip


@pytest.mark.parametrize("missing", ["reasons", "benign"])
def test_no_decision_is_without_reasons_and_an_innocent_explanation(
    moment: Moment, analyst: Person, missing: str
) -> None:
    values = {"reasons": WHY, "benign": BENIGN, missing: " "}
    with pytest.raises(StepError, match="needs reasons"):
        decide(moment, analyst, "benign", values["reasons"], values["benign"])


def test_what_was_decided_is_not_changed_afterwards(moment: Moment, analyst: Person) -> None:
    decision = decide(moment, analyst, "benign", WHY, BENIGN)
    for change in ({"reasons": "other reasons"}, {"state": "withdrawn"}):
        with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(**change)


def test_a_refused_proposal_leads_back_to_the_assessed(
    moment: Moment, analyst: Person, reviewer: Person
) -> None:
    assess(moment, analyst, "serious", BENIGN, WHY)
    decision = decide(moment, analyst, "remove", WHY, BENIGN)
    assess(moment, reviewer, "innocent", BENIGN, WHY)
    read_second(decision, reviewer, agree=False, reasons=WHY)
    moment.refresh_from_db()
    assert (moment.status, moment.waiting) == (Status.ASSESSED, True)


def test_only_who_proposed_takes_back(moment: Moment, analyst: Person, reviewer: Person) -> None:
    assess(moment, analyst, "serious", BENIGN, WHY)
    decision = decide(moment, analyst, "remove", WHY, BENIGN)
    with pytest.raises(StepError, match="Only who proposed"):
        withdraw(decision, reviewer, WHY)
    withdraw(decision, analyst, WHY)
    moment.refresh_from_db()
    assert moment.status == Status.ASSESSED


def test_an_analyst_does_not_judge_false(moment: Moment, analyst: Person, reviewer: Person) -> None:
    with pytest.raises(StepError, match="a reviewer does"):
        decide(moment, analyst, "false", WHY, BENIGN)
    decide(moment, reviewer, "false", WHY, BENIGN)


def test_what_was_marked_significant_is_written_up_in_the_same_shift(
    moment: Moment, analyst: Person, later: Later
) -> None:
    mark = mark_significant(moment, analyst, WHY)
    moment.refresh_from_db()
    assert moment.due == mark.due
    assert mark.due - mark.time == vocabulary().shift
    later(timedelta(hours=9))
    assert moment.overdue(clock.now())
    assessment = assess(moment, analyst, "serious", BENIGN, WHY)
    moment.refresh_from_db()
    mark.refresh_from_db()
    assert mark.written == assessment
    assert moment.write_up is None


def test_reopening_needs_a_new_fact(moment: Moment, analyst: Person) -> None:
    note_fact(moment, analyst, "they met at a hall", "report 12")
    decide(moment, analyst, "benign", WHY, BENIGN)
    moment.refresh_from_db()
    with pytest.raises(StepError, match="needs a new fact"):
        reopen(moment, analyst, " ", "report 12")
    with pytest.raises(StepError, match="was known when"):
        reopen(moment, analyst, "they met at a hall", "report 12")
    with pytest.raises(StepError, match="Reopen it with a new fact first"):
        assess(moment, analyst, "open", BENIGN, WHY)
    reopen(moment, analyst, "one of them hired a van", "report 13")
    moment.refresh_from_db()
    assert (moment.status, moment.closed) == (Status.ASSESSED, None)
    assert Fact.objects.filter(text="one of them hired a van").exists()


def test_what_is_in_force_stands_beside_the_moment_until_it_is_reopened(
    moment: Moment, analyst: Person, reviewer: Person
) -> None:
    def outcome() -> str | None:
        moment.refresh_from_db()
        return moment.outcome

    assert outcome() is None
    for person in (analyst, reviewer):
        assess(moment, person, "serious", BENIGN, WHY)
    proposal = decide(moment, analyst, "remove", WHY, BENIGN)
    assert outcome() is None
    read_second(proposal, reviewer, agree=True, reasons=WHY)
    assert outcome() == "remove"
    decide(moment, analyst, "benign", WHY, BENIGN)
    assert outcome() == "benign"
    reopen(moment, analyst, "one of them hired a van", "report 13")
    assert outcome() is None


def test_a_closed_moment_still_takes_statements_and_says_that_it_grew(
    moment: Moment, analyst: Person, later: Later
) -> None:
    decide(moment, analyst, "benign", WHY, BENIGN)
    later(timedelta(hours=1))
    grown = take(*stated(acts=9))
    assert grown.status == Status.CLOSED
    assert grown.grown_since_closed


def test_the_next_review_is_never_later_than_the_decision_allows(
    moment: Moment, analyst: Person, later: Later
) -> None:
    assess(moment, analyst, "open", BENIGN, WHY)
    with pytest.raises(StepError, match="at the latest"):
        decide(moment, analyst, "observe", WHY, BENIGN, review=clock.now() + timedelta(days=8))
    with pytest.raises(StepError, match="in the past"):
        decide(moment, analyst, "observe", WHY, BENIGN, review=clock.now() - timedelta(days=1))
    decide(moment, analyst, "observe", WHY, BENIGN)
    with pytest.raises(StepError, match="at the latest"):
        set_review(moment, analyst, clock.now() + timedelta(days=9), WHY)
    set_review(moment, analyst, clock.now() + timedelta(days=2), WHY)
    later(timedelta(days=3))
    moment.refresh_from_db()
    assert moment.overdue(clock.now())


def test_a_correction_reaches_everyone_who_received_the_data(
    moment: Moment, analyst: Person, disclosure_officer: Person
) -> None:
    with transaction.atomic():
        disclosed(moment, "partner a", what="ledger", why=WHY, by=analyst)
        disclosed(moment, "partner a", what="ledger", why=WHY, by=analyst)
        disclosed(moment, "partner b", what="ledger", why=WHY, by=None)
    correct(moment, analyst, "the third act was of another account")
    assert list(Notice.objects.values_list("recipient", flat=True)) == ["partner a", "partner b"]
    with transaction.atomic():
        disclosed(moment, "partner c", what="ledger", why=WHY, by=analyst)
    assert Notice.objects.filter(recipient="partner c").count() == 1
    notice = give_notice(Notice.objects.get(recipient="partner a"), disclosure_officer, "by telephone")
    with pytest.raises(StepError, match="told already"):
        give_notice(notice, disclosure_officer, "by telephone")


def test_who_received_a_moment_learns_that_it_was_false(
    moment: Moment, analyst: Person, reviewer: Person
) -> None:
    assess(moment, analyst, "serious", BENIGN, WHY)
    decision = decide(moment, analyst, "refer", WHY, BENIGN, recipient="the prosecutor")
    assess(moment, reviewer, "serious", BENIGN, WHY)
    read_second(decision, reviewer, agree=True, reasons=WHY)
    decide(moment, reviewer, "false", WHY, BENIGN)
    assert Notice.objects.get().recipient == "the prosecutor"


def test_merged_moments_are_read_by_who_may_read_all_their_subjects(analyst: Person) -> None:
    one, other = take(*stated("m-1")), take(*stated("m-2", subjects=("s-8", "s-9")))
    merge(other, one, analyst, WHY)
    other.refresh_from_db()
    assert other.status == Status.MERGED
    assert one.members.count() == 5
    take(*stated("m-1"))
    assert one.members.count() == 5
    with pytest.raises(StepError, match="merged into another"):
        assess(other, analyst, "open", BENIGN, WHY)
    part(other, analyst, WHY)
    assert one.members.count() == 3


def test_a_part_taken_out_has_its_subjects_and_acts_and_says_whose_it_is(
    moment: Moment, analyst: Person
) -> None:
    with pytest.raises(StepError, match="not all of them"):
        take_out(moment, ["s-1", "s-2", "s-3"], analyst, WHY)
    made = take_out(moment, ["s-1"], analyst, WHY)
    assert made.parted_from == moment
    assert {act["subject"] for act in made.line["ledger"]} == {"s-1"}
    assert made.statements.get().by == analyst


def test_an_erased_moment_leaves_nothing_but_its_audit_entries(moment: Moment, analyst: Person) -> None:
    note_fact(moment, analyst, "they met at a hall", "report 12")
    mark_significant(moment, analyst, WHY)
    assess(moment, analyst, "open", BENIGN, WHY)
    with transaction.atomic():
        disclosed(moment, "partner a", what="ledger", why=WHY, by=analyst)
    correct(moment, analyst, "the third act was of another account")
    take_out(moment, ["s-1"], analyst, WHY)
    erase(moment, None, "its time was over")
    assert not Moment.objects.exists()
    assert not Fact.objects.exists()
    assert not Notice.objects.exists()
    assert actions("moment:m-1")[-1] == "moment.erase"


def test_every_step_is_in_the_audit_log(moment: Moment, analyst: Person, reviewer: Person) -> None:
    assess(moment, analyst, "serious", BENIGN, WHY)
    decision = decide(moment, analyst, "remove", WHY, BENIGN)
    assess(moment, reviewer, "serious", BENIGN, WHY)
    read_second(decision, reviewer, agree=True, reasons=WHY)
    assert actions("moment:m-1") == [
        "moment.state", "moment.assess", "decision.propose", "moment.assess", "decision.agree",
    ]  # fmt: skip


def test_every_status_that_waits_is_one_from_which_something_can_be_done() -> None:
    assert all(STEPS[status] for status in WAITING)
    for status in Status:
        for step in (
            "assess",
            "decide",
            "propose",
            "close",
            "merge",
            "agree",
            "refuse",
            "withdraw",
            "reopen",
            "part",
        ):
            if step not in STEPS[status]:
                with pytest.raises(StepError):
                    after(status, step)
