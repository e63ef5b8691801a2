"""Who may do what with accounts."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.guard import rule


@rule("person.list", roles={"administrator", "overseer"}, content=False)
def list_persons(person: Person, thing: Person | None) -> str | None:
    """See who has an account, with which roles."""
    return None


@rule("person.add", roles={"administrator"}, content=False)
def add_person(person: Person, thing: None) -> str | None:
    """Add a person to the team."""
    return None


@rule("person.change", roles={"administrator"}, content=False)
def change_person(person: Person, thing: Person) -> str | None:
    """Change a person's roles, reset how they sign in, close or reopen the account; never one's own."""
    if thing.pk == person.pk:
        return _("Nobody changes their own account; another administrator does.")
    return None


@rule("token.make", roles=set(ROLES), content=False)
def make_token(person: Person, thing: None) -> str | None:
    """Make a token with which a machine acts in one's own name, and never beyond it."""
    return None
