"""Who may do what with oversight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapwing.desk.guard import rule

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


@rule("oversight.look", roles={"overseer"})
def look(person: Person, thing: object) -> str | None:
    """See how the desk is used: mandates, openings, outcomes, overrides and refusals."""
    return None


@rule("oversight.verify", roles={"overseer"}, content=False)
def verify(person: Person, thing: object) -> str | None:
    """Have the audit log verified."""
    return None


@rule("machine.stop", roles={"overseer", "duty_officer"}, content=False)
def stop(person: Person, thing: object) -> str | None:
    """Halt all detectors."""
    return None


@rule("machine.start", roles={"overseer"}, content=False)
def start(person: Person, thing: object) -> str | None:
    """Let the detectors run again."""
    return None
