"""A moment on the desk: its latest state, and where the work on it stands."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lapwing.desk import clock
from lapwing.desk.moments.course import WAITING, Status
from lapwing.desk.moments.json_text import JSONText
from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment as StatedMoment
from lapwing.report import sentence, words
from lapwing.report.gist import Gist

if TYPE_CHECKING:
    from lapwing.desk.subjects.models import Subject

LONGEST_ID = 64


class Moment(models.Model):
    """A change in recorded acts that the engine has raised, and what became of it."""

    id = models.CharField(primary_key=True, max_length=LONGEST_ID)
    """The engine's own; a part that a person has taken out of a moment has its id with a number behind."""
    type = models.CharField(max_length=16)
    onset = models.DateTimeField(_("began"))
    raised = models.DateTimeField(_("raised"))
    net = models.FloatField()
    """Net bits; queues begin with the most."""
    threshold = models.FloatField()
    """Net bits at which the budget let it be raised."""
    once_in_days = models.FloatField()
    stage = models.CharField(max_length=200, blank=True)
    """Shown with every character visible."""
    life = models.CharField(max_length=16)
    """The engine's own status: open, fading or closed."""
    known = models.DateTimeField(default=clock.now)
    """When it was first stated to the desk."""
    stated = models.DateTimeField(default=clock.now)
    """When it was last stated."""
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.NEW)
    waiting = models.BooleanField(default=True)
    """Whether it waits for somebody: new, assessed or proposed."""
    outcome = models.CharField(max_length=16, null=True)
    """What was last decided and is in force; none before that, and after it was reopened."""
    review = models.DateTimeField(null=True)
    """By when it is to be looked at; none when it is closed."""
    write_up = models.DateTimeField(null=True)
    """By when it is to be written up, after it was marked significant; none when it is not, or when that is done."""
    due = models.DateTimeField(null=True)
    """The earlier of the two."""
    closed = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    parted_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    members: models.ManyToManyField[Subject, models.Model] = models.ManyToManyField(
        "subjects.Subject", related_name="moments"
    )
    summary = JSONText(default=dict)
    """What the queue shows of it, computed once when it is stated (`summary`)."""
    line = JSONText()
    """The latest state, exactly like a line of `moments.jsonl`."""
    exhibit = JSONText(null=True)
    """What the pictures need, exactly like a line of `exhibits.jsonl`."""

    class Meta:
        verbose_name = _("moment")
        verbose_name_plural = _("moments")
        ordering = ("-net", "id")
        indexes = (
            models.Index(F("net").desc(), "id", condition=Q(waiting=True), name="moments_queue"),
            models.Index(fields=["due"], name="moments_due"),
            models.Index(fields=["status", "due"], name="moments_status_due"),
            models.Index(fields=["status", "-closed"], name="moments_closed"),
            models.Index(fields=["stated"], name="moments_stated"),
            models.Index(fields=["status", "outcome", "known"], name="moments_outcomes"),
        )
        constraints = (
            models.CheckConstraint(
                name="moments_waiting",
                condition=Q(waiting=True, status__in=["new", "assessed", "proposed"])
                | Q(waiting=False, status__in=["decided", "closed", "merged", "erasing"]),
            ),
        )

    def __str__(self) -> str:
        return self.id

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return f"moment:{self.id}"

    @property
    def gist(self) -> Gist:
        """The facts that its heading and its lines in a list are made of."""
        return Gist(**self.summary["gist"])

    @property
    def title(self) -> str:
        """It as a heading, in the reader's language."""
        return sentence.title(self.gist)

    @property
    def kinds(self) -> str:
        """Its acts by kind, in a line."""
        return sentence.kinds(self.gist)

    @property
    def circles(self) -> str:
        """Where its members come from; empty when that is not known."""
        return sentence.circles(self.gist)

    @property
    def chance(self) -> str:
        """How often chance alone would do it."""
        return words.once_in(self.gist.once_in_days)

    @property
    def grown_since_closed(self) -> bool:
        """Whether the engine has had more to say of it since it was closed."""
        return self.closed is not None and self.stated > self.closed

    def as_stated(self) -> StatedMoment:
        """Its latest state, as the components of pages take it."""
        return StatedMoment.parse(json.dumps(self.line))

    def as_exhibited(self) -> Exhibit | None:
        """What its pictures are drawn from."""
        return None if self.exhibit is None else Exhibit.parse(json.dumps(self.exhibit))

    def stand(self, status: Status) -> None:
        """Put it where a step has led; the caller saves it."""
        self.status = status
        self.waiting = status in WAITING
        if status in (Status.CLOSED, Status.MERGED, Status.ERASING):
            self.review = self.write_up = None
        self.closed = clock.now() if status == Status.CLOSED else None
        self.reckon_due()

    def reckon_due(self) -> None:
        """Set the date by which something is due from the two dates it hangs on; the caller saves it."""
        self.due = min((date for date in (self.review, self.write_up) if date is not None), default=None)

    def overdue(self, now: datetime) -> bool:
        """Whether something should have been done by now."""
        return self.due is not None and self.due < now
