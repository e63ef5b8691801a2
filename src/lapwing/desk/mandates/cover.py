"""A cover: one subject under one mandate, with the evidence for this subject and the decision about it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.mandates.mandate import LONGEST_REASONS, Mandate
from lapwing.desk.mandates.roster import LONGEST_EVIDENCE

LONGEST_SOURCE = 300


class Covers(models.QuerySet["Cover"]):
    """Covers, by whether they hold."""

    def undecided(self) -> Covers:
        """Those that were asked for and wait for an approver."""
        return self.filter(approved__isnull=True, released_at__isnull=True)

    def standing(self, at: datetime) -> Covers:
        """Those that were approved by a time and not let go by then; not yet enough for a protected subject."""
        return self.filter(
            Q(released_at__isnull=True) | Q(released_at__gt=at), approved=True, decided_at__lte=at
        )

    def holding(self, at: datetime) -> Covers:
        """Those that make their subject readable at a time, as far as their mandate is in force.

        A protected subject (a minor, or of a protected calling) needs the independent approval as well; whoever
        is marked as protected later drops out at once until it is given.
        """
        return self.standing(at).filter(
            Q(subject__privilege="", subject__minor=False) | Q(independent_at__lte=at)
        )


class Cover(models.Model):
    """One subject under one mandate."""

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="covers", verbose_name=_("mandate"))
    subject = models.ForeignKey(
        "subjects.Subject", models.PROTECT, related_name="covers", verbose_name=_("subject")
    )
    category = models.CharField(_("category"), max_length=20)
    """What the subject is taken to be: one of the categories of the mandate."""
    evidence = models.TextField(_("evidence"), max_length=LONGEST_EVIDENCE)
    """What is known of this subject in particular."""
    source = models.CharField(_("where this comes from"), max_length=LONGEST_SOURCE)
    """Who named it, and in what: an own case, a report, a partner's letter."""
    asked_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=clock.now)

    approved = models.BooleanField(_("approved"), null=True)
    """Empty while nobody has decided."""
    decided_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reasons = models.TextField(_("reasons of the decision"), max_length=LONGEST_REASONS, blank=True)

    independent_by = models.ForeignKey(
        "accounts.Person",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("independently approved by"),
    )
    """Who approved the watching of a protected subject, besides the first approver."""
    independent_at = models.DateTimeField(_("independently approved at"), null=True)
    independent_reasons = models.TextField(_("independent reasons"), max_length=LONGEST_REASONS, blank=True)

    released_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name=_("released by")
    )
    released_at = models.DateTimeField(_("released at"), null=True)
    """When this subject was let go, before the mandate ended."""
    release_reasons = models.TextField(_("reasons of the release"), max_length=LONGEST_REASONS, blank=True)

    objects = Covers.as_manager()

    class Meta:
        verbose_name = _("subject under a mandate")
        verbose_name_plural = _("subjects under a mandate")
        ordering = ("pk",)
        indexes = (
            models.Index(fields=["subject", "approved", "mandate"], name="cover_subject"),
            # With the release, so that the subjects of a mandate are counted without looking at them.
            models.Index(fields=["mandate", "approved", "released_at", "subject"], name="cover_mandate"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["mandate", "subject"],
                condition=Q(released_at__isnull=True) & (Q(approved__isnull=True) | Q(approved=True)),
                name="cover_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="cover_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(independent_by__isnull=True)
                | (Q(approved=True) & ~Q(independent_by=F("asked_by")) & ~Q(independent_by=F("decided_by"))),
                name="cover_independent_of_both",
            ),
            models.CheckConstraint(
                condition=Q(approved__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(approved__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="cover_decided_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject_id} under {self.mandate_id}"

    @property
    def about(self) -> str:
        """How the audit log names it: as part of its mandate."""
        return f"mandate:{self.mandate_id}"

    @property
    def waits_for_independence(self) -> bool:
        """Whether it is approved, but reaches nothing until a second approver has agreed."""
        return (
            self.approved is True
            and self.released_at is None
            and self.subject.protected
            and self.independent_at is None
        )
