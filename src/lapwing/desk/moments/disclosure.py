"""Who received the data of a moment, what was corrected since, and who has been told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.moments.fact import LONGEST_LINE, LONGEST_TEXT

WHAT = {
    "ledger (csv)": _("ledger, a line for each act (CSV)"),
    "ledger (jsonl)": _("moment with its ledger (JSON Lines)"),
    "moment over the interface": _("moment over the interface"),
    "referral": _("referral"),
}
"""What goes out, as it is kept and as people are shown it."""


class Disclosure(models.Model):
    """Data of a moment that went to somebody."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="disclosures")
    recipient = models.CharField(_("recipient"), max_length=LONGEST_LINE)
    what = models.CharField(max_length=LONGEST_LINE)
    """What they received, a word of :data:`WHAT`."""
    why = models.TextField(max_length=LONGEST_TEXT)
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    """Who gave it; none for an interface of the desk."""
    time = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("time", "pk")

    @property
    def what_title(self) -> str:
        """What they received, as people are shown it."""
        return str(WHAT.get(self.what, self.what))

    def __str__(self) -> str:
        return f"{self.what} of {self.moment_id} to {self.recipient}"


class Correction(models.Model):
    """What was wrong about a moment, and what is right."""

    moment = models.ForeignKey("moments.Moment", models.CASCADE, related_name="corrections")
    text = models.TextField(_("what was wrong, and what is right"), max_length=LONGEST_TEXT)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("time", "pk")

    def __str__(self) -> str:
        return self.text[:80]


class Notice(models.Model):
    """A correction that a recipient is to be told of, until somebody has told them."""

    correction = models.ForeignKey("moments.Correction", models.CASCADE, related_name="notices")
    recipient = models.CharField(max_length=LONGEST_LINE)
    given = models.DateTimeField(null=True)
    given_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    how = models.CharField(_("how they were told"), max_length=LONGEST_LINE, blank=True)

    class Meta:
        ordering = ("correction", "recipient")
        indexes = (models.Index(fields=["given"], name="moments_notices"),)
        constraints = (
            models.UniqueConstraint(name="moments_notice_once", fields=["correction", "recipient"]),
        )

    def __str__(self) -> str:
        return f"notice to {self.recipient}"

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"notice:{self.pk}"
