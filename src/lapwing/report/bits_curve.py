"""The evidence of a moment over time as geometry: net bits, the threshold, and what bits mean in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lapwing.moments.exhibit import CurvePoint
from lapwing.report import words
from lapwing.report.language import to_say, told
from lapwing.report.time_axis import Tick, time_axis

WIDTH, HEIGHT = 440.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 118.0, 24.0, 26.0
POINTS_MOST = 160
_BELOW = 10.0
"""So many bits below zero are shown in any case."""
_YEAR = 365.25
_WORDS = (
    (1.0, to_say("once a day")),
    (30.4, to_say("once a month")),
    (_YEAR, to_say("once a year")),
    (10 * _YEAR, to_say("once in 10 years")),
    (100 * _YEAR, to_say("in 100 years")),
    (1e3 * _YEAR, to_say("in 1,000 years")),
    (1e4 * _YEAR, to_say("in 10,000 years")),
    (1e6 * _YEAR, to_say("in a million years")),
    (1e9 * _YEAR, to_say("in a billion years")),
)
"""Days, and how often that is: what stands at the right side of the picture."""
_LABEL = 15.0
"""Room for the label of a level."""


@dataclass(frozen=True, slots=True)
class Level:
    """A height of the picture with its label."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class BitsCurve:
    """All that the template of the curve draws. Units are those of the picture."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    path: str
    threshold: float
    onset: float
    raised: float
    last: tuple[float, float]
    """The place of the latest point."""
    levels: tuple[Level, ...]
    """Bits, at the left."""
    words: tuple[Level, ...]
    """How often chance alone would do it, at the right."""
    ticks: tuple[Tick, ...]
    points: tuple[CurvePoint, ...]
    """The points drawn: the table behind the picture."""
    points_left_out: int
    cut_off: bool
    """Whether some points lie below the picture and are drawn at its edge."""


def bits_curve(curve: Sequence[CurvePoint], threshold: float, onset: int, raised: int) -> BitsCurve | None:
    """Lay out the curve; ``None`` when there is no point to draw.

    ``threshold`` in bits; ``onset`` and ``raised`` in microseconds since 1970-01-01 UTC.
    """
    finite = [point for point in curve if math.isfinite(point.net)]
    if not finite:
        return None
    points = thinned(finite, POINTS_MOST)
    start = min(points[0].time, onset)
    end = max(points[-1].time, raised)
    margin = max(1_000_000, (end - start) // 50)
    right = WIDTH - _RIGHT
    axis = time_axis(start - margin, start - margin, end + margin, _LEFT, right)

    high = max(threshold, *(point.net for point in points)) * 1.08 + 1
    least = min(0.0, *(point.net for point in points))
    # A large group starts deep below zero, at what its naming costs: that stretch tells little.
    low = max(least, -max(_BELOW, 0.2 * high))
    bottom = HEIGHT - _BOTTOM

    def y(net: float) -> float:
        return round(bottom - (bottom - _TOP) * (max(net, low) - low) / (high - low), 1)

    # Evidence is known when it is computed and not before: so steps, and no slopes between them.
    start_of_path = f"M{axis.x(points[0].time):g} {y(points[0].net):g}"
    steps = "".join(f"H{axis.x(point.time):g}V{y(point.net):g}" for point in points[1:])
    size = _level_size(high - low)
    first = math.ceil(low / size)
    levels = tuple(
        Level(y(at * size), words.number(at * size).replace("-", "\N{MINUS SIGN}"))
        for at in range(first, int(high / size) + 1)
    )
    return BitsCurve(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=right,
        top=_TOP,
        bottom=bottom,
        path=start_of_path + steps,
        threshold=y(threshold),
        onset=axis.x(onset),
        raised=axis.x(raised),
        last=(axis.x(points[-1].time), y(points[-1].net)),
        levels=levels,
        words=_words(low, high, y(threshold), y),
        ticks=axis.ticks(),
        points=points,
        points_left_out=len(curve) - len(points),
        cut_off=least < low,
    )


def thinned(curve: Sequence[CurvePoint], most: int) -> tuple[CurvePoint, ...]:
    """At most ``most`` points: of every stretch its highest, and the first and the last in any case."""
    if len(curve) <= most:
        return tuple(curve)
    stretches = most - 2
    inner = curve[1:-1]
    kept = [curve[0]]
    for at in range(stretches):
        stretch = inner[at * len(inner) // stretches : (at + 1) * len(inner) // stretches]
        kept.append(max(stretch, key=lambda point: point.net))
    kept.append(curve[-1])
    return tuple(kept)


def _level_size(span: float) -> int:
    for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000):
        if span / size <= 7:
            return size
    return 10_000


def _words(low: float, high: float, threshold: float, y: Callable[[float], float]) -> tuple[Level, ...]:
    kept: list[Level] = []
    # The rarest first: the top of the picture is where the latest evidence stands.
    for days, label in reversed(_WORDS):
        net = math.log2(days)
        if not low <= net <= high:
            continue
        place = y(net)
        near = [level.y for level in kept] + [threshold]
        if all(abs(place - other) >= _LABEL for other in near):
            kept.append(Level(place, told(label)))
    return tuple(kept)
