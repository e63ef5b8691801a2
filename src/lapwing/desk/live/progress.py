"""How far the watch of this desk has come."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

ONLY = 1


class State(models.TextChoices):
    """What the watch is doing."""

    NEVER = "never", _("has not begun")
    STARTING = "starting", _("is starting")
    LEARNING = "learning", _("learns what is usual")
    WATCHING = "watching", _("watches")
    FAILED = "failed", _("has failed and is tried again")


class Rows(models.Manager["Progress"]):
    """The one row there is."""

    def now(self) -> Progress:
        """It; made when it is not there yet."""
        return self.get_or_create(pk=ONLY)[0]


class Progress(models.Model):
    """One row, changed together with what it tells of."""

    border = models.BigIntegerField(default=0)
    """The last border whose statements the desk has. Microseconds of stream time since 1970."""
    number = models.BigIntegerField(default=0)
    """The last entry of the journal whose events stand in the database."""
    newest = models.BigIntegerField(default=0)
    """The time of the newest event, microseconds since 1970."""
    rows = models.BigIntegerField(default=0)
    """Events the watch has read, those included that wait for their border."""
    background = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    """Events that came too late for the watch to see them."""
    state = models.CharField(max_length=12, choices=State, default=State.NEVER)
    beat = models.DateTimeField(null=True)
    """When the watch last showed a sign of life."""
    fault = models.TextField(blank=True)
    """Why it failed, for the administrator; without content."""

    objects: ClassVar[Rows] = Rows()

    class Meta:
        verbose_name = _("progress of the watch")

    def __str__(self) -> str:
        return f"the watch {self.get_state_display()}"
