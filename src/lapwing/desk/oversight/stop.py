"""A time during which the machine was stopped."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_REASON = 2000


class Stop(models.Model):
    """All detectors halted, from a time on, by a person, for a reason; and who let them start again."""

    time = models.DateTimeField(_("stopped"))
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    why = models.TextField(_("reason"), max_length=LONGEST_REASON)
    again = models.DateTimeField(_("started again"), null=True)
    """When the machine was started again; none while it stands still."""
    again_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    again_why = models.TextField(_("reason for starting again"), max_length=LONGEST_REASON, blank=True)

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        ordering = ("-time",)
        constraints = (
            models.UniqueConstraint(
                models.Value(1), condition=Q(again__isnull=True), name="oversight_one_standing_stop"
            ),
            models.CheckConstraint(
                condition=Q(again__isnull=True, again_by__isnull=True)
                | (Q(again__isnull=False, again_by__isnull=False) & ~Q(again_why="")),
                name="oversight_started_by_somebody_for_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"stop {self.pk}"

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"stop:{self.pk}"
