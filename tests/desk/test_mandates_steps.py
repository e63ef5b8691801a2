"""A mandate is asked for by one person and decided by another who has read it; every step has reasons."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from mandate_files import DRAFT, REASONS, approve, ask, in_force, rows

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import Refused
from lapwing.desk.mandates import attaching, covered, live, steps
from lapwing.desk.mandates.error import MandatesError, RosterError, StepError
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.state import STEPS, State, after, why_not


def test_a_mandate_is_approved_by_another_person(analyst: Person, approver: Person) -> None:
    mandate = in_force(analyst, approver, ["lark-204", "lark-205"])
    assert (mandate.asked_by, mandate.decided_by) == (analyst, approver)
    assert mandate.ends - mandate.begins == timedelta(days=90)
    assert list(live()) == [mandate]
    assert covered() == {"lark-204", "lark-205"}


def test_a_mandate_is_never_approved_by_who_asked(person_of: object, analyst: Person) -> None:
    both = person_of("analyst", "approver")  # type: ignore[operator]
    mandate = ask(both)
    with pytest.raises(Refused, match="another person"):
        approve(both, mandate)
    with pytest.raises(Refused, match="another person"):
        steps.refuse(both, mandate, reasons=REASONS)
    assert not covered()


def test_the_database_too_refuses_a_mandate_that_is_approved_by_who_asked(
    analyst: Person, approver: Person
) -> None:
    mandate = in_force(analyst, approver)
    for change in ({"decided_by": analyst}, {"asked_by": approver}, {"decided_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Mandate.objects.filter(pk=mandate.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cover.objects.update(decided_by=analyst)


def test_nobody_but_an_approver_approves(everybody: dict[str, Person], approver: Person) -> None:
    mandate = ask(everybody["analyst"])
    for role, person in everybody.items():
        if role != "approver":
            with pytest.raises(Refused):
                approve(person, mandate)


@pytest.mark.parametrize("role", ["approver", "disclosure_officer", "overseer", "administrator"])
def test_approvers_overseers_and_administrators_ask_for_nothing(
    everybody: dict[str, Person], role: str
) -> None:
    with pytest.raises(Refused):
        ask(everybody[role])


def test_asking_watches_nobody(analyst: Person) -> None:
    ask(analyst)
    assert not live().exists()
    assert not covered(["lark-204"])


def test_a_refused_mandate_watches_nobody_and_stays_refused(analyst: Person, approver: Person) -> None:
    mandate = steps.refuse(approver, ask(analyst), reasons=REASONS)
    assert not covered()
    with pytest.raises(Refused, match="that is final"):
        approve(approver, mandate)


def test_what_is_decided_is_what_was_read(analyst: Person, approver: Person) -> None:
    mandate = ask(analyst)
    read = mandate.fingerprint()
    attaching.attach(analyst, mandate, rows("a", "lark-300")[1:], source="own case 12, page 9")
    with pytest.raises(StepError, match="changed while you read it"):
        steps.approve(approver, mandate, reasons=REASONS, read=read)
    assert not covered()


def test_a_mandate_without_subjects_is_not_approved(analyst: Person, approver: Person) -> None:
    with pytest.raises(StepError, match="No subject is named"):
        approve(approver, ask(analyst, ()))


@pytest.mark.parametrize("reasons", ["", "because", " " * 100, "x" * 4001, REASONS + "\x00"])
def test_every_step_takes_reasons(analyst: Person, approver: Person, reasons: str) -> None:
    mandate = ask(analyst)
    with pytest.raises(StepError):
        steps.approve(approver, mandate, reasons=reasons, read=mandate.fingerprint())
    with pytest.raises(StepError):
        steps.refuse(approver, mandate, reasons=reasons)
    with pytest.raises(StepError):
        steps.withdraw(analyst, mandate, reasons=reasons)
    with pytest.raises(MandatesError):
        ask(analyst, ["other"], reasons=reasons)
    with pytest.raises(StepError):
        steps.cancel(analyst, approve(approver, mandate), reasons=reasons)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ground": "dislike"}, "Choose a ground"),
        ({"purpose": "moderate"}, "the purpose is one of: investigation, prevention"),
        ({"categories": ("service",)}, "choose out of: suspected"),
        ({"categories": ()}, "choose out of"),
        ({"sources": ("rumour",)}, "at least one source"),
        ({"means": ("detection",)}, "reading is part of all others"),
        ({"means": ("reading", "interception")}, "Choose the means"),
        ({"days": 181}, "from 1 to 180 days"),
        ({"ground": "provocation", "categories": ("suspected",), "days": 91}, "from 1 to 90 days"),
        ({"days": 0}, "from 1 to 180 days"),
    ],
)
def test_a_mandate_stays_within_its_ground(analyst: Person, changes: dict[str, object], said: str) -> None:
    with pytest.raises(MandatesError, match=said):
        ask(analyst, **changes)
    assert not Mandate.objects.exists()


def test_only_who_asked_withdraws(analyst: Person, reviewer: Person, approver: Person) -> None:
    mandate = ask(analyst)
    with pytest.raises(Refused, match="Only who asked"):
        steps.withdraw(reviewer, mandate, reasons=REASONS)
    assert steps.withdraw(analyst, mandate, reasons=REASONS).state == State.WITHDRAWN
    with pytest.raises(Refused):
        approve(approver, mandate)


def test_a_renewal_is_a_new_decision_linked_to_the_old(analyst: Person, approver: Person) -> None:
    old = in_force(analyst, approver, ["lark-204", "lark-205"])
    kept = old.covers.get(subject__pseudonym="lark-205")
    new = steps.renew(
        analyst, old, DRAFT.__class__(**{**_fields(), "reasons": "Since then: " + REASONS}), keep=[kept.pk]
    )
    assert (new.renews, new.state, new.begins) == (old, State.ASKED, None)
    assert [cover.subject.pseudonym for cover in new.covers.all()] == ["lark-205"]
    with clock.moved(timedelta(days=91)):
        assert not covered()
        approve(approver, new)
        assert covered() == {"lark-205"}
    old.refresh_from_db()
    assert old.ends - old.begins == timedelta(days=90)


def test_a_renewal_does_not_repeat_the_old_reasons(analyst: Person, approver: Person) -> None:
    old = in_force(analyst, approver)
    keep = [cover.pk for cover in old.covers.all()]
    with pytest.raises(MandatesError, match="say what has been found since"):
        steps.renew(analyst, old, DRAFT, keep=keep)


def test_a_renewal_for_nobody_is_none(analyst: Person, approver: Person) -> None:
    old = in_force(analyst, approver)
    with pytest.raises(StepError, match="let it end"):
        steps.renew(analyst, old, DRAFT, keep=[])
    other = in_force(analyst, approver, ["lark-300"])
    with pytest.raises(StepError, match="not under this mandate"):
        steps.renew(analyst, old, DRAFT, keep=[other.covers.get().pk])


def test_a_mandate_that_was_refused_is_not_renewed(analyst: Person, approver: Person) -> None:
    mandate = steps.refuse(approver, ask(analyst), reasons=REASONS)
    with pytest.raises(Refused, match="Only a mandate that was approved"):
        steps.ask(analyst, DRAFT, rows=rows("lark-204"), source="own case 12", renews=mandate)


def test_every_step_is_in_the_log_with_its_reasons(analyst: Person, approver: Person) -> None:
    mandate = in_force(analyst, approver)
    steps.cancel(approver, mandate, reasons="Nothing was found in the first week that speaks for the ground.")
    entries = Entry.objects.filter(about=mandate.about).order_by("number")
    assert [(entry.action, entry.by) for entry in entries] == [
        ("mandate.ask", analyst),
        ("mandate.add_subject", analyst),
        ("mandate.approve", approver),
        ("mandate.cancel", approver),
    ]
    assert entries[1].detail == {"subjects": ["lark-204"]}
    assert entries[3].why.startswith("Nothing was found")


def test_a_step_that_fails_leaves_no_trace(analyst: Person) -> None:
    with pytest.raises(RosterError):
        steps.ask(analyst, DRAFT, rows=rows("lark-204"), source="")
    assert not Mandate.objects.exists()
    assert not Entry.objects.exists()


def test_no_step_leads_from_an_end_back_into_force() -> None:
    ends = {State.WITHDRAWN, State.REFUSED, State.CANCELLED}
    assert all(not STEPS[state] for state in ends)
    assert [state for state in State if State.APPROVED in STEPS[state].values()] == [State.ASKED]


@given(
    st.sampled_from(list(State)),
    st.sampled_from(["approve", "refuse", "withdraw", "cancel", "renew", "edit"]),
)
def test_a_step_is_taken_or_refused_in_words(state: State, step: str) -> None:
    if why_not(state, step) is None:
        assert after(state, step) in State
    else:
        with pytest.raises(StepError, match=r"mandate"):
            after(state, step)


def _fields() -> dict[str, object]:
    return {name: getattr(DRAFT, name) for name in DRAFT.__slots__}
