"""Lines that could not be read, kept so that whoever sends them can be told what to correct."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock

SHOWN = ("time", "kind", "source")
"""Columns whose bad values are kept. Those of the others may say who somebody is, of whom no mandate is known."""
LONGEST_VALUE = 201
KEPT = timedelta(days=30)
"""How long they are kept."""


class SetAside(models.Model):
    """A line of a post that was set aside: where, why, and of the value only what names nobody."""

    received = models.DateTimeField(_("received"), default=clock.now)
    token = models.ForeignKey(
        "accounts.Token", models.SET_NULL, null=True, related_name="+", verbose_name=_("sent with")
    )
    post = models.CharField(_("post"), max_length=64)
    line = models.PositiveIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=200)
    column = models.CharField(_("column"), max_length=16, blank=True)
    """Empty when the line as a whole is no row."""
    value = models.CharField(_("value"), max_length=LONGEST_VALUE, blank=True)

    class Meta:
        verbose_name = _("line set aside")
        verbose_name_plural = _("lines set aside")
        ordering = ("-received", "pk")
        indexes = (models.Index(fields=["-received", "id"], name="set_aside_received"),)

    def __str__(self) -> str:
        return f"line {self.line} of {self.post}: {self.reason}"


def forget() -> None:
    """Erase lines whose time is over."""
    SetAside.objects.filter(received__lt=clock.now() - KEPT).delete()
