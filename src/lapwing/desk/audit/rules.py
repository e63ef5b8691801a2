"""Who may do what with the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapwing.desk.guard import rule

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


@rule("audit.read", roles={"overseer"})
def read(person: Person, thing: object) -> str | None:
    """Read the audit log, every entry of it."""
    return None


@rule("audit.export", roles={"overseer"})
def export(person: Person, thing: object) -> str | None:
    """Take an export of the audit log."""
    return None
