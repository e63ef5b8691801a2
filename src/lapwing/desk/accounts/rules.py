"""Who may do what with accounts."""

from __future__ import annotations

from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import rule


@rule("person.list", roles={"administrator", "overseer"}, content=False)
def list_persons(person: Person, thing: None) -> str | None:
    """See who has an account, with which roles."""
    return None
