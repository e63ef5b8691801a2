"""What it costs to name a group: the whole multiple-testing correction.

Every group has a prior weight, and the weights of all groups sum to at most 1; its cost is the negative log2. A
subject's weight is half even over all watched subjects and half in proportion to its acts (up to
:data:`BUSY` a day): whoever hardly acts can hardly be recognised by its acts, so little weight is spent on it, and
whoever acts much gains nothing by acting more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

BUSY = 3.0
"""First touches a day beyond which a subject is no cheaper to name."""


NEWCOMERS = 0.05
"""Room for so many more subjects, as a share of those there are, before all are priced anew."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What naming each subject costs until the next pricing."""

    bits: F64
    """By subject; infinite for those that are not watched."""
    room: int
    """So many watched subjects fit in before the weights sum to more than 1."""
    newcomer: float
    """Bits of a subject that came since."""

    @classmethod
    def of(cls, daily: F64, watched: Bools) -> Prices:
        """Prices of all subjects there are; ``daily`` are their first touches a day in the past, same shape."""
        count = int(watched.sum())
        room = count + math.ceil(count * NEWCOMERS)
        bits = np.full(watched.shape, np.inf)
        bits[watched] = member_bits(daily[watched], room)
        return cls(bits, room, 1.0 + math.log2(max(room, 1)))

    def holds(self, watched: Bools) -> bool:
        """Whether these prices still do for all that are watched."""
        return int(watched.sum()) <= self.room

    def with_newcomers(self, watched: Bools) -> Prices:
        """The prices with those of subjects that came, or came back, since."""
        more = watched.size - self.bits.size
        bits = np.concatenate([self.bits, np.full(more, np.inf)]) if more else self.bits
        bits[watched & np.isinf(bits)] = self.newcomer
        return Prices(bits, self.room, self.newcomer)


def member_bits(daily: F64, room: int | None = None) -> F64:
    """Cost of naming each watched subject, bits; ``daily`` are its first touches a day in the past. Same shape.

    The even half of the weight is spread over ``room`` subjects, those that are still to come among them; without
    it, none are.
    """
    if daily.size == 0:
        return np.zeros(0)
    if room is None:
        room = daily.size
    share = np.minimum(daily, BUSY)
    total = share.sum()
    weight = np.full(daily.shape, 0.5 / room)
    weight += 0.5 * (share / total) if total > 0 else 0.5 / room
    bits: F64 = -np.log2(weight)
    return bits


@kernel
def size_bits(size: int) -> float:
    """Cost of saying how many there are, less the order in which they are named, which does not matter.

    ``log2 k (k - 1) - log2 k!``: the weights ``1 / (k (k - 1))`` of the sizes 2, 3, ... sum to 1.
    """
    if size < 2:
        return 0.0
    return math.log2(size * (size - 1.0)) - math.lgamma(size + 1.0) / math.log(2.0)


@kernel
def naming_bits(members: I32, costs: F64) -> float:
    """Bits to name a group, ``costs`` being :func:`member_bits` of all subjects."""
    total = size_bits(members.shape[0])
    for i in range(members.shape[0]):
        total += costs[members[i]]
    return total
