"""A moment that somebody marked as significant, so that it is written up within the shift."""

from __future__ import annotations

from django.db import models

from lapwing.desk import clock
from lapwing.desk.moments.fact import LONGEST_TEXT


class Significance(models.Model):
    """A mark, and the assessment that wrote the moment up."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="marks")
    why = models.TextField(max_length=LONGEST_TEXT)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)
    due = models.DateTimeField()
    written = models.ForeignKey("moments.Assessment", models.CASCADE, null=True, related_name="+")

    class Meta:
        ordering = ("time", "pk")

    def __str__(self) -> str:
        return f"{self.moment_id}, to be written up by {self.due:%Y-%m-%d %H:%M}"
