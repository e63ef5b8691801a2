"""The timeline of a moment at a glance, as small as a line of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lapwing.moments.moment import Moment
from lapwing.report.time_axis import time_axis
from lapwing.report.timeline import TimelineAct

WIDTH, HEIGHT = 180.0, 36.0
_GRID = 2
_LANES_MOST = 16


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Two paths of dots and where the onset stands. Units are those of the picture."""

    width: float
    height: float
    ledger: str
    besides: str
    dot: float
    onset: float
    raised: float


def sparkline(
    moment: Moment, acts: Sequence[TimelineAct], numbers: Mapping[str, int], onset_from: int
) -> Sparkline:
    """Lay out the sparkline; many members share a row of dots with their neighbours."""
    lanes = min(_LANES_MOST, max(1, len(numbers)))
    dot = min(2.6, 0.75 * HEIGHT / lanes)
    times = [act.time for act in acts] + [onset_from, moment.raised]
    axis = time_axis(min(times), onset_from, max(times), 1.0, WIDTH - 4)
    places: dict[bool, dict[tuple[float, float], None]] = {True: {}, False: {}}
    for act in acts:
        number = numbers.get(act.subject)
        if number is None:
            continue
        lane = (number - 1) * lanes // max(1, len(numbers))
        x = round(axis.x(act.time) / _GRID) * _GRID
        y = round(HEIGHT * (lane + 0.5) / lanes, 1)
        places[act.at is not None][(x, y)] = None
    step = f"h{dot:.1f}"
    return Sparkline(
        width=WIDTH,
        height=HEIGHT,
        ledger="".join(f"M{x} {y:g}{step}" for x, y in places[True]),
        besides="".join(f"M{x} {y:g}{step}" for x, y in places[False] if (x, y) not in places[True]),
        dot=round(dot, 1),
        onset=axis.x(moment.onset),
        raised=axis.x(moment.raised),
    )
