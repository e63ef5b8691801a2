"""Facts, assessments and tasks of a case. Facts and assessments are kept apart, and never changed."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.moments.fact import LONGEST_LINE, LONGEST_TEXT


class CaseFact(models.Model):
    """Something that is so, and where it comes from."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="facts")
    text = models.TextField(_("fact"), max_length=LONGEST_TEXT)
    source = models.CharField(_("where it comes from"), max_length=LONGEST_LINE)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("time", "pk")

    def __str__(self) -> str:
        return self.text[:80]


class CaseAssessment(models.Model):
    """What somebody makes of a case, and which innocent explanation they considered."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="assessments")
    text = models.TextField(_("assessment"), max_length=LONGEST_TEXT)
    benign = models.TextField(_("innocent explanation considered"), max_length=LONGEST_TEXT)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("time", "pk")

    def __str__(self) -> str:
        return self.text[:80]


class Task(models.Model):
    """Something to be done in a case by a date."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="tasks")
    text = models.TextField(_("task"), max_length=LONGEST_TEXT)
    due = models.DateTimeField(_("due"))
    person = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="tasks")
    """Who does it; none while nobody has taken it."""
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)
    done = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    outcome = models.TextField(_("outcome"), max_length=LONGEST_TEXT, blank=True)

    class Meta:
        ordering = ("due", "pk")
        indexes = (models.Index(fields=["person", "done", "due"], name="cases_tasks"),)

    def __str__(self) -> str:
        return self.text[:80]

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been done by now."""
        return self.done is None and self.due < now
