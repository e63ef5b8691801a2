"""Events as pages see them: the acts of subjects that a mandate covered when they came in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.events.text import LONGEST


class Event(models.Model):
    """One row of an event. Background has none: it is in the journal alone, and teaches what is common.

    To be read through :func:`lapwing.desk.subjects.within` only, by subject and time.
    """

    number = models.BigIntegerField(primary_key=True)
    """From the journal: its entry and the place in it, so that no row comes to stand here twice."""
    subject = models.ForeignKey(
        "subjects.Subject",
        models.CASCADE,
        related_name="events",
        db_index=False,
        verbose_name=_("subject"),
    )
    time = models.DateTimeField(_("time"))
    kind = models.CharField(_("kind"), max_length=40)
    context = models.CharField(_("context"), max_length=LONGEST)
    act = models.CharField(_("act"), max_length=LONGEST, blank=True)
    """The id it came with: rows of one subject with one id are one act. Empty when it had none."""
    source = models.CharField(_("source"), max_length=LONGEST, blank=True)
    platform = models.CharField(_("platform"), max_length=LONGEST, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("subject", "-time", "number")
        indexes = (
            models.Index(fields=["subject", "-time"], name="event_of_subject"),
            models.Index(fields=["time"], name="event_time"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id} at {self.time:%Y-%m-%d %H:%M:%S}"
