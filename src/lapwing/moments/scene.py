"""The scene: all that the search for moments looks at, as at one border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.touches import Touches
from lapwing.evidence.whom import Trace, onset, restart, touches_of
from lapwing.moments.groups import COMPANY, Proposal, company, grow, improve, net_bits, propose
from lapwing.moments.hits import Hits

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scene:
    """Annotated touches and hits in memory, and what naming each subject costs.

    ``gain``, ``listed``, ``inside`` and ``place`` are scratch of the kernels, shape (subjects,).
    """

    now: int
    """The border, microseconds."""
    since: int
    """Nothing begins before this time: it belongs to the training."""
    found: Touches
    base: int
    length: int
    last_own: I64
    hits: Hits
    hit_base: int
    last_hit: I64
    weekly: F64
    """Decayed touches of the last week, by subject."""
    costs: F64
    """Bits to name each subject."""
    gain: F64
    listed: I32
    inside: I32
    place: I32

    def propose(self, seed: int) -> Proposal:
        """A group grown from one subject along its hits."""
        return propose(
            seed, self.now, self.costs, self.hits, self.hit_base, self.last_hit, self.gain, self.listed, self.inside,
            self.weekly,
        )  # fmt: skip

    def net_bits(self, members: I32) -> float:
        """Exact net bits of a group."""
        return net_bits(members, self.costs, self.found, self.base, self.last_own, self.place, self.since)

    def improve(self, members: I32, bits: float) -> Proposal:
        """Add and drop members while the exact net bits rise."""
        return improve(
            members, bits, self.now, self.costs, self.hits, self.hit_base, self.last_hit, self.gain, self.listed,
            self.place, self.found, self.base, self.last_own, self.since,
        )  # fmt: skip

    def grow(self, members: I32, bits: float) -> Proposal:
        """Take in many at once while the exact net bits rise: first along the hits, then whoever keeps company."""
        best = grow(
            members, bits, self.now, self.costs, self.hits, self.hit_base, self.last_hit, self.gain, self.listed,
            self.inside, self.place, self.found, self.base, self.last_own, self.since,
        )  # fmt: skip
        first = int(np.searchsorted(self.found.time[: self.length], self.now - COMPANY))
        others = company(best.members, self.found, first, self.length, self.inside, self.listed)
        take = others.size
        while take:
            more = np.sort(np.concatenate([best.members, others[:take]]))
            more_bits = self.net_bits(more)
            if more_bits > best.bits:
                return Proposal(more, more_bits)
            take //= 2
        return best

    def trace(self, members: I32) -> tuple[Trace, I64, I64]:
        """The evidence of a group act by act, the numbers of its touches, and the times of its acts."""
        seqs = touches_of(members, self.found, self.base, self.last_own)
        path = restart(members, seqs, self.found, self.base, self.place, self.since, True)
        return path, seqs, self.found.time[seqs[path.first[:-1]] - self.base]

    def span(self, members: I32) -> tuple[int, int]:
        """When the group's acts began to be out of the ordinary, and the last act that followed another member."""
        path, _, times = self.trace(members)
        begin = int(times[onset(path, times, self.since, self.now).begin])
        return begin, max(begin, int(times[path.hit].max(initial=0)))
