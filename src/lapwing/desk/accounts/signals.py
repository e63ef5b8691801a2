"""What the library that signs people in does is written into the audit log, and binds sessions to their limits."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import post_delete, post_migrate, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from lapwing.desk import audit
from lapwing.desk.accounts.models import Person, SignIn


@receiver(user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: Person, **_rest: Any) -> None:
    """Begin the time of a sign-in."""
    with transaction.atomic():
        SignIn.objects.begin(user, request.session, request.headers.get("User-Agent", ""))
        audit.record(user, "person.sign_in", user.about)


@receiver(user_logged_out)
def signed_out(sender: object, request: HttpRequest, user: Person | None, **_rest: Any) -> None:
    """End it."""
    if user is None:
        return
    with transaction.atomic():
        begun = SignIn.objects.of(user, request.session)
        if begun is not None:
            begun.delete()
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


@receiver(post_save, sender=Authenticator)
def factor_added(sender: object, instance: Authenticator, created: bool, **_rest: Any) -> None:
    """Note a new second factor, in the transaction in which it is kept."""
    if created:
        with transaction.atomic():
            audit.record(
                instance.user, "person.factor_add", instance.user.about, detail={"kind": str(instance.type)}
            )


@receiver(post_delete, sender=Authenticator)
def factor_removed(sender: object, instance: Authenticator, **_rest: Any) -> None:
    """Note a second factor that was taken away, by its person or by an administrator."""
    asking = getattr(context.request, "user", None)
    with transaction.atomic():
        audit.record(
            asking if isinstance(asking, Person) else None,
            "person.factor_remove",
            instance.user.about,
            detail={"kind": str(instance.type)},
        )


@receiver(password_changed)
def own_password(sender: object, request: HttpRequest, user: Person, **_rest: Any) -> None:
    """From here on the password is the person's own, and all other places are signed out."""
    with transaction.atomic():
        user.initial_until = None
        user.save(update_fields=["initial_until"])
        SignIn.objects.end_all(user, but=request.session)
        audit.record(user, "person.password", user.about)


@receiver(post_migrate)
def make_cache_table(sender: Any, using: str, **_rest: Any) -> None:
    """The table that counts failed attempts comes with the others, and not by a command that one may forget."""
    if sender.name == "lapwing.desk.accounts":
        call_command("createcachetable", database=using, verbosity=0)
