"""Requests that were answered, so that one that is sent again is not done again."""

from __future__ import annotations

from django.db import models

from lapwing.desk import clock


class Answered(models.Model):
    """A decision that came in under a key."""

    token = models.ForeignKey("accounts.Token", models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    asked = models.TextField()
    """What was sent; the same key with something else is a mistake."""
    decision = models.ForeignKey("moments.Decision", models.CASCADE, related_name="+")
    time = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["token", "key"], name="answered_once"),)

    def __str__(self) -> str:
        return self.key
