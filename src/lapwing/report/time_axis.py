"""The time axis of a picture: where a time lies, and where its ticks stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lapwing.report import words

_SECOND = 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3_600 * _SECOND, 86_400 * _SECOND
_STEPS = (
    *(n * _SECOND for n in (1, 5, 15, 30)),
    *(n * _MINUTE for n in (1, 5, 15, 30)),
    *(n * _HOUR for n in (1, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28, 91, 182, 365, 730, 1825, 3650)),
)
_MONDAY = 4 * _DAY
"""1970-01-05, so that steps of weeks fall on Mondays."""
_LABEL = 76.0
"""Room for the label of a tick, in the picture's units."""
_NATURAL = (0.35, 0.85)
"""While the stretch after the onset fills this share of the whole time, one scale shows both well."""
_AFTER = 0.62
"""Otherwise the stretch after the onset gets this share of the width."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis with its label."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A time axis of one or two stretches, each with an even scale of its own.

    What came before an onset lasts days, what came after may last minutes: on one even scale nothing of the
    second could be seen. So the axis may have a seam at the onset, left of which time runs faster.
    """

    stretches: tuple[tuple[int, int, float, float], ...]
    """``(start, end, x of start, x of end)`` in order, times in microseconds."""

    @property
    def seam(self) -> float | None:
        """Where the scale changes, ``None`` when one scale holds throughout."""
        return self.stretches[1][2] if len(self.stretches) > 1 else None

    def x(self, time: int) -> float:
        """Where a time lies; times outside the axis lie at its ends."""
        for start, end, left, right in self.stretches:
            if time <= end:
                return round(left + (right - left) * max(0, time - start) / (end - start), 1)
        return round(self.stretches[-1][3], 1)

    def ticks(self) -> tuple[Tick, ...]:
        """Round times, as many as have room for their labels."""
        return tuple(tick for stretch in self.stretches for tick in _ticks(*stretch))


def time_axis(start: int, pivot: int, end: int, left: float, right: float) -> TimeAxis:
    """An axis from ``start`` to ``end``, with a seam at ``pivot`` (the onset) where one scale would not do.

    Times in microseconds since 1970-01-01 UTC; ``left`` and ``right`` are the ends of the picture.
    """
    end = max(end, start + _SECOND)
    after = (end - pivot) / (end - start)
    if not start < pivot < end or _NATURAL[0] <= after <= _NATURAL[1]:
        return TimeAxis(((start, end, left, right),))
    seam = round(right - (right - left) * _AFTER, 1)
    return TimeAxis(((start, pivot, left, seam), (pivot, end, seam, right)))


def _ticks(start: int, end: int, left: float, right: float) -> Iterator[Tick]:
    room = max(1, int((right - left) / _LABEL))
    step = next((step for step in _STEPS if (end - start) / step <= room), _STEPS[-1])
    offset = _MONDAY if step % (7 * _DAY) == 0 else 0
    time = offset - (offset - start) // step * step
    while time <= end:
        x = left + (right - left) * (time - start) / (end - start)
        # A label that would hang over an end of its stretch would run into its neighbour.
        if left + _LABEL / 2.5 <= x <= right - _LABEL / 2.5:
            yield Tick(round(x, 1), _tick_label(time, step))
        time += step


def _tick_label(time: int, step: int) -> str:
    at = datetime.fromtimestamp(time / _SECOND, UTC)
    if step >= 91 * _DAY:
        return f"{at.day} {words.month_of(at)} {at.year}"
    if step >= _DAY or (at.hour == at.minute == at.second == 0):
        return words.day_of(at)
    return f"{at:%H:%M:%S}" if step < _MINUTE else f"{at:%H:%M}"
