"""One button halts all detectors; starting again takes an overseer and a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from lapwing.desk import clock, mandates, oversight
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import Refused, may
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.mandates.state import State
from lapwing.desk.oversight import machine
from lapwing.desk.oversight.machine import AlreadyError
from lapwing.desk.oversight.models import Stop


def test_one_button_stops_and_the_log_keeps_the_reason(overseer: Person) -> None:
    assert not oversight.stopped()
    made = machine.stop(overseer, "the budget is being ignored")
    assert oversight.stopped()
    entry = Entry.objects.get(action="machine.stop")
    assert (entry.by, entry.about, entry.why) == (overseer, made.about, "the budget is being ignored")


def test_starting_again_takes_a_reason(overseer: Person) -> None:
    machine.stop(overseer, "why")
    for nothing in ("", "  \n"):
        with pytest.raises(ValueError, match="started again for a reason"):
            machine.start_again(overseer, nothing)
    machine.start_again(overseer, "looked into")
    assert not oversight.stopped()
    assert Entry.objects.get(action="machine.start").why == "looked into"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_may_stop_and_who_may_start(role: str, everybody: dict[str, Person]) -> None:
    assert bool(may(everybody[role], "machine.stop")) is (role in {"overseer", "duty_officer"})
    assert bool(may(everybody[role], "machine.start")) is (role == "overseer")


def test_whoever_may_not_changes_nothing(analyst: Person, duty_officer: Person) -> None:
    with pytest.raises(Refused):
        machine.stop(analyst, "why")
    assert not oversight.stopped()
    machine.stop(duty_officer, "why")
    with pytest.raises(Refused):
        machine.start_again(duty_officer, "why")
    assert oversight.stopped()


def test_a_machine_that_stands_still_is_stopped_once(overseer: Person) -> None:
    machine.stop(overseer, "why")
    with pytest.raises(AlreadyError):
        machine.stop(overseer, "why")
    machine.start_again(overseer, "why")
    with pytest.raises(AlreadyError):
        machine.start_again(overseer, "why")
    assert Entry.objects.filter(action__startswith="machine.").count() == 2
    machine.stop(overseer, "again")
    assert Stop.objects.count() == 2


def test_the_database_lets_nobody_start_it_without_name_and_reason(overseer: Person) -> None:
    made = machine.stop(overseer, "why")
    for change in ({"again": clock.now()}, {"again": clock.now(), "again_by": overseer}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Stop.objects.filter(pk=made.pk).update(**change)


def test_every_clock_runs_on_while_the_machine_stands_still(
    overseer: Person, analyst: Person, approver: Person
) -> None:
    now = clock.now()
    held = Mandate.objects.create(
        ground="a", purpose="b", days=10, reasons="c", state=State.APPROVED, asked_by=analyst,
        decided_by=approver, decided_at=now, begins=now, ends=now + timedelta(days=10),
    )  # fmt: skip
    machine.stop(overseer, "why")
    assert list(mandates.live()) == [held]
    with clock.moved(timedelta(days=11)):
        assert oversight.stopped()
        assert not mandates.live()
