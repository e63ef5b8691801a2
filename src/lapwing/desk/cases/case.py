"""A case: moments and subjects that somebody works on together, for one purpose."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.moments.fact import LONGEST_LINE, LONGEST_TEXT


class Case(models.Model):
    """A case. Closed, it still links: what it names is recognised when it turns up again."""

    title = models.CharField(_("title"), max_length=LONGEST_LINE)
    reasons = models.TextField(_("why it is opened"), max_length=LONGEST_TEXT)
    opened_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    opened = models.DateTimeField(default=clock.now)
    closed = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    closing_reasons = models.TextField(_("why it is closed"), max_length=LONGEST_TEXT, blank=True)
    due = models.DateTimeField(null=True)
    """When the first of its open tasks is due."""
    status = models.CharField(max_length=16, default="open")
    """`open`, `closed`, or `erasing` while it is being erased."""

    class Meta:
        verbose_name = _("case")
        ordering = ("-opened", "-pk")
        indexes = (
            models.Index(fields=["status", "due"], name="cases_due"),
            models.Index(fields=["status", "-opened"], name="cases_opened"),
        )
        constraints = (
            models.CheckConstraint(
                name="cases_status",
                condition=Q(status="open", closed__isnull=True)
                | Q(status="closed", closed__isnull=False, closed_by__isnull=False)
                | Q(status="erasing"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"case:{self.pk}"

    def reckon_due(self) -> None:
        """Set when its first open task is due; the caller saves it."""
        first = self.tasks.filter(done__isnull=True).order_by("due").first()
        self.due = first.due if first is not None and self.status == "open" else None


class CaseRole(models.TextChoices):
    """What somebody does in a case."""

    LEAD = "lead", _("leads it")
    WORKER = "worker", _("works on it")
    SECOND = "second", _("second reader")
    LIAISON = "liaison", _("speaks with partners")


class Participant(models.Model):
    """Somebody who takes part in a case, from a time to a time."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="participants")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    role = models.CharField(_("role in the case"), max_length=16, choices=CaseRole.choices)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("since", "pk")
        constraints = (
            models.UniqueConstraint(
                name="cases_takes_part_once", fields=["case", "person"], condition=Q(until__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} in {self.case_id}"


class Link(models.Model):
    """A moment or a subject that belongs to a case, and why."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="links")
    moment = models.ForeignKey("moments.Moment", models.CASCADE, null=True, related_name="links")
    subject = models.ForeignKey("subjects.Subject", models.PROTECT, null=True, related_name="links")
    why = models.TextField(max_length=LONGEST_TEXT)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+", db_index=False)
    time = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("time", "pk")
        constraints = (
            models.CheckConstraint(
                name="cases_links_one_thing",
                condition=Q(moment__isnull=False, subject__isnull=True)
                | Q(moment__isnull=True, subject__isnull=False),
            ),
            models.UniqueConstraint(
                name="cases_moment_once", fields=["case", "moment"], condition=Q(moment__isnull=False)
            ),
            models.UniqueConstraint(
                name="cases_subject_once", fields=["case", "subject"], condition=Q(subject__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.moment_id or self.subject_id} in {self.case_id}"
