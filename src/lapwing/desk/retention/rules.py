"""Who may do what with retention."""

from __future__ import annotations

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS
from lapwing.desk.guard import rule


@rule("retention.look", roles=READERS)
def look_at_retention(person: Person, thing: None) -> str | None:
    """See how long things are kept, what is held, what is due for review, and what went."""
    return None


@rule("retention.sweep", roles={"disclosure_officer", "approver"})
def sweep(person: Person, thing: None) -> str | None:
    """Have the list drawn up of what is due to go, and confirm it."""
    return None


@rule("retention.hold", roles={"disclosure_officer", "approver", "duty_officer"})
def hold(person: Person, thing: None) -> str | None:
    """Preserve something beyond its time, and lift such a hold."""
    return None


@rule("retention.review", roles={"disclosure_officer", "approver", "reviewer"})
def review(person: Person, thing: None) -> str | None:
    """Decide whether a closed case is still necessary."""
    return None
