"""A review: a person's decision whether a closed case is still necessary."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.retention.hold import LONGEST_REASONS


class Review(models.Model):
    """Kept on for another term, or erased; the reasons stay when the case is gone."""

    case = models.BigIntegerField(_("case"), db_index=True)
    """Its number; the case itself may be gone."""
    kept = models.BooleanField(_("kept"))
    reasons = models.TextField(_("reasons"), max_length=LONGEST_REASONS)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", verbose_name=_("by"))
    time = models.DateTimeField(_("time"), default=clock.now)

    class Meta:
        verbose_name = _("review of a case")
        verbose_name_plural = _("reviews of cases")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"case {self.case} {'kept' if self.kept else 'erased'}"
