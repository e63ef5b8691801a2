"""Standing conditions: tell me if. They expire, and each time one comes true is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lapwing.desk import clock
from lapwing.desk.moments.fact import LONGEST_LINE
from lapwing.report.visible_text import shortened

LONGEST = timedelta(days=90)
"""A condition lasts no longer than a mandate usually does; it is made anew when it is still needed."""


class Sort(models.TextChoices):
    """What a condition waits for."""

    SUBJECT = "subject", gettext_lazy("a subject is named in a moment")
    CONTEXT = "context", gettext_lazy("a context stands in the ledger of a moment")
    STAGE = "stage", gettext_lazy("a moment reaches a stage")
    GROWTH = "growth", gettext_lazy("a linked moment gains subjects")


class Condition(models.Model):
    """Something that somebody wants to be told of, until a date."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="conditions")
    sort = models.CharField(gettext_lazy("tell me if"), max_length=16, choices=Sort.choices)
    text = models.CharField(max_length=LONGEST_LINE, blank=True)
    """The pseudonym, the context or the stage; empty for growth."""
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="conditions")
    time = models.DateTimeField(default=clock.now)
    expires = models.DateTimeField(gettext_lazy("until"))

    class Meta:
        ordering = ("expires", "pk")
        indexes = (models.Index(fields=["expires", "sort"], name="cases_conditions"),)

    def __str__(self) -> str:
        return f"{self.sort} {self.text}"

    @property
    def said(self) -> str:
        """The condition as a sentence."""
        text = shortened(self.text, 80)
        if self.sort == Sort.SUBJECT:
            return _("tell me if %(text)s is named in a moment") % {"text": text}
        if self.sort == Sort.CONTEXT:
            return _("tell me if %(text)s stands in the ledger of a moment") % {"text": text}
        if self.sort == Sort.STAGE:
            return _("tell me if a moment reaches the stage %(text)s") % {"text": text}
        return _("tell me if a moment of this case gains subjects")

    def expired(self, now: datetime) -> bool:
        """Whether it no longer waits."""
        return self.expires <= now


class Told(models.Model):
    """A time at which a condition came true, and who has read of it."""

    condition = models.ForeignKey("cases.Condition", models.CASCADE, related_name="told")
    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="+")
    time = models.DateTimeField(default=clock.now)
    read = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        ordering = ("-time", "-pk")
        constraints = (models.UniqueConstraint(name="cases_told_once", fields=["condition", "moment"]),)

    def __str__(self) -> str:
        return f"{self.condition_id}: {self.moment_id}"
