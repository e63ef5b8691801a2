"""Stopping the machine, and letting it start again.

A stop is a row in the database, which the watch asks for several times a second. It halts the detectors and
nothing else: what is due stays due, and what expires expires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from lapwing.desk import audit, clock
from lapwing.desk.guard import require
from lapwing.desk.oversight.stop import Stop

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


class AlreadyError(Exception):
    """The machine is already as it was asked to be."""


def standing() -> Stop | None:
    """The stop that is in force, if any."""
    return Stop.objects.filter(again__isnull=True).first()


def stop(by: Person, why: str) -> Stop:
    """Halt all detectors.

    Raises
    ------
    Refused
        When this person may not.
    AlreadyError
        When they are halted.
    """
    require(by, "machine.stop")
    try:
        with transaction.atomic():
            made = Stop.objects.create(time=clock.now(), by=by, why=why)
            audit.record(by, "machine.stop", made.about, why=why)
    except IntegrityError:
        raise AlreadyError from None
    return made


def start_again(by: Person, why: str) -> Stop:
    """Let the detectors run again.

    Raises
    ------
    Refused
        When this person may not.
    ValueError
        Without a reason.
    AlreadyError
        When they run.
    """
    require(by, "machine.start")
    if not why.strip():
        raise ValueError("The machine is started again for a reason: give it.")
    with transaction.atomic():
        held = Stop.objects.select_for_update().filter(again__isnull=True).first()
        if held is None:
            raise AlreadyError
        held.again, held.again_by, held.again_why = clock.now(), by, why
        held.save(update_fields=["again", "again_by", "again_why"])
        audit.record(by, "machine.start", held.about, why=why)
    return held
