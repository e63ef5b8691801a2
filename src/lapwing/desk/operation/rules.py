"""Who may do what with operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapwing.desk.guard import rule

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


@rule("operation.look", roles={"administrator", "overseer"}, content=False)
def look(person: Person, thing: object) -> str | None:
    """See how the machine is and what about the deployment is unsafe."""
    return None
