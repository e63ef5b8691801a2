"""A hold: something that a sweep must leave, for a reason and until a date."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock

LONGEST_HOLD = timedelta(days=184)
"""Six months, as Regulation (EU) 2021/784, Art. 6 has it; a longer one is a new hold with new reasons."""
LONGEST_REASONS = 2000


class Holds(models.QuerySet["Hold"]):
    """Holds, by when they bind."""

    def binding(self, at: datetime | None = None) -> Holds:
        """Those that bind at a time, or now."""
        at = at or clock.now()
        return self.filter(Q(lifted_at__isnull=True) | Q(lifted_at__gt=at), since__lte=at, until__gt=at)


class Hold(models.Model):
    """A moment, a case or a subject that is preserved, with all that hangs on it."""

    thing = models.CharField(_("what is held"), max_length=200)
    """As the audit log names it: ``moment:m-3f``, ``case:4`` or ``subject:lark-204``."""
    reasons = models.TextField(_("reasons"), max_length=LONGEST_REASONS)
    """Who asked for it, by what: a court, a complaint, a removal order."""
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", verbose_name=_("by"))
    since = models.DateTimeField(_("since"), default=clock.now)
    until = models.DateTimeField(_("until"))
    lifted_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name=_("lifted by")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True)
    lift_reasons = models.TextField(_("reasons of the lifting"), max_length=LONGEST_REASONS, blank=True)

    objects = Holds.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("-pk",)
        indexes = (models.Index(fields=["thing", "until"], name="hold_thing"),)

    def __str__(self) -> str:
        return f"{self.thing} until {self.until:%Y-%m-%d}"

    @property
    def about(self) -> str:
        """How the audit log names it: as what it holds."""
        return self.thing
