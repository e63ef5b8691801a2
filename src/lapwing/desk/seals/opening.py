"""An opening: somebody's wish to see a sealed field once, and what another person said to it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.seals.sealed import Sealed

DEFAULT_MINUTES = 10
LONGEST_MINUTES = 60
LONGEST_NECESSITY = 2000

STAGES = {
    "waiting": _("waits for a second person"),
    "withdrawn": _("withdrawn"),
    "refused": _("refused"),
    "open": _("approved, not used"),
    "used": _("opened"),
    "over": _("ran out unused"),
}
"""Where an opening stands, in words."""


class Openings(models.QuerySet["Opening"]):
    """Openings, by what can be done with them."""

    def waiting(self) -> Openings:
        """Those that nobody has decided."""
        return self.filter(approved__isnull=True, withdrawn_at__isnull=True)

    def open(self, at: datetime | None = None) -> Openings:
        """Those that can be used at a time, or now: approved, not run out and not used."""
        return self.filter(approved=True, ends__gt=at or clock.now(), used_at__isnull=True)


class Opening(models.Model):
    """One request to open one seal, for one look of whoever asked."""

    sealed = models.ForeignKey(
        Sealed, models.PROTECT, related_name="openings", verbose_name=_("sealed field")
    )
    mandate = models.ForeignKey(
        "mandates.Mandate", models.PROTECT, related_name="openings", verbose_name=_("mandate")
    )
    """The mandate under which it is necessary; in force when it is asked, decided and used."""
    necessity = models.TextField(_("necessity"), max_length=LONGEST_NECESSITY)
    """What cannot be done without the handle, and why now."""
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=DEFAULT_MINUTES)
    asked_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=clock.now)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    approved = models.BooleanField(_("approved"), null=True)
    """Empty while nobody has decided."""
    decided_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reasons = models.TextField(
        _("reasons of the decision"), max_length=LONGEST_NECESSITY, blank=True
    )
    ends = models.DateTimeField(_("ends"), null=True)
    """When the approval runs out, used or not."""
    used_at = models.DateTimeField(_("used at"), null=True)
    """When the seal was opened; a second time takes a new request."""

    objects = Openings.as_manager()

    class Meta:
        verbose_name = _("opening of a seal")
        verbose_name_plural = _("openings of seals")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="opening_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True)
                | Q(approved=True, used_at__lt=F("ends"), used_at__gte=F("decided_at")),
                name="opening_used_in_its_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"opening:{self.pk}"

    @property
    def record(self) -> str:
        """What is sealed, without the noun in front: the pseudonym of a subject."""
        return self.sealed.record.partition(":")[2]

    @property
    def stage_title(self) -> str:
        """The stage in words."""
        return str(STAGES[self.stage])

    @property
    def stage(self) -> str:
        """Where it stands: waiting, withdrawn, refused, open, used or over."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.approved is None:
            return "waiting"
        if not self.approved:
            return "refused"
        if self.used_at is not None:
            return "used"
        return "open" if self.ends is not None and clock.now() < self.ends else "over"
