"""A threat to life: raised by anybody from any page, and never behind another workflow."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.moments.fact import LONGEST_LINE, LONGEST_TEXT


class Threat(models.Model):
    """What somebody knows of a threat to life, who has taken it on, and who was informed when."""

    text = models.TextField(_("what you know: who, where, when"), max_length=LONGEST_TEXT)
    page = models.CharField(max_length=LONGEST_LINE, blank=True)
    """The page on which it was raised."""
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)
    taken_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    taken = models.DateTimeField(null=True)
    informed = models.CharField(_("who was informed"), max_length=LONGEST_LINE, blank=True)
    informed_by = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    informed_at = models.DateTimeField(null=True)
    case = models.OneToOneField("cases.Case", models.SET_NULL, null=True, related_name="threat")

    class Meta:
        verbose_name = _("threat to life")
        ordering = ("-time", "-pk")
        indexes = (models.Index(fields=["informed_at", "-time"], name="cases_threats"),)

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"threat:{self.pk}"
