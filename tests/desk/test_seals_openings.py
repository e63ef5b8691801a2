"""A seal opens under a mandate, for a stated necessity, by two people, once and for minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from mandate_files import REASONS, in_force

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import Refused
from lapwing.desk.mandates import steps as mandate_steps
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.seals import keeping, steps
from lapwing.desk.seals.error import EnvelopeError
from lapwing.desk.seals.key import SealKey
from lapwing.desk.seals.models import Opening, Sealed
from lapwing.desk.seals.steps import OpeningError
from lapwing.desk.subjects.models import Subject

NECESSITY = "A partner has to warn this account tonight, and cannot find it by its pseudonym."


@pytest.fixture
def mandate(analyst: Person, approver: Person) -> Mandate:
    return in_force(analyst, approver)


@pytest.fixture
def sealed(mandate: Mandate) -> Sealed:
    return keeping.put(None, "subject:lark-204", keeping.HANDLE, "@marsh_hen")


@pytest.fixture
def opening(analyst: Person, approver: Person, mandate: Mandate, sealed: Sealed) -> Opening:
    asked = steps.ask(analyst, sealed, mandate, necessity=NECESSITY)
    return steps.decide(approver, asked, approved=True, reasons=REASONS)


def test_a_seal_opens_for_who_asked_after_a_second_person_agreed(analyst: Person, opening: Opening) -> None:
    assert steps.open_(analyst, opening) == "@marsh_hen"


def test_nothing_readable_is_in_the_database(sealed: Sealed) -> None:
    assert b"marsh" not in bytes(sealed.envelope)
    assert not any("marsh" in entry.words for entry in Entry.objects.all())


def test_it_opens_once(analyst: Person, opening: Opening) -> None:
    steps.open_(analyst, opening)
    with pytest.raises(Refused, match="A second look takes a second request"):
        steps.open_(analyst, opening)


def test_it_opens_for_minutes(analyst: Person, opening: Opening) -> None:
    assert opening.ends - opening.decided_at == timedelta(minutes=10)
    with clock.moved(timedelta(minutes=10)), pytest.raises(Refused, match="run out"):
        steps.open_(analyst, opening)
    with clock.moved(timedelta(minutes=9)):
        assert steps.open_(analyst, opening) == "@marsh_hen"


def test_nobody_else_opens_it(everybody: dict[str, Person], approver: Person, opening: Opening) -> None:
    for person in (*everybody.values(), approver):
        with pytest.raises(Refused):
            steps.open_(person, opening)


def test_nobody_opens_it_alone(analyst: Person, mandate: Mandate, sealed: Sealed) -> None:
    asked = steps.ask(analyst, sealed, mandate, necessity=NECESSITY)
    with pytest.raises(Refused, match="No second person"):
        steps.open_(analyst, asked)


def test_who_asked_never_approves(person_of: Callable[..., Person], mandate: Mandate, sealed: Sealed) -> None:
    both = person_of("analyst", "approver")
    asked = steps.ask(both, sealed, mandate, necessity=NECESSITY)
    with pytest.raises(Refused, match="a second person"):
        steps.decide(both, asked, approved=True, reasons=REASONS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Opening.objects.update(decided_by=both)


def test_a_refusal_keeps_it_shut(analyst: Person, approver: Person, mandate: Mandate, sealed: Sealed) -> None:
    asked = steps.ask(analyst, sealed, mandate, necessity=NECESSITY)
    refused = steps.decide(approver, asked, approved=False, reasons=REASONS)
    with pytest.raises(Refused):
        steps.open_(analyst, refused)
    with pytest.raises(Refused, match="decided or withdrawn already"):
        steps.decide(approver, refused, approved=True, reasons=REASONS)


def test_a_seal_stays_shut_when_the_mandate_ends_in_between(
    analyst: Person, mandate: Mandate, opening: Opening
) -> None:
    mandate_steps.cancel(analyst, mandate, reasons=REASONS)
    with pytest.raises(Refused, match="The seal stays closed"):
        steps.open_(analyst, opening)
    opening.refresh_from_db()
    assert opening.used_at is None


def test_nobody_asks_without_a_mandate_that_allows_openings(
    analyst: Person, approver: Person, mandate: Mandate, sealed: Sealed
) -> None:
    other = in_force(analyst, approver, ["lark-300"], means=("reading",))
    shut = keeping.put(None, "subject:lark-300", keeping.HANDLE, "@reed_bunting")
    with pytest.raises(Refused, match="No mandate in force"):
        steps.ask(analyst, shut, other, necessity=NECESSITY)
    with pytest.raises(OpeningError, match="Choose a mandate in force"):
        steps.ask(analyst, sealed, other, necessity=NECESSITY)
    with clock.moved(timedelta(days=91)), pytest.raises(Refused):
        steps.ask(analyst, sealed, mandate, necessity=NECESSITY)


def test_the_handle_of_a_protected_subject_stays_shut(analyst: Person, opening: Opening) -> None:
    Subject.objects.update(minor=True)
    with pytest.raises(Refused):
        steps.open_(analyst, opening)


@pytest.mark.parametrize("necessity", ["", "because", " " * 99, "x" * 2001, NECESSITY + "\x00"])
def test_a_necessity_is_stated(analyst: Person, mandate: Mandate, sealed: Sealed, necessity: str) -> None:
    with pytest.raises(OpeningError):
        steps.ask(analyst, sealed, mandate, necessity=necessity)


@pytest.mark.parametrize("minutes", [0, 61])
def test_an_opening_lasts_minutes(analyst: Person, mandate: Mandate, sealed: Sealed, minutes: int) -> None:
    with pytest.raises(OpeningError, match="1 to 60"):
        steps.ask(analyst, sealed, mandate, necessity=NECESSITY, minutes=minutes)


def test_a_request_is_withdrawn_by_who_asked(analyst: Person, reviewer: Person, opening: Opening) -> None:
    with pytest.raises(Refused):
        steps.withdraw(reviewer, opening)
    steps.withdraw(analyst, opening)
    with pytest.raises(Refused):
        steps.open_(analyst, opening)


def test_every_step_is_in_the_log(analyst: Person, opening: Opening) -> None:
    steps.open_(analyst, opening)
    entries = Entry.objects.filter(about="subject:lark-204").order_by("number")
    assert [entry.action for entry in entries] == ["seal.put", "seal.ask", "seal.approve", "seal.open"]
    assert entries[3].why == NECESSITY


def test_a_seal_that_does_not_open_is_not_counted_as_used(analyst: Person, opening: Opening) -> None:
    Sealed.objects.update(envelope=bytes(200))
    with pytest.raises(EnvelopeError):
        steps.open_(analyst, opening)
    opening.refresh_from_db()
    assert opening.used_at is None
    assert not Entry.objects.filter(action="seal.open").exists()


def test_envelopes_that_were_swapped_in_the_database_do_not_open(analyst: Person, opening: Opening) -> None:
    other = keeping.put(None, "subject:lark-300", keeping.HANDLE, "@reed_bunting")
    Sealed.objects.filter(pk=opening.sealed_id).update(envelope=other.envelope)
    with pytest.raises(EnvelopeError):
        steps.open_(analyst, opening)


def test_after_a_rotation_old_seals_open_with_the_new_key_alone(
    analyst: Person, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = keeping.key()
    before = bytes(Sealed.objects.get().envelope)
    for n in range(3):
        keeping.put(None, f"subject:jay-{n}", keeping.HANDLE, f"@jay{n}")
    new = {"next": bytes(range(1, 33))}
    monkeypatch.setattr(keeping, "key", lambda: SealKey("next", {**new, **old.keys}))
    monkeypatch.setattr(keeping, "AT_ONCE", 2)
    assert keeping.rewrap() == 4
    assert keeping.rewrap() == 0
    monkeypatch.setattr(steps, "key", lambda: SealKey("next", new))
    assert bytes(Sealed.objects.get(record="subject:lark-204").envelope)[-60:] == before[-60:]
    assert steps.open_(analyst, opening) == "@marsh_hen"
    assert Entry.objects.filter(action="seal.rewrap").count() == 2
