"""Every state of a moment that ever became known to the desk, and when."""

from __future__ import annotations

from django.db import models

from lapwing.desk import clock
from lapwing.desk.moments.json_text import JSONText


class Statement(models.Model):
    """A moment as it was stated at one time; a row is never changed."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="statements", db_index=False)
    known = models.DateTimeField(default=clock.now)
    """When the desk learnt it."""
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    """Who stated it, when a person took a part out of a moment; none for the engine."""
    line = JSONText()

    class Meta:
        ordering = ("known", "pk")
        indexes = (models.Index(fields=["moment", "known"], name="moments_statements"),)

    def __str__(self) -> str:
        return f"{self.moment_id} as of {self.known:%Y-%m-%d %H:%M:%S}"
