"""Ties: which of some subjects that changed in the same days have to do with one another.

In a large population many change in the same days, and some of them share something by accident. So one thing in common
ties nobody:

* *contexts*: one took up two contexts after the other within the last week, or one, and both of them others with the
  same third subject. It is much as hits propose a group (:func:`~lapwing.moments.groups.closing`), but here one
  context that three took up is no circle of three.
* *a circle*: so many of those who changed are of it that hardly ever so many would be by accident, whichever of their
  circles it is. Six of ten are tied by a circle of a thousandth of everybody, and two of sixty by none of a hundredth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lapwing.moments.border import Border
from lapwing.moments.groups import RECENT

I32 = NDArray[np.int32]

ODDS = 3.0
"""That so many of them are of one circle has to be so many bits rarer than once among such subjects."""


def circle_bits(inside: int, among: int, circles: int, share: float) -> float:
    """Bits against the accident that ``inside`` of ``among`` subjects or more are of one of their ``circles``, if a
    ``share`` of everybody else is of it.

    At most ``circles C(among - 1, inside - 1) share^(inside - 1)`` such accidents are expected: one of the subjects
    says which circle it is, and so many of the others are of it too.

    >>> round(circle_bits(6, 10, 3, 0.001), 1), round(circle_bits(2, 60, 40, 0.01), 1)
    (41.3, -4.6)
    """
    if inside < 2:
        return 0.0
    return -(
        math.log2(circles) + math.log2(math.comb(among - 1, inside - 1)) + (inside - 1) * math.log2(share)
    )


class Ties:
    """The ties of some subjects at one border, by their places among these."""

    def __init__(self, border: Border, who: I32) -> None:
        self._who = who
        self._circle = border.circles[who]
        known, sizes = np.unique(border.circles[border.circles >= 0], return_counts=True)
        self._sizes = dict(zip(known.tolist(), sizes.tolist(), strict=True))
        self._everybody = border.circles.size
        self._hits: list[dict[int, set[int]]] = []
        """Of each, when it or another subject took up a context after the other, by the other subject."""
        hits, now = border.scene.hits, border.now
        for subject in who.tolist():
            kept = min(int(hits.kept[subject]), hits.other.shape[1])
            times: dict[int, set[int]] = {}
            for other, time in zip(
                hits.other[subject, :kept].tolist(), hits.time[subject, :kept].tolist(), strict=True
            ):
                if time >= now - RECENT:
                    times.setdefault(other, set()).add(time)
            self._hits.append(times)

    def company_of(self, group: Sequence[int], others: Sequence[int], most: int) -> list[int]:
        """The group, by places, and after it those of the ``others`` that are tied to it or to one another through
        it, in their order and at most so many in all. The ``others`` are all that changed in the same days."""
        found = list(group)
        left = [one for one in others if one not in found]
        telling = self._telling_circles([*found, *left])
        while len(found) < most:
            new = next((one for one in left if any(self._tied(one, m, telling) for m in found)), None)
            if new is None:
                break
            found.append(new)
            left.remove(new)
        return found

    def _telling_circles(self, places: Sequence[int]) -> set[int]:
        """The circles that so many of these are of that it is no accident."""
        inside = Counter(circle for circle in self._circle[places].tolist() if circle >= 0)
        rest = self._everybody - len(places) + 1.0
        return {
            circle
            for circle, count in inside.items()
            if circle_bits(count, len(places), len(inside), (self._sizes[circle] - count + 0.5) / rest)
            >= ODDS
        }

    def _tied(self, one: int, other: int, telling: set[int]) -> bool:
        if self._circle[one] == self._circle[other] and int(self._circle[one]) in telling:
            return True
        mine, theirs = self._hits[one], self._hits[other]
        # the ring of one of them may have forgotten what that of the other still holds
        shared = mine.get(int(self._who[other]), set()) | theirs.get(int(self._who[one]), set())
        return len(shared) > 1 or any(
            _three_acts(shared, mine[third], theirs[third]) for third in mine.keys() & theirs.keys()
        )


def _three_acts(one: set[int], two: set[int], three: set[int]) -> bool:
    """Whether three hits, one of each, are of different times: two of those on a single context are of the last who took
    it up.

    >>> _three_acts({5}, {5, 7}, {7}), _three_acts({5}, {7}, {5, 7, 9})
    (False, True)
    """
    return any(len({a, b, c}) == 3 for a in one for b in two for c in three)
