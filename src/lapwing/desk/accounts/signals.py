"""What the library that signs people in does is written into the audit log, and binds sessions to their limits."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.http import HttpRequest

from lapwing.desk import audit
from lapwing.desk.accounts.models import Person, SignIn


@receiver(user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: Person, **_rest: Any) -> None:
    """Begin the time of a sign-in."""
    if request.session.session_key is None:
        request.session.save()
    with transaction.atomic():
        SignIn.objects.begin(user, request.session.session_key or "", request.headers.get("User-Agent", ""))
        audit.record(user, "person.sign_in", user.about)


@receiver(user_logged_out)
def signed_out(sender: object, request: HttpRequest, user: Person | None, **_rest: Any) -> None:
    """End it."""
    if user is None:
        return
    with transaction.atomic():
        SignIn.objects.filter(session=request.session.session_key or "").delete()
        audit.record(user, "person.sign_out", user.about)


@receiver(user_login_failed)
def failed(sender: object, credentials: dict[str, Any], **_rest: Any) -> None:
    """Note a wrong password. A name that is nobody's is not kept: people type passwords into the wrong field."""
    person = Person.objects.filter(username=str(credentials.get("username", "")).lower()).first()
    with transaction.atomic():
        audit.record(None, "person.sign_in_failed", person.about if person else "person:unknown")


@receiver(authentication_failed)
def factor_failed(sender: object, user: Person, **_rest: Any) -> None:
    """Note a wrong code."""
    with transaction.atomic():
        audit.record(None, "person.factor_failed", user.about)


@receiver(authenticator_added)
def factor_added(sender: object, user: Person, authenticator: Any, **_rest: Any) -> None:
    """Note a new second factor."""
    with transaction.atomic():
        audit.record(user, "person.factor_add", user.about, detail={"kind": str(authenticator.type)})


@receiver(authenticator_removed)
def factor_removed(sender: object, user: Person, authenticator: Any, **_rest: Any) -> None:
    """Note a second factor that was taken away."""
    with transaction.atomic():
        audit.record(user, "person.factor_remove", user.about, detail={"kind": str(authenticator.type)})


@receiver(authenticator_reset)
def codes_made(sender: object, user: Person, **_rest: Any) -> None:
    """Note new recovery codes."""
    with transaction.atomic():
        audit.record(user, "person.codes_make", user.about)


@receiver(password_changed)
def own_password(sender: object, request: HttpRequest, user: Person, **_rest: Any) -> None:
    """From here on the password is the person's own, and all other places are signed out."""
    with transaction.atomic():
        user.initial_until = None
        user.save(update_fields=["initial_until"])
        SignIn.objects.end_all(user, but=request.session.session_key or "")
        audit.record(user, "person.password", user.about)


@receiver(post_migrate)
def make_cache_table(sender: Any, using: str, **_rest: Any) -> None:
    """The table that counts failed attempts comes with the others, and not by a command that one may forget."""
    if sender.name == "lapwing.desk.accounts":
        call_command("createcachetable", database=using, verbosity=0)
