"""What it costs to name a group: the whole multiple-testing correction (design 3.4)."""

from __future__ import annotations

import math

from lapwing.evidence.kernel import kernel


@kernel
def naming_bits(population: int, size: int) -> float:
    """Bits to name ``size`` of ``population`` subjects: ``log2 C(N, k)`` and ``log2 k (k - 1)`` for the size.

    The weights ``1 / (k (k - 1))`` of the sizes 2, 3, ... sum to 1. A single subject costs ``log2 N``.

    >>> round(naming_bits(46_000, 2), 1)
    31.0
    >>> round(naming_bits(46_000, 8), 1)
    114.4
    """
    n = max(population, size)
    ways = (math.lgamma(n + 1.0) - math.lgamma(size + 1.0) - math.lgamma(n - size + 1.0)) / math.log(2.0)
    if size < 2:
        return ways
    return ways + math.log2(size * (size - 1.0))
