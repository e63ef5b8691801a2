"""The gist of a moment: the few facts that a heading and a line of a list are made of, as plain data.

Whoever lists many moments keeps it beside each, and says it in the language of whoever looks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment

KINDS_MOST = 4
"""So many kinds are named in a line."""


@dataclass(frozen=True, slots=True)
class Gist:
    """Facts about one moment, none of them about one of its subjects."""

    type: str
    subjects: int
    strangers: bool
    """Whether it is known that no two of them had shared a context before."""
    pace: str
    """`silent`, `more` or `less`, as a shift acts more often or more rarely; empty when that is no part of it."""
    mix: bool
    """Whether kinds of acts have changed in a shift."""
    stage: str
    acts: int
    kinds: tuple[tuple[str, int], ...]
    """The kinds met most and how many acts of the ledger are of each."""
    kinds_left_out: int
    circles: int | None
    """How many circles its members come from, ``None`` when it is not known."""
    without_circle: int
    once_in_days: float


def gist(moment: Moment, exhibit: Exhibit | None) -> Gist:
    """The gist of a moment."""
    change = exhibit.change if exhibit is not None else None
    pace = ""
    if change is not None and change.factor is not None:
        pace = "silent" if change.factor == 0.0 else "more" if change.factor > 1.0 else "less"
    by_kind = Counter(act.kind for act in moment.ledger)
    most = by_kind.most_common(KINDS_MOST)
    circles, without = circles_of(moment, exhibit)
    return Gist(
        type=moment.type,
        subjects=len(moment.subjects),
        strangers=exhibit is not None and not exhibit.ties_before and len(moment.subjects) > 1,
        pace=pace,
        mix=change is not None and bool(change.mix),
        stage=moment.stage or "",
        acts=len(moment.ledger),
        kinds=tuple(most),
        kinds_left_out=len(by_kind) - len(most),
        circles=circles,
        without_circle=without,
        once_in_days=moment.once_in_days,
    )


def circles_of(moment: Moment, exhibit: Exhibit | None) -> tuple[int | None, int]:
    """How many circles the members come from, ``None`` when not known, and how many come from none."""
    if exhibit is None:
        return None, 0
    of = [exhibit.circles.get(subject) for subject in moment.subjects]
    return len({circle for circle in of if circle is not None}), sum(circle is None for circle in of)
