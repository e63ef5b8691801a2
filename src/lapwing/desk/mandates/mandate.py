"""A mandate: who may be watched, on what ground, by which means, until when, approved by whom."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.mandates.ground import Ground, Word, grounds
from lapwing.desk.mandates.state import State

LONGEST_REASONS = 4000


class Mandates(models.QuerySet["Mandate"]):
    """Mandates, by when they hold."""

    def live(self, at: datetime | None = None) -> Mandates:
        """Those in force at a time, or now: approved by then, not cancelled and not ended."""
        at = at or clock.now()
        return self.filter(begins__lte=at, ends__gt=at)


class Mandate(models.Model):
    """What was asked for, what was decided about it by another person, and how long it holds.

    Nothing of it is edited after it was asked for: a change is a new mandate, and an end is a step of its own.
    """

    ground = models.CharField(_("ground"), max_length=40)
    """An offence or a policy: a name in ``grounds.yaml`` or in the file of the team."""
    purpose = models.CharField(_("purpose"), max_length=20)
    """What for. Looks and searches state a purpose, and reach only what is watched for it."""
    categories = models.JSONField(_("categories of subjects"), default=list)
    sources = models.JSONField(_("sources"), default=list)
    """How events may come into the team's hands: names of the sources of the vocabulary."""
    means = models.JSONField(_("means"), default=list)
    """What may be done: names of the means in ``grounds.yaml``."""
    days = models.PositiveSmallIntegerField(_("days"))
    """How long it holds from its approval on."""
    reasons = models.TextField(_("reasons"), max_length=LONGEST_REASONS)
    """What is known, why it is necessary, and why less would not do; by who asked."""
    renews = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="renewals", verbose_name=_("renews")
    )
    """The earlier mandate that this one goes on from; decided anew, for reasons of its own."""
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)

    asked_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=clock.now)
    decided_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    """Who approved or refused it; the database refuses that this is who asked."""
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_reasons = models.TextField(_("reasons of the decision"), max_length=LONGEST_REASONS, blank=True)
    begins = models.DateTimeField(_("begins"), null=True)
    ends = models.DateTimeField(_("ends"), null=True)
    """When it stops to hold. A cancellation moves this to its own time; ``begins`` and ``days`` say what it was."""
    ended_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name=_("ended by")
    )
    """Who withdrew or cancelled it; none when it ran out."""
    ended_at = models.DateTimeField(_("ended at"), null=True)
    end_reasons = models.TextField(_("reasons of the end"), max_length=LONGEST_REASONS, blank=True)

    objects = Mandates.as_manager()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ("pk",)
        indexes = (
            models.Index(fields=["ends", "begins"], name="mandate_ends"),
            models.Index(fields=["state", "id"], name="mandate_state"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="mandate_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[State.APPROVED, State.CANCELLED],
                    begins__isnull=False,
                    ends__isnull=False,
                    decided_by__isnull=False,
                )
                | Q(
                    state__in=[State.ASKED, State.WITHDRAWN, State.REFUSED],
                    begins__isnull=True,
                    ends__isnull=True,
                ),
                name="mandate_holds_only_when_approved",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"mandate:{self.pk}"

    @property
    def ground_entry(self) -> Ground | None:
        """The ground as it is written in the file; None when the file no longer has it."""
        return grounds().grounds.get(self.ground)

    @property
    def purpose_entry(self) -> Word:
        """The purpose as it is written in the file."""
        return grounds().purposes[self.purpose]

    def holds(self, at: datetime | None = None) -> bool:
        """Whether it is in force at a time, or now."""
        at = at or clock.now()
        return self.begins is not None and self.ends is not None and self.begins <= at < self.ends

    def fingerprint(self) -> str:
        """A digest of all that an approver has to read. What was read is what is decided, or it is read again."""
        read = [
            self.pk, self.ground, self.purpose, self.categories, self.sources, self.means, self.days, self.reasons,
            [
                (cover.pk, cover.subject_id, cover.category, cover.evidence, cover.source)
                for cover in self.covers.undecided().order_by("pk")
            ],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(read, ensure_ascii=False).encode()).hexdigest()
