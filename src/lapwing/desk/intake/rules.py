"""Who may do what with intake."""

from __future__ import annotations

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import WORKERS
from lapwing.desk.guard import rule


@rule("event.add", roles=WORKERS | {"administrator"}, content=False)
def add_events(person: Person, thing: None) -> str | None:
    """Hand in events by a token; whoever hands them in reads nothing by it."""
    return None


@rule("intake.look", roles=WORKERS | {"administrator", "overseer"}, content=False)
def look_at_intake(person: Person, thing: None) -> str | None:
    """See what comes in, from which tokens, and which lines could not be read."""
    return None
