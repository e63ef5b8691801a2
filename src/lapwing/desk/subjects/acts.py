"""The acts of a subject, as they came in. Whoever asks has the subjects that may be read from ``within``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from lapwing.desk import clock
from lapwing.desk.intake.models import Event
from lapwing.desk.subjects.models import Subject

PAGE = 50


@dataclass(frozen=True, slots=True)
class Acts:
    """A page of acts, the latest first."""

    events: tuple[Event, ...]
    next: str
    """Where the next page begins; empty when there is none."""


def recent(readable: QuerySet[Subject], key: int, start: str = "") -> Acts:
    """The acts of the subject with this key, from ``start`` on, as far as it is among ``readable``."""
    events = Event.objects.filter(subject__in=readable.filter(pk=key)).order_by("-time", "-number")
    place = _place(start)
    if place is not None:
        time, number = place
        events = events.filter(Q(time__lt=time) | Q(time=time, number__lt=number))
    page = list(events[: PAGE + 1])
    more = len(page) > PAGE
    last = page[PAGE - 1] if more else None
    onward = "" if last is None else f"{clock.microseconds(last.time)}.{last.number}"
    return Acts(tuple(page[:PAGE]), onward)


def kinds_since(
    readable: QuerySet[Subject], key: int, since: datetime, most: int
) -> Sequence[tuple[datetime, str, str]]:
    """Time, kind and act id of at most ``most`` acts since a time, the latest first."""
    events = Event.objects.filter(subject__in=readable.filter(pk=key), time__gte=since).order_by("-time")
    return list(events.values_list("time", "kind", "act")[:most])


def _place(start: str) -> tuple[datetime, int] | None:
    time, _, number = start.partition(".")
    if not (0 < len(time) < 18 and time.isdecimal() and 0 < len(number) < 19 and number.isdecimal()):
        return None
    try:
        return clock.at(int(time)), int(number)
    except OverflowError:
        return None
