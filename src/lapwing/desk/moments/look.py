"""When somebody last looked at the queue, so that what is new since then can be marked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from lapwing.desk import clock

SAME_LOOK = timedelta(minutes=15)
"""Pages asked for within this time belong to one look."""


class Look(models.Model):
    """The present and the previous look of one person at the queue."""

    person = models.OneToOneField("accounts.Person", models.CASCADE, related_name="+", primary_key=True)
    previous = models.DateTimeField(null=True)
    """When the look before this one ended; none at the first."""
    latest = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"look of {self.person_id} at {self.latest:%Y-%m-%d %H:%M}"


def looked(person_id: int) -> datetime | None:
    """Note that somebody looks now; the time before which nothing is new to them, none at their first look."""
    now = clock.now()
    look = Look.objects.filter(pk=person_id).first()
    if look is None:
        Look.objects.create(person_id=person_id, latest=now)
        return None
    if now - look.latest > SAME_LOOK:
        look.previous = look.latest
    look.latest = now
    look.save()
    return look.previous
