"""Weak kinds: nothing is raised that stands on them alone.

To post, reply, like, tag and follow is what everybody does, and to speak is free. So a moment is raised only if it
would be with weak acts (:func:`lapwing.moments.ladder_file.is_weak`) bringing no more bits than the other acts of its
ledger do; where these bring none, it is not raised at all. That only takes away, so the promise holds as before. An act
of several rows counts as the row that told most. Silence counts as the acts that are missing: as the kinds that who
falls silent usually does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.touches import Touches
from lapwing.moments.conduct import Conduct
from lapwing.moments.finding import Finding

Bools = NDArray[np.bool_]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WeakKinds:
    """Which kinds are weak."""

    kinds: Bools
    """By number."""
    strata: Bools
    """The same by stratum of the touches."""

    def lead(
        self, finding: Finding, touches: Touches, conduct: Conduct | None = None, forgotten: float = 0.0
    ) -> float:
        """Bits that weak acts brought beyond all other acts, at least 0; infinite where only weak acts brought any.

        The ledger's events are looked up among the ``touches`` in memory and the recent acts of ``conduct``;
        ``forgotten`` are bits of acts that are held no more, and so cannot be said to be of other kinds.
        """
        told = [entry for entry in finding.ledger if entry.bits > 0.0]
        rows = np.array([entry.row for entry in told], np.int64)
        bits = np.array([entry.bits for entry in told], np.float64)
        weak = _marked(rows, touches.row, touches.stratum, self.strata)
        by_silence = talk = 0.0
        if conduct is not None:
            held = conduct.recent.held
            weak |= _marked(rows, held.row, held.kind, self.kinds)
            if finding.type == "shift":
                of, members = finding.bits, finding.members
                in_ledger = sum(entry.bits for entry in finding.ledger)
                by_silence = max(0.0, of.when + of.what + of.whom - in_ledger - forgotten)
                talk = sum(self._share_of_weak(conduct, one) for one in members) / len(members)
        by_weak = float(bits[weak].sum()) + by_silence * talk + forgotten
        by_others = float(bits[~weak].sum()) + by_silence * (1.0 - talk)
        return math.inf if by_weak > 0.0 == by_others else max(0.0, by_weak - by_others)

    def _share_of_weak(self, conduct: Conduct, subject: int) -> float:
        """The share of weak kinds among what a subject usually does."""
        return sum(usual for kind, usual, _ in conduct.mix(subject) if self.kinds[kind])


def _marked(rows: I64, known: I64, sort: NDArray[np.integer[Any]], marks: Bools) -> Bools:
    """The mark of the ``sort`` of each of some rows, as told of the rows ``known``, ascending; False for others."""
    if known.size == 0:
        return np.zeros(rows.size, np.bool_)
    at = np.minimum(np.searchsorted(known, rows), known.size - 1)
    marked: Bools = (known[at] == rows) & marks[sort[at]]
    return marked
