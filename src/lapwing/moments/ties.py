"""Ties: which of some subjects that changed in the same days have to do with one another.

In a large population many change in the same days, and some of them share something by accident. So it is weighed what
two have in common:

* *contexts*: how many two took up after one another within the last week, by Poisson's law with the mean :data:`PAIRS`
  in a group, and for strangers with one that grows with how many each took up after others, and others after it, in
  its circle if they are of one. Pairs without any count against one who would join a group.
* *a circle*: so many of those who changed are of it that hardly ever so many would be by accident, whichever of their
  circles it is. Six of ten are tied by a circle of a thousandth of everybody, and two of sixty by none of a hundredth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

ODDS = 3.0
"""A tie has to be so many bits likelier than the accident."""
GROUP = 8
"""Of those who changed in the same days, so many are of the group in question, before anything is known."""
LATELY = 7 * DAY
"""Hits of the last so many days tie."""
PAIRS = 0.2
"""So many contexts a pair of a group takes up after one another within a week, in the mean."""
SAMPLE = 16
"""How many hits all have is told from every sixteenth."""


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
    """The ties of some subjects at one border, by their places among these; ``among`` are all in question."""

    def __init__(self, border: Border, who: I32, among: int) -> None:
        self._circle = border.circles[who]
        known, sizes = np.unique(border.circles[border.circles >= 0], return_counts=True)
        self._sizes = dict(zip(known.tolist(), sizes.tolist(), strict=True))
        self._everybody = border.circles.size
        self._among = among
        self._bits = self._weighed(border, who)

    def _weighed(self, border: Border, who: I32) -> F64:
        """Bits for each pair to be of one group, by what they took up."""
        hits, since = border.scene.hits, border.now - LATELY
        recent = (hits.time[who] >= since) & (np.arange(hits.time.shape[1]) < hits.kept[who][:, None])
        busy = recent.sum(axis=1)
        place = np.full(border.scene.costs.size + 1, -1, np.int32)
        place[who] = np.arange(who.size, dtype=np.int32)
        one, at = np.nonzero(recent)
        other = place[hits.other[who[one], at]]
        inside = other >= 0
        acts = np.column_stack([one[inside], other[inside], hits.time[who[one[inside]], at[inside]]])
        acts = np.unique(acts, axis=0)  # what one act takes up at once is one
        shared = np.zeros((who.size, who.size))
        np.add.at(shared, (acts[:, 0], acts[:, 1]), 1.0)
        shared = np.maximum(
            shared, shared.T
        )  # the ring of one may have forgotten what that of the other still holds
        some = hits.time[: self._everybody : SAMPLE]
        held = np.arange(some.shape[1]) < hits.kept[: self._everybody : SAMPLE, None]
        total = SAMPLE * np.count_nonzero((some >= since) & held) + busy.sum() + 1.0
        size = np.array([self._sizes.get(int(circle), self._everybody) for circle in self._circle])
        kin = (self._circle[:, None] == self._circle[None, :]) & (self._circle >= 0)[:, None]
        within = total * np.where(kin, size[:, None] / self._everybody, 1.0)
        accidents = np.maximum(busy[:, None] * busy[None, :], 1.0) / within
        bits: F64 = shared * np.log2(PAIRS / accidents) - np.maximum(PAIRS - accidents, 0.0) / math.log(2.0)
        return bits

    def company_of(self, group: Sequence[int], others: Sequence[int], most: int) -> list[int]:
        """The group, by places, and after it those of the ``others`` that are tied to it or to one another through
        it, in their order and at most so many in all. The ``others`` are all that changed in the same days."""
        found = list(group)
        left = [one for one in others if one not in found]
        telling = self._telling_circles([*found, *left])
        while left and len(found) < most:
            kin = np.isin(self._circle[left], list(telling & set(self._circle[found].tolist())))
            tied = np.flatnonzero(kin | self.by_contexts(left, found))
            if tied.size == 0:
                break
            found.append(left.pop(int(tied[0])))
        return found

    def by_contexts(self, some: Sequence[int], group: Sequence[int]) -> Bools:
        """Which of ``some`` are tied to the group by what they took up. Of two, it might be anybody else whom one of
        them met; who joins more is one of several that may."""
        price = math.log2(max(self._among / (1.0 if len(group) == 1 else GROUP), 1.0))
        tied: Bools = self._bits[np.ix_(some, group)].sum(axis=1) - price >= ODDS
        return tied

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
