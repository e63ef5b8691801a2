"""What is done to accounts: each act together with its entry in the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.accounts.error import NotAdmittedError
from lapwing.desk.accounts.forms import ReasonForm
from lapwing.desk.accounts.person import LETTERS, Person
from lapwing.desk.accounts.sign_in import SignIn
from lapwing.desk.accounts.token import Token
from lapwing.report.visible_text import visible

INITIAL = timedelta(days=3)
"""How long a password that somebody else made can be used."""


def enrol(username: str, roles: Collection[str], by: Person | None) -> tuple[Person, str]:
    """A new person and their initial password, which is kept nowhere and to be handed over in person.

    `by` is None only for the first administrator, whom the machine itself enrols.

    Raises
    ------
    ValidationError
        When the name is malformed or taken, or the roles do not go together.
    """
    password = new_password()
    with transaction.atomic():
        person = Person.objects.create_person(username, list(roles), password)
        person.initial_until = clock.now() + INITIAL
        person.save(update_fields=["initial_until"])
        audit.record(by, "person.add", person.about, detail={"roles": person.roles})
    return person, password


def set_roles(person: Person, roles: Collection[str], by: Person, why: str) -> None:
    """Give a person these roles and no others; they sign in again.

    Raises
    ------
    ValidationError
        When the roles do not go together, or nobody would be left who administers.
    """
    with transaction.atomic():
        before = person.roles
        person.roles = list(roles)
        person.clean()
        _somebody_administers(person)
        person.save(update_fields=["roles"])
        SignIn.objects.end_all(person)
        audit.record(
            by, "person.roles", person.about, why=why, detail={"before": before, "after": person.roles}
        )


def close(person: Person, by: Person, why: str) -> None:
    """Close an account: signed out everywhere, tokens ended. What the person did stays theirs.

    Raises
    ------
    ValidationError
        When nobody would be left who administers.
    """
    with transaction.atomic():
        person.is_active = False
        person.closed = clock.now()
        _somebody_administers(person)
        person.save(update_fields=["is_active", "closed"])
        places = SignIn.objects.end_all(person)
        tokens = person.tokens.filter(ended=None).update(ended=clock.now())
        audit.record(by, "person.close", person.about, why=why, detail={"places": places, "tokens": tokens})


def reopen(person: Person, by: Person, why: str) -> str:
    """Open a closed account again, with a new initial password and no second factor; tokens stay ended."""
    with transaction.atomic():
        person.is_active = True
        person.closed = None
        person.save(update_fields=["is_active", "closed"])
        audit.record(by, "person.reopen", person.about, why=why)
        return reset(person, by, why)


def reset(person: Person, by: Person | None, why: str) -> str:
    """Take away password and second factors, which were lost or seen by others, and give an initial password.

    `by` is None for an administrator whom the machine itself lets in.
    """
    password = new_password()
    with transaction.atomic():
        person.set_password(password)
        person.initial_until = clock.now() + INITIAL
        person.save(update_fields=["password", "initial_until"])
        factors, _deleted = Authenticator.objects.filter(user=person).delete()
        places = SignIn.objects.end_all(person)
        audit.record(by, "person.reset", person.about, why=why, detail={"factors": factors, "places": places})
    return password


def admit(username: str, why: str) -> tuple[Person, str]:
    """Reset how an administrator signs in, at the machine itself: for when no administrator gets in any more.

    Whoever is no administrator is left to one of them, on whose name it stands then.

    Raises
    ------
    NotAdmittedError
        When no administrator has an open account of this name, or there is no reason that can be kept.
    """
    form = ReasonForm({"why": why})
    if not form.is_valid():
        raise NotAdmittedError(
            f"This reason cannot be kept: {' '.join(map(str, form.errors['why']))} Give another with --why."
        )
    open_ones = Person.objects.filter(is_active=True)
    administrators = {one.username: one for one in open_ones if one.has_role("administrator")}
    person = administrators.get(username.lower())
    if person is None:
        names = ", ".join(administrators)
        raise NotAdmittedError(
            f"No administrator has an open account under the name {visible(username)}. "
            + (
                f"Administrators are: {names}. They let all others in, on the page Persons."
                if names
                else "Nobody has an account yet: `lapwing desk` prints a link that makes the first administrator."
            )
        )
    return person, reset(person, None, form.cleaned_data["why"])


def sign_out_elsewhere(person: Person, here: SessionBase) -> int:
    """Sign a person out everywhere but in this session; says at how many places."""
    with transaction.atomic():
        places = SignIn.objects.end_all(person, but=here)
        audit.record(person, "person.sign_out", person.about, detail={"places": places})
    return places


def make_token(person: Person, name: str, scopes: Collection[str], days: int) -> tuple[Token, str]:
    """A new token that acts for its maker, and its secret, to be shown this once.

    Raises
    ------
    ValidationError
        As `Tokens.make`.
    """
    with transaction.atomic():
        token, secret = Token.objects.make(person, name, scopes, days)
        audit.record(
            person,
            "token.make",
            token.about,
            detail={"scopes": token.scopes, "expires": token.expires.isoformat()},
        )
    return token, secret


def end_token(token: Token, by: Person) -> None:
    """End a token before it expires."""
    with transaction.atomic():
        token.ended = clock.now()
        token.save(update_fields=["ended"])
        audit.record(by, "token.end", token.about)


def new_password() -> str:
    """Twenty letters that are not taken for one another, in groups that can be read out: some 98 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


def _somebody_administers(changed: Person) -> None:
    """Refuse what would leave the desk without an administrator; nobody could then let anybody in."""
    others = Person.objects.filter(is_active=True).exclude(pk=changed.pk)
    kept = changed.is_active and changed.has_role("administrator")
    had = Person.objects.get(pk=changed.pk).has_role("administrator")
    if had and not kept and not any(other.has_role("administrator") for other in others):
        raise ValidationError(
            _("Nobody would be left who administers; give the role to another person first.")
        )
