"""A sweep: what would go, shown first; then, when a person has said so, what went."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.retention.hold import LONGEST_REASONS

SHOWN_FOR = timedelta(hours=1)
"""How long a list stands for what is there; later it is drawn up anew."""


class Sweep(models.Model):
    """One list of what is due to go, and what a person decided about it."""

    shown_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, related_name="+", verbose_name=_("shown to")
    )
    shown_at = models.DateTimeField(_("shown at"), default=clock.now)
    """What was due at this time goes, and nothing that came due later."""
    confirmed_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    reasons = models.TextField(_("reasons"), max_length=LONGEST_REASONS, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"sweep:{self.pk}"

    @property
    def fresh(self) -> bool:
        """Whether it can still be confirmed."""
        return self.confirmed_at is None and clock.now() < self.shown_at + SHOWN_FOR


class Swept(models.Model):
    """One thing on the list of a sweep."""

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="items", verbose_name=_("sweep"))
    term = models.CharField(_("term"), max_length=20)
    """Its name in ``terms.yaml``."""
    thing = models.CharField(_("what"), max_length=200)
    """As the audit log names it; for acts, the subject."""
    count = models.PositiveIntegerField(_("count"), default=1)
    """Of acts, how many; else one."""
    due = models.DateTimeField(_("due since"))
    gone = models.PositiveIntegerField(_("gone"), null=True)
    """How many went; empty while nothing was done, none when it was held or changed in between."""

    class Meta:
        verbose_name = _("item of a sweep")
        verbose_name_plural = _("items of a sweep")
        ordering = ("pk",)
        indexes = (models.Index(fields=["sweep", "gone"], name="swept_left"),)

    def __str__(self) -> str:
        return f"{self.term} {self.thing}"
