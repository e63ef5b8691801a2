"""What it costs to name a group: the whole multiple-testing correction.

Every group has a prior weight, and the weights of all groups sum to at most 1; its cost is the negative log2. A
subject's weight is half even over all watched subjects and half in proportion to its acts (up to
:data:`BUSY` a day): whoever hardly acts can hardly be recognised by its acts, so little weight is spent on it, and
whoever acts much gains nothing by acting more.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

BUSY = 3.0
"""First touches a day beyond which a subject is no cheaper to name."""


def member_bits(daily: F64) -> F64:
    """Cost of naming each watched subject, bits; ``daily`` are its first touches a day in the past. Same shape."""
    if daily.size == 0:
        return np.zeros(0)
    share = np.minimum(daily, BUSY)
    total = share.sum()
    weight = np.full(daily.shape, 1.0 / daily.size)
    if total > 0:
        weight = 0.5 * weight + 0.5 * (share / total)
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
