"""Working on a case: facts apart from assessments, tasks, people, conditions, closing, erasing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from moment_sample import stated

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.cases import working
from lapwing.desk.cases.alarm import inform, raise_threat, take_on
from lapwing.desk.cases.condition import LONGEST, Sort
from lapwing.desk.cases.error import CaseError
from lapwing.desk.cases.models import Case, Link, Participant, Passage, Threat, Told
from lapwing.desk.moments import take
from lapwing.desk.moments.erasing import erase
from lapwing.desk.moments.models import Moment
from lapwing.desk.subjects.models import Subject

pytestmark = pytest.mark.django_db
WHY = "a reason that can be judged"
BENIGN = "a match on that evening brought them to the same link"
Later = Callable[[timedelta], None]


@pytest.fixture
def case(analyst: Person) -> Case:
    return working.open_case(analyst, "the hall", WHY)


def actions(about: str) -> list[str]:
    return list(Entry.objects.filter(about=about).order_by("number").values_list("action", flat=True))


def in_days(days: float) -> timedelta:
    return timedelta(days=days)


def test_who_opens_a_case_leads_it(case: Case, analyst: Person) -> None:
    assert case.participants.get().person == analyst
    assert case.participants.get().role == "lead"
    assert actions(case.about) == ["case.open"]


def test_facts_and_assessments_of_a_case_cannot_be_changed_or_removed(case: Case, analyst: Person) -> None:
    fact = working.note_fact(case, analyst, "they met at a hall", "report 12")
    made = working.assess(case, analyst, "a club", BENIGN)
    for row in (fact, made):
        with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(text="other")
        with pytest.raises(IntegrityError, match="goes only together"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()


def test_the_first_open_task_says_when_the_case_is_due(case: Case, analyst: Person, later: Later) -> None:
    soon = working.add_task(case, analyst, WHY, clock.now() + in_days(1), None)
    late = working.add_task(case, analyst, WHY, clock.now() + in_days(2), analyst)
    case.refresh_from_db()
    assert case.due == soon.due
    working.do_task(soon, analyst, WHY)
    case.refresh_from_db()
    assert case.due == late.due
    with pytest.raises(CaseError, match="done already"):
        working.do_task(soon, analyst, WHY)
    later(in_days(3))
    assert late.overdue(clock.now())
    with pytest.raises(CaseError, match="in the past"):
        working.add_task(case, analyst, WHY, clock.now() - in_days(1), None)


def test_nobody_takes_part_twice_and_the_last_lead_stays(
    case: Case, analyst: Person, reviewer: Person, administrator: Person
) -> None:
    working.add_person(case, analyst, reviewer, "worker")
    with pytest.raises(CaseError, match="takes part already"):
        working.add_person(case, analyst, reviewer, "second")
    with pytest.raises(CaseError, match="no role that works on cases"):
        working.add_person(case, analyst, administrator, "worker")
    lead = case.participants.get(role="lead")
    with pytest.raises(CaseError, match="Nobody else leads"):
        working.leave(case, analyst, lead)
    working.leave(case, analyst, case.participants.get(person=reviewer))
    working.add_person(case, analyst, reviewer, "lead")
    working.leave(case, analyst, lead)
    assert Participant.objects.filter(case=case, until__isnull=True).get().person == reviewer


def test_a_thing_is_linked_once(case: Case, analyst: Person) -> None:
    moment = take(*stated())
    working.link(case, analyst, WHY, moment=moment)
    with pytest.raises(CaseError, match="linked to this case already"):
        working.link(case, analyst, WHY, moment=moment)
    working.link(case, analyst, WHY, subject=Subject.objects.get(pseudonym="s-1"))
    assert Link.objects.count() == 2


@pytest.mark.parametrize(
    ("sort", "text", "line"),
    [
        (Sort.SUBJECT, "s-9", {"subjects": ("s-1", "s-9")}),
        (Sort.CONTEXT, "place:hall", {"context": "place:hall"}),
        (Sort.GROWTH, "", {"subjects": ("s-1", "s-2", "s-3", "s-4")}),
    ],
)
def test_who_asked_is_told_once_and_is_not_told_after_the_end(
    case: Case, analyst: Person, later: Later, sort: str, text: str, line: dict[str, object]
) -> None:
    working.link(case, analyst, WHY, moment=take(*stated()))
    condition = working.add_condition(case, analyst, sort, text, clock.now() + in_days(10))
    take(*stated())
    assert not Told.objects.exists()
    take(*stated(**line))  # type: ignore[arg-type]
    assert Told.objects.get().condition == condition
    take(*stated(**line))  # type: ignore[arg-type]
    assert Told.objects.count() == 1
    assert actions(case.about).count("condition.meet") == 1
    later(in_days(11))
    take(*stated("m-2", **line))  # type: ignore[arg-type]
    assert Told.objects.count() == 1


def test_a_stage_is_told_by_its_name(case: Case, analyst: Person) -> None:
    working.add_condition(case, analyst, Sort.STAGE, "procurement", clock.now() + in_days(1))
    line, exhibit = stated()
    take({**line, "stage": "preparation / procurement"}, exhibit)
    told = Told.objects.get()
    working.read_told(told, analyst)
    assert told.read_by == analyst


def test_a_condition_expires(case: Case, analyst: Person) -> None:
    with pytest.raises(CaseError, match="90 days at most"):
        working.add_condition(case, analyst, Sort.SUBJECT, "s-9", clock.now() + LONGEST + in_days(1))
    with pytest.raises(CaseError, match="Say which"):
        working.add_condition(case, analyst, Sort.SUBJECT, " ", clock.now() + in_days(1))
    condition = working.add_condition(case, analyst, Sort.SUBJECT, "s-1", clock.now() + in_days(1))
    working.end_condition(condition, analyst)
    take(*stated())
    assert not Told.objects.exists()


def test_closing_is_easy_and_reopening_needs_a_new_fact(case: Case, analyst: Person) -> None:
    working.note_fact(case, analyst, "they met at a hall", "report 12")
    condition = working.add_condition(case, analyst, Sort.SUBJECT, "s-1", clock.now() + in_days(1))
    working.close(case, analyst, WHY)
    condition.refresh_from_db()
    assert condition.expired(clock.now())
    for step in (
        lambda: working.note_fact(case, analyst, "x", "y"),
        lambda: working.add_task(case, analyst, WHY, clock.now() + in_days(1), None),
        lambda: working.close(case, analyst, WHY),
    ):
        with pytest.raises(CaseError, match="Reopen it with a new fact first"):
            step()
    with pytest.raises(CaseError, match="was known when"):
        working.reopen(case, analyst, "they met at a hall", "report 12")
    case = working.reopen(case, analyst, "one of them hired a van", "report 13")
    assert case.status == "open"
    with pytest.raises(CaseError, match="not closed"):
        working.reopen(case, analyst, "another", "report 14")


def test_an_erased_case_leaves_its_moments_and_its_audit_entries(case: Case, analyst: Person) -> None:
    working.link(case, analyst, WHY, moment=take(*stated()))
    working.note_fact(case, analyst, "they met at a hall", "report 12")
    working.add_task(case, analyst, WHY, clock.now() + in_days(1), None)
    working.erase(case, None, "its time was over")
    assert not Case.objects.exists()
    assert not Passage.objects.filter(case__isnull=False).exists()
    assert Moment.objects.exists()
    assert actions(case.about)[-1] == "case.erase"


def test_an_erased_moment_leaves_the_cases_it_was_linked_to(case: Case, analyst: Person) -> None:
    moment = take(*stated())
    working.link(case, analyst, WHY, moment=moment)
    working.add_condition(case, analyst, Sort.SUBJECT, "s-1", clock.now() + in_days(1))
    take(*stated(acts=7))
    erase(moment, None, "its time was over")
    assert Case.objects.exists()
    assert not Told.objects.exists()
    assert not Passage.objects.filter(sort="ledger").exists()


def test_a_threat_is_taken_on_once_and_becomes_a_case_with_an_hour(
    analyst: Person, duty_officer: Person, administrator: Person
) -> None:
    threat = raise_threat(administrator, "an announcement on the ticket line", "/operation/")
    case = take_on(threat, duty_officer)
    assert case.due is not None
    assert case.due - clock.now() <= timedelta(hours=1)
    with pytest.raises(CaseError, match="taken it on already"):
        take_on(threat, analyst)
    inform(threat, administrator, "the police, by telephone")
    with pytest.raises(CaseError, match="noted before"):
        inform(threat, analyst, "somebody else")
    with pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
        Threat.objects.filter(pk=threat.pk).update(text="nothing")
    assert actions(threat.about) == ["threat.raise", "threat.take", "threat.inform"]
