"""Webhooks: addresses that are told that something was stated, and what became of each telling.

What is sent names a moment and nobody: whoever receives it asks for the moment with a token, and so within
mandate and purpose. A webhook's secret is made from the desk's key and stands nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lapwing.desk import clock

LONGEST_ADDRESS = 500
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 30, 120, 600, 1800, 3600, 3600 * 3, 3600 * 6, 3600 * 12, 3600 * 24)
)
"""How long after each failure it is tried again: for two days; then the letter is dead."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def new_salt() -> str:
    """A fresh part of a secret."""
    return secrets.token_hex(16)


def check_address(address: str) -> None:
    """Raise ``ValidationError`` unless an address is one to send to."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ValidationError(_("This is no address.")) from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValidationError(_("An address begins with https://, and names a machine."))
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValidationError(
            _("Without encryption only this machine itself can be told: give an https:// address.")
        )
    if parts.username or parts.password:
        raise ValidationError(_("Leave names and passwords out of the address: every message is signed."))


class Webhook(models.Model):
    """An address that is told."""

    name = models.CharField(gettext_lazy("name"), max_length=64, unique=True)
    address = models.CharField(
        gettext_lazy("address"), max_length=LONGEST_ADDRESS, validators=[check_address]
    )
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    made = models.DateTimeField(default=clock.now, editable=False)
    made_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", editable=False)
    ended = models.DateTimeField(null=True, editable=False)
    """When somebody ended it; nothing is sent from then on."""
    last = models.BigIntegerField(default=0, editable=False)
    """The last statement that letters were written about."""
    delivered = models.PositiveBigIntegerField(default=0, editable=False)
    """How many letters were accepted, those that are erased by now included."""
    delivered_last = models.DateTimeField(null=True, editable=False)
    """When the last of them was."""

    class Meta:
        verbose_name = gettext_lazy("webhook")
        verbose_name_plural = gettext_lazy("webhooks")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"webhook:{self.pk}"

    @property
    def secret(self) -> str:
        """What its messages are signed with; whoever receives them checks the signature with it."""
        made = hmac.new(
            settings.SECRET_KEY.encode(), f"webhook {self.pk} {self.salt}".encode(), hashlib.sha256
        )
        return "whsec_" + base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")


class LetterState(models.TextChoices):
    """What became of a letter."""

    WAITING = "waiting", gettext_lazy("waits")
    DELIVERED = "delivered", gettext_lazy("delivered")
    DEAD = "dead", gettext_lazy("given up")


class Letter(models.Model):
    """One message to one webhook."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="letters", db_index=False)
    body = models.TextField()
    """As it is sent and signed, every time the same bytes."""
    made = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=12, choices=LetterState, default=LetterState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next = models.DateTimeField(default=clock.now)
    """When it is tried (again)."""
    fault = models.CharField(max_length=300, blank=True)
    """Why the last attempt failed."""

    class Meta:
        verbose_name = gettext_lazy("letter")
        ordering = ("pk",)
        indexes = (
            models.Index(fields=["state", "next"], name="letter_due"),
            models.Index(fields=["webhook", "state", "id"], name="letter_of_webhook"),
        )

    def __str__(self) -> str:
        return f"letter {self.pk} to {self.webhook_id}"

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"webhook:{self.webhook_id}"

    def failed(self, fault: str) -> None:
        """Note a failure: it is tried again later, or given up; the caller saves it."""
        self.attempts += 1
        self.fault = fault[:300]
        if self.attempts > len(WAITS):
            self.state = LetterState.DEAD
        else:
            self.next = clock.now() + WAITS[self.attempts - 1]
