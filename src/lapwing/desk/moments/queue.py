"""The queue: overdue reviews on top, then most net bits; moments only, never people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from lapwing.desk.cases.naming import closed_cases
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.moment import Moment
from lapwing.desk.moments.reading import beyond, within
from lapwing.desk.subjects.models import Subject

PAGE = 30
OVERDUE_MOST = 30
COUNTED_MOST = 1_000
"""Up to so many are counted: "1,000 and more" tells as much, and takes no time."""

_LIGHT = ("line", "exhibit")
"""What a row does not show, and is large."""


@dataclass(frozen=True, slots=True)
class Row:
    """A moment of the queue."""

    moment: Moment
    new: bool
    """Whether it was stated since the reader's last look."""
    overdue: bool
    closed_cases: int
    """How many closed cases name one of its subjects."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue."""

    overdue: tuple[Row, ...]
    more_overdue: bool
    rows: tuple[Row, ...]
    next: str
    """Where the next page begins, empty when there is none."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Moments that wait and that mandate or purpose do not reach: counted, not named."""

    count: int
    more: bool


def queue(readable: QuerySet[Subject], now: datetime, seen: datetime | None, start: str = "") -> Queue:
    """The day's queue from ``start`` on. ``seen`` is when the reader last looked."""
    late = list(
        within(Moment.objects.filter(due__lte=now), readable)
        .defer(*_LIGHT)
        .order_by("due", "pk")[: OVERDUE_MOST + 1]
    )
    on_top = [moment.pk for moment in late[:OVERDUE_MOST]]
    waiting = within(Moment.objects.filter(waiting=True), readable).exclude(pk__in=on_top)
    rows, onward = page_of(waiting, start)
    named = closed_cases([*late, *rows])

    def row(moment: Moment) -> Row:
        new = seen is not None and moment.stated > seen
        return Row(moment, new, moment.overdue(now), named.get(moment.pk, 0))

    return Queue(
        overdue=() if start else tuple(row(moment) for moment in late[:OVERDUE_MOST]),
        more_overdue=len(late) > OVERDUE_MOST,
        rows=tuple(row(moment) for moment in rows),
        next=onward,
    )


def page_of(moments: QuerySet[Moment], start: str, by: str = "-net") -> tuple[Sequence[Moment], str]:
    """A page of moments from a place that an earlier page gave, and the place of the next.

    ``by`` is the field they are ordered by, with a minus when the largest come first.
    """
    field, falls = by.removeprefix("-"), by.startswith("-")
    value, _, key = start.partition("~")
    place: float | datetime | None = None
    try:
        place = float(value) if field == "net" else datetime.fromisoformat(value)
    except ValueError:
        key = ""
    if key:
        # The first condition lets the index be used; the second decides between equals.
        moments = moments.filter(**{f"{field}__{'lte' if falls else 'gte'}": place})
        moments = moments.exclude(**{field: place, "pk__lte": key})
    found = list(moments.defer(*_LIGHT).order_by(by, "pk")[: PAGE + 1])
    if len(found) <= PAGE:
        return found, ""
    last = found[PAGE - 1]
    place = getattr(last, field)
    return found[:PAGE], f"{place.isoformat() if isinstance(place, datetime) else repr(place)}~{last.pk}"


def hidden(readable: QuerySet[Subject]) -> Hidden:
    """How many moments wait that this reader is not shown, among those with most net bits."""
    waiting = Moment.objects.filter(waiting=True).order_by("-net", "pk")[: 5 * COUNTED_MOST]
    keys = beyond(Moment.objects.filter(pk__in=waiting.values("pk")), readable).values_list("pk", flat=True)
    count = len(keys[: COUNTED_MOST + 1])
    return Hidden(min(count, COUNTED_MOST), count > COUNTED_MOST)


def for_second_reading(readable: QuerySet[Subject]) -> QuerySet[Moment]:
    """Moments with a decision that waits for its second reader."""
    return within(Moment.objects.filter(status=Status.PROPOSED), readable)
