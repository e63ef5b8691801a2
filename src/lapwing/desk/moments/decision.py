"""What was decided about a moment, by whom, with which reasons, and who read it a second time."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.moments.fact import LONGEST_LINE, LONGEST_TEXT
from lapwing.desk.moments.vocabulary import Choice, vocabulary


class DecisionState(models.TextChoices):
    """Whether a decision holds."""

    PROPOSED = "proposed", _("waits for a second reader")
    IN_FORCE = "in_force", _("in force")
    REFUSED = "refused", _("refused by the second reader")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Decision(models.Model):
    """One decision. What its author wrote is never changed, nor what its second reader wrote."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="decisions")
    choice = models.CharField(_("decision"), max_length=16)
    consequential = models.BooleanField()
    """Whether it takes effect only with a second reader."""
    reasons = models.TextField(_("reasons"), max_length=LONGEST_TEXT)
    benign = models.TextField(_("innocent explanation considered"), max_length=LONGEST_TEXT)
    recipient = models.CharField(_("who receives the data"), max_length=LONGEST_LINE, blank=True)
    review = models.DateTimeField(_("next review"), null=True)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=16, choices=DecisionState.choices)
    second = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    second_reasons = models.TextField(_("reasons of the second reader"), max_length=LONGEST_TEXT, blank=True)
    second_time = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("decision")
        ordering = ("time", "pk")
        indexes = (models.Index(fields=["choice", "time"], name="moments_choices"),)
        constraints = (
            models.CheckConstraint(
                name="moments_decision_has_reasons", condition=~Q(reasons="") & ~Q(benign="")
            ),
            # No removal and no referral without a second person who gives reasons: the database refuses the row.
            models.CheckConstraint(
                name="moments_second_reader",
                condition=Q(consequential=False)
                | Q(state__in=["proposed", "withdrawn"])
                | (Q(second__isnull=False) & ~Q(second=F("by")) & ~Q(second_reasons="")),
            ),
            models.CheckConstraint(
                name="moments_consequential",
                condition=~Q(choice__in=["remove", "refer"]) | Q(consequential=True),
            ),
            models.UniqueConstraint(
                name="moments_one_proposal", fields=["moment"], condition=Q(state="proposed")
            ),
        )

    def __str__(self) -> str:
        return f"{self.choice} of {self.moment_id}"

    @property
    def about(self) -> str:
        """How the audit log names what it is about."""
        return f"moment:{self.moment_id}"

    @property
    def kind(self) -> Choice:
        """What was decided, as the vocabulary has it."""
        return vocabulary().choices[self.choice]
