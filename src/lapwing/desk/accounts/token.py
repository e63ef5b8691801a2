"""What machines sign in with: a secret that acts for a person, for some things only, until a date."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lapwing.desk import clock
from lapwing.desk.accounts.person import Person

if TYPE_CHECKING:
    from collections.abc import Collection

    from django_stubs_ext import StrPromise

PREFIX = "lapwing_"
"""So that a secret that leaked into a file or a log is recognised as what it is."""

LONGEST = timedelta(days=366)

NOTED = timedelta(hours=1)
"""How exact the last use is kept."""

SCOPES: dict[str, StrPromise] = {
    "events.write": gettext_lazy("hand in events"),
    "moments.read": gettext_lazy("read moments that the person may read"),
    "decisions.write": gettext_lazy("record decisions in the person's name"),
    "audit.read": gettext_lazy("export the audit log"),
    "metrics.read": gettext_lazy("read how the machine is doing"),
}
"""What a token may be for. It never does more than its person may: the guard is asked about them as well."""


class TokenError(Exception):
    """A secret is no token, or none for this; the message says which, and what to do."""


class Tokens(models.Manager["Token"]):
    """All tokens, those that have ended included."""

    def make(self, person: Person, name: str, scopes: Collection[str], days: int) -> tuple[Token, str]:
        """A new token and its secret, which is kept nowhere: it is shown this once.

        Raises
        ------
        ValidationError
            When there is no name, no or an unknown scope, or it would last longer than a year.
        """
        secret = PREFIX + secrets.token_urlsafe(32)
        now = clock.now()
        token = self.model(
            person=person,
            name=name,
            scopes=[scope for scope in SCOPES if scope in scopes],
            digest=_digest(secret),
            made=now,
            expires=now + timedelta(days=days),
        )
        if set(scopes) - set(SCOPES):
            raise ValidationError(
                {"scopes": _("There is no scope %s.") % sorted(set(scopes) - set(SCOPES))[0]}
            )
        token.full_clean()
        token.save(using=self._db)
        return token, secret

    def present(self, secret: str, scope: str) -> Token:
        """The token of a secret that a machine presents for a scope.

        Raises
        ------
        TokenError
            When it is unknown, has ended, is not for this, or its person's account is closed.
        """
        token = self.select_related("person").filter(digest=_digest(secret)).first()
        if token is None:
            raise TokenError(_("This token is not known here. Make one on the page of your account."))
        now = clock.now()
        if token.ended is not None or now >= token.expires or not token.person.is_active:
            raise TokenError(_("This token has ended. Make a new one on the page of your account."))
        if scope not in token.scopes:
            raise TokenError(_("This token is not for this: it would need the scope %s.") % scope)
        if token.used is None or now - token.used >= NOTED:
            token.used = now
            token.save(update_fields=["used"])
        return token


class Token(models.Model):
    """A token. Only a digest of its secret is kept, and the secret has too many bits to be guessed from it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(gettext_lazy("name"), max_length=64)
    scopes = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made = models.DateTimeField()
    expires = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True)
    """When somebody ended it before it expired."""
    used = models.DateTimeField(null=True, blank=True)
    """When it was last presented, to the hour."""

    objects: ClassVar[Tokens] = Tokens()

    class Meta:
        verbose_name = gettext_lazy("token")
        verbose_name_plural = gettext_lazy("tokens")
        ordering = ("-made",)

    def __str__(self) -> str:
        return self.name

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"token:{self.pk}"

    @property
    def live(self) -> bool:
        """Whether it can still be used."""
        return self.ended is None and clock.now() < self.expires

    def clean(self) -> None:
        super().clean()
        if not self.scopes:
            raise ValidationError({"scopes": _("Say what the token is for.")})
        if not timedelta() < self.expires - self.made <= LONGEST:
            raise ValidationError({"expires": _("A token lasts from one day to a year.")})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
