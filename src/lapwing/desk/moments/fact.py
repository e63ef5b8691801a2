"""Facts and assessments: kept apart, each with its author and time, and never changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.moments.vocabulary import vocabulary

LONGEST_TEXT = 10_000
LONGEST_LINE = 300


class Fact(models.Model):
    """Something that is so, and where it comes from."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="facts")
    text = models.TextField(_("fact"), max_length=LONGEST_TEXT)
    source = models.CharField(_("where it comes from"), max_length=LONGEST_LINE)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("fact")
        ordering = ("time", "pk")

    def __str__(self) -> str:
        return self.text[:80]


class Assessment(models.Model):
    """How somebody reads a moment, and which innocent explanation they considered first."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="assessments", db_index=False)
    judgement = models.CharField(_("judgement"), max_length=16)
    benign = models.TextField(_("innocent explanation considered"), max_length=LONGEST_TEXT)
    reasons = models.TextField(_("reasons"), max_length=LONGEST_TEXT)
    before_bits = models.BooleanField()
    """Whether its author had not yet seen the arithmetic of the moment."""
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("assessment")
        ordering = ("time", "pk")
        indexes = (models.Index(fields=["moment", "by"], name="moments_assessments"),)

    def __str__(self) -> str:
        return f"{self.judgement} of {self.moment_id}"

    @property
    def judgement_title(self) -> str:
        """The judgement as people are shown it."""
        return vocabulary().judgements[self.judgement].title
