"""What a subject's account was used for, week by week: a fact about acts, and nothing about whoever did them.

Every kind of act speaks for one use or several (the vocabulary says which). An act that speaks for two counts half
for each, so that the parts add up to the acts there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lapwing.events.vocabulary import Vocabulary

WEEKS = 12
MOST_ACTS = 5_000
"""Rows that are looked at, sixty a day; with more, the latest of them count, and the page says so."""
WEEK = timedelta(days=7)

BAR, GAP, LEFT, LANE, TOP, RIGHT = 34, 6, 120, 34, 8, 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One week of one use in the picture, in pixels."""

    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One use."""

    name: str
    meaning: str
    acts: tuple[float, ...]
    """Acts in each week, the oldest first."""
    share: float
    """Of all acts, from 0 to 1."""
    y: int
    bars: tuple[Bar, ...]

    @property
    def percent(self) -> int:
        """The share in full percent."""
        return round(100 * self.share)


@dataclass(frozen=True, slots=True)
class Use:
    """The use of an account over the last weeks."""

    acts: int
    weeks: tuple[datetime, ...]
    """When each week begins, the oldest first."""
    lanes: tuple[Lane, ...]
    width: int
    height: int

    @property
    def rows(self) -> list[tuple[datetime, list[float]]]:
        """The table behind the picture: a week and the acts of each use in it."""
        return [
            (week, [round(lane.acts[at], 1) for lane in self.lanes]) for at, week in enumerate(self.weeks)
        ]


def use(acts: Iterable[tuple[datetime, str, str]], now: datetime, vocabulary: Vocabulary) -> Use | None:
    """The use of an account by its acts (time, kind, id) of the last :data:`WEEKS` weeks; None without any.

    Rows with one id are one act; a kind that the vocabulary does not know counts as no use.
    """
    start = now - WEEKS * WEEK
    found: dict[str, list[float]] = {name: [0.0] * WEEKS for name in vocabulary.uses}
    seen: set[str] = set()
    total = 0
    for time, kind, act in acts:
        known = vocabulary.kinds.get(kind)
        week = (time - start) // WEEK
        if known is None or not 0 <= week < WEEKS or (act and act in seen):
            continue
        seen.add(act)
        total += 1
        for name in known.use:
            found[name][week] += 1 / len(known.use)
    if not total:
        return None
    return Use(
        acts=total,
        weeks=tuple(start + at * WEEK for at in range(WEEKS)),
        lanes=_lanes(found, total, vocabulary.uses),
        width=LEFT + WEEKS * (BAR + GAP) + RIGHT,
        height=TOP + LANE * len(found) + 18,
    )


def _lanes(found: Mapping[str, list[float]], total: int, meanings: Mapping[str, str]) -> tuple[Lane, ...]:
    most = max(max(weeks) for weeks in found.values())
    lanes = []
    for row, (name, weeks) in enumerate(found.items()):
        floor = TOP + LANE * (row + 1) - 6
        heights = [round((LANE - 10) * acts / most) if acts else 0 for acts in weeks]
        lanes.append(
            Lane(
                name=name,
                meaning=meanings[name],
                acts=tuple(weeks),
                share=sum(weeks) / total,
                y=floor,
                bars=tuple(
                    Bar(LEFT + at * (BAR + GAP), floor - max(1, height), max(1, height))
                    for at, height in enumerate(heights)
                    if weeks[at]
                ),
            )
        )
    return tuple(lanes)
