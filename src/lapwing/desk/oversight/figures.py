"""What the overseer needs at a glance, counted from what is kept: nothing here is entered by anybody."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from lapwing.desk import mandates
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import refusal
from lapwing.desk.mandates.ends import SOON
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.mandates.state import State
from lapwing.desk.moments.budget import Budget, Cost, budget_now, cost_so_far
from lapwing.desk.moments.models import Assessment, Decision, Moment
from lapwing.desk.moments.vocabulary import vocabulary
from lapwing.desk.seals.models import Opening

LISTED = 20
SAMPLE = 1000
"""Rows of which a median is taken, or by which refusals are told apart: the youngest ones."""

OVERRIDES = (
    "decision.refuse", "decision.withdraw", "moment.reopen", "moment.merge", "moment.split", "moment.part",
    "moment.correct", "moment.erase", "mandate.refuse", "mandate.cancel", "seal.refuse", "person.roles", "person.reset",
    "budget.set", "machine.stop", "machine.start", "audit.key", "desk.restore", "desk.upgrade",
)  # fmt: skip
"""Acts by which a person set aside what the machine, or somebody before them, had said or set."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A mandate in force that ends soon."""

    mandate: Mandate
    subjects: int


@dataclass(frozen=True, slots=True)
class Mandated:
    """The mandates there are."""

    in_force: int
    ending: tuple[Ending, ...]
    """Those that end within `SOON`, the nearest first."""
    waiting: int
    ended: int
    """Ended in the period, by time or by hand."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Openings of seals that were asked for in the period."""

    asked: int
    refused: int
    used: int
    youngest: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was last decided about how many moments."""

    title: str
    count: int
    share: float
    """Of all that were raised in the period."""
    width: int
    """Of the bar, in pixels out of `BAR`."""


BAR = 240


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the moments that the desk came to know in the period."""

    raised: int
    rows: tuple[Outcome, ...]
    overdue: int
    until_assessed: timedelta | None
    """Median time until somebody assessed one."""
    until_decided: timedelta | None
    """Median time until something was decided."""


@dataclass(frozen=True, slots=True)
class Counted:
    """An action and how often it was done in the period."""

    action: str
    count: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who was refused what, how often, and why."""

    by: str
    action: str
    why: str
    count: int


def mandated(now: datetime, since: datetime) -> Mandated:
    """The mandates, from `since` to `now`."""
    live = mandates.live(now)
    ending = (
        live.filter(ends__lte=now + SOON)
        .select_related("asked_by", "decided_by")
        .annotate(subjects=Count("covers", distinct=True))
        .order_by("ends", "pk")[:LISTED]
    )
    return Mandated(
        in_force=live.count(),
        ending=tuple(Ending(one, one.subjects) for one in ending),  # type: ignore[attr-defined]
        waiting=Mandate.objects.filter(state=State.ASKED).count(),
        ended=Mandate.objects.filter(
            Q(ends__gt=since, ends__lte=now) | Q(ended_at__gt=since, ends=None)
        ).count(),
    )


def opened(since: datetime) -> Opened:
    """The openings asked for since then."""
    held = Opening.objects.filter(asked_at__gt=since)
    counts = held.aggregate(
        asked=Count("pk"),
        refused=Count("pk", filter=Q(approved=False)),
        used=Count("pk", filter=Q(used_at__isnull=False)),
    )
    youngest = held.select_related("asked_by", "decided_by", "sealed", "mandate").order_by("-pk")[:LISTED]
    return Opened(counts["asked"], counts["refused"], counts["used"], tuple(youngest))


def outcomes(now: datetime, since: datetime) -> Outcomes:
    """What became of the moments that became known since then."""
    known = Moment.objects.filter(known__gt=since).order_by()
    counted = known.values_list("status", "outcome").annotate(count=Count("*"))
    decided: Counter[str | None] = Counter()
    raised = untouched = 0
    for status, outcome, count in counted:
        raised += count
        decided[outcome] += count
        untouched += count if status == "new" and outcome is None else 0
    counts = [(_(choice.title), decided[name]) for name, choice in vocabulary().choices.items()]
    undecided = decided[None] - untouched
    counts += [(_("not decided yet"), undecided), (_("not assessed yet"), untouched)]
    most = max((count for _, count in counts), default=0) or 1
    return Outcomes(
        raised=raised,
        rows=tuple(
            Outcome(title, count, count / raised if raised else 0.0, round(BAR * count / most))
            for title, count in counts
        ),
        overdue=Moment.objects.filter(due__lt=now).count(),
        until_assessed=_median(Assessment, since),
        until_decided=_median(Decision, since),
    )


def budget(now: datetime) -> tuple[Budget | None, Cost]:
    """The false-alarm budget and what it has cost this month."""
    return budget_now(), cost_so_far(now)


def overrides(since: datetime) -> list[Counted]:
    """How often each kind of override was done since then, the most frequent first."""
    # With its first key a log begins, and takes the place of none.
    first_key = Entry.objects.filter(action="audit.key").order_by("number").values("number")[:1]
    counts = (
        Entry.objects.filter(action__in=OVERRIDES, number__gt=_number_at(since))
        .exclude(number=Subquery(first_key))
        .order_by()
        .values_list("action")
        .annotate(count=Count("pk"))
        .order_by("-count", "action")
    )
    return [Counted(action, count) for action, count in counts]


def refusals(since: datetime) -> tuple[list[Refusal], int]:
    """What was refused to whom since then, the most frequent first, and how many refusals that is in all."""
    held = Entry.objects.filter(action=refusal.ACTION, number__gt=_number_at(since))
    # A thousand rows: their columns are read, and no entry and no person is made of each.
    youngest = held.order_by("-number").values_list("by__username", "words")[:SAMPLE]
    counts = Counter((by or "", *_refused(said)) for by, said in youngest)
    rows = [Refusal(by, action, why, count) for (by, action, why), count in counts.most_common(LISTED)]
    return rows, held.count()


def _refused(words: str) -> tuple[str, str]:
    """The action that was refused and why, of the words of an entry."""
    try:
        said = json.loads(words)
        return str(said["detail"]["action"]), str(said["why"])
    except (ValueError, KeyError, TypeError):
        # Somebody changed it in the database; a verification names the entry.
        return "", ""


def _number_at(since: datetime) -> int:
    """The number of the last entry before a time: numbers lead through the log more quickly than times."""
    first = Entry.objects.filter(time__gt=since).order_by("time").values_list("number", flat=True).first()
    return first - 1 if first else 2**62


def _median(steps: type[Assessment | Decision], since: datetime) -> timedelta | None:
    """The median time from when a moment became known to the first such step, of the moments that took it last."""
    made = steps._default_manager.filter(moment__known__gt=since)
    earlier = steps._default_manager.filter(moment=OuterRef("moment"), pk__lt=OuterRef("pk"))
    youngest = made.filter(~Exists(earlier)).order_by("-pk").values_list("time", "moment__known")[:SAMPLE]
    spans = [(time - known).total_seconds() for time, known in youngest]
    return timedelta(seconds=median(spans)) if spans else None
