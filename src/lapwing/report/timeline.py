"""The timeline of a moment as geometry: one lane per member, acts as marks, shared contexts as arcs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Act, Moment
from lapwing.report.ledger import strongest
from lapwing.report.mark import mark
from lapwing.report.time_axis import Tick, time_axis

WIDTH = 1040.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 200.0, 14.0, 36.0, 24.0
_LANE_MOST, _LANE_LEAST = 24.0, 5.0
_HEIGHT = 640.0
"""What all lanes together may take before they draw closer."""
_NAMED = 13.0
"""Lanes at least this high have room for the member's name."""
_NUMBERED_EVERY = 10


@dataclass(frozen=True, slots=True)
class TimelineAct:
    """An act of the timeline, from the ledger or besides it."""

    time: int
    subject: str
    kind: str
    context: str
    at: int | None
    """Its place in the ledger, ``None`` when it is not in it."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The lane of one member."""

    number: int
    """Lanes are numbered in the order in which members took part; the number says no more than that."""
    subject: str
    circle: str | None
    y: float
    numbered: bool
    """Whether there is room for the number."""
    besides: Mapping[str, str]
    """The marks of the acts outside the ledger, merged into one path per kind."""
    besides_count: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of an act of the ledger."""

    at: int
    number: int
    path: str


@dataclass(frozen=True, slots=True)
class Arc:
    """A curve from an act to the act before it on the same context."""

    at: int
    path: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that the template of the timeline draws. Units are those of the picture."""

    width: float
    height: float
    left: float
    top: float
    bottom: float
    """Where the lanes end."""
    lane_height: float
    named: bool
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...]
    ticks: tuple[Tick, ...]
    seam: float | None
    onset: float
    onset_from: float
    onset_to: float
    raised: float
    start: int
    end: int
    lanes_left_out: int


def acts_of(moment: Moment, exhibit: Exhibit | None) -> tuple[TimelineAct, ...]:
    """The acts of the lanes and of the ledger, each once, in order of time."""
    places: dict[tuple[int, str, str, str], list[int]] = {}
    for at, act in enumerate(moment.ledger):
        places.setdefault((act.time, act.subject, act.kind, act.context), []).append(at)
    acts: list[TimelineAct] = []
    for lane_act in exhibit.lanes if exhibit is not None else ():
        key = (lane_act.time, lane_act.subject, lane_act.kind, lane_act.context)
        if key not in places:
            acts.append(TimelineAct(*key, at=None))
    acts.extend(
        TimelineAct(act.time, act.subject, act.kind, act.context, at) for at, act in enumerate(moment.ledger)
    )
    acts.sort(key=lambda act: (act.time, -1 if act.at is None else act.at))
    return tuple(acts)


def thinned_acts(
    acts: Sequence[TimelineAct], moment: Moment, *, acts_most: int, besides_most: int
) -> tuple[TimelineAct, ...]:
    """The strongest acts of the ledger, and of the others an even sample, which keeps their pattern."""
    shown = strongest(moment.ledger, acts_most)
    besides = sum(act.at is None for act in acts)
    room = min(besides_most, besides)
    kept: list[TimelineAct] = []
    met = 0
    for act in acts:
        if act.at is None:
            met += 1
            if met * room // besides > (met - 1) * room // besides:
                kept.append(act)
        elif act.at in shown:
            kept.append(act)
    return tuple(kept)


def numbers_of(moment: Moment) -> dict[str, int]:
    """The number of every member: the order of their first acts in the ledger, then the order of names."""
    first: dict[str, int] = {}
    for act in sorted(moment.ledger, key=_time):
        first.setdefault(act.subject, len(first))
    members = sorted(moment.subjects, key=lambda subject: (first.get(subject, len(first)), subject))
    return {subject: at + 1 for at, subject in enumerate(members)}


def timeline(
    moment: Moment,
    exhibit: Exhibit | None,
    acts: Sequence[TimelineAct],
    numbers: Mapping[str, int],
    shapes: Mapping[str, str],
    *,
    lanes_most: int,
) -> Timeline:
    """Lay out the timeline.

    ``acts`` and ``numbers`` as :func:`thinned_acts` and :func:`numbers_of` give them; ``shapes`` gives the
    shape of every kind that occurs; of more than ``lanes_most`` members, those who took part first are drawn.
    """
    drawn = list(numbers)[:lanes_most]
    height = min(_LANE_MOST, max(_LANE_LEAST, _HEIGHT / max(1, len(drawn))))
    middle = {subject: round(_TOP + height * (at + 0.5), 1) for at, subject in enumerate(drawn)}
    size = round(min(4.6, 0.36 * height + 0.2), 1)

    onset_from, onset_to = exhibit.onset_between if exhibit is not None else (moment.onset, moment.onset)
    times = [act.time for act in acts] + [onset_from, moment.raised]
    start, end = min(times), max(*times, onset_to)
    margin = max(1_000_000, (end - start) // 100)
    axis = time_axis(start - margin, onset_from, end + margin, _LEFT, WIDTH - _RIGHT)

    marks: list[Mark] = []
    arcs: list[Arc] = []
    besides: dict[str, dict[str, list[str]]] = {subject: {} for subject in drawn}
    before: dict[str, tuple[str, float, float]] = {}
    for act in acts:
        y = middle.get(act.subject)
        if y is None:
            continue
        x = axis.x(act.time)
        path = mark(shapes[act.kind], x, y, size)
        if act.at is None:
            besides[act.subject].setdefault(act.kind, []).append(path)
        else:
            marks.append(Mark(act.at, numbers[act.subject], path))
            earlier = before.get(act.context)
            if earlier is not None and earlier[0] != act.subject and moment.ledger[act.at].with_:
                arcs.append(Arc(act.at, _arc(earlier[1], earlier[2], x, y)))
        before[act.context] = (act.subject, x, y)

    named = height >= _NAMED
    lanes = tuple(
        Lane(
            number=numbers[subject],
            subject=subject,
            circle=exhibit.circles.get(subject) if exhibit is not None else None,
            y=middle[subject],
            numbered=named or numbers[subject] % _NUMBERED_EVERY == 0 or numbers[subject] == 1,
            besides={kind: "".join(paths) for kind, paths in besides[subject].items()},
            besides_count=sum(len(paths) for paths in besides[subject].values()),
        )
        for subject in drawn
    )
    bottom = round(_TOP + height * len(drawn), 1)
    return Timeline(
        width=WIDTH,
        height=round(bottom + _BOTTOM, 1),
        left=_LEFT,
        top=_TOP,
        bottom=bottom,
        lane_height=round(height, 1),
        named=named,
        lanes=lanes,
        marks=tuple(marks),
        arcs=tuple(arcs),
        ticks=axis.ticks(),
        seam=axis.seam,
        onset=axis.x(moment.onset),
        onset_from=axis.x(onset_from),
        onset_to=axis.x(onset_to),
        raised=axis.x(moment.raised),
        start=start,
        end=end,
        lanes_left_out=len(numbers) - len(drawn),
    )


def _time(act: Act) -> int:
    return act.time


def _arc(x1: float, y1: float, x2: float, y2: float) -> str:
    # The bow leans to the later side and grows with the distance between lanes, so that arcs between acts
    # of the same minute can be told from each other and from the lanes.
    bow = min(26.0, 6.0 + abs(y2 - y1) / 8)
    return f"M{x1:g} {y1:g}Q{max(x1, x2) + bow:.1f} {(y1 + y2) / 2:.1f} {x2:g} {y2:g}"
