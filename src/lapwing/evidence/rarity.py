"""How likely was that context anyway? Survival tables in event clocks.

A context's *history class* is ``(m, r)``: ``m`` the doubling class of how often it was touched, ``r`` that of
how many clock ticks passed since the last time. The tables count, for every class, the first touches that
landed on contexts of the class, and the exposure: clock ticks times contexts spent in it. Their quotient is the
chance that one first touch lands on one given context with that history.

One tick is one first touch of the sort of context (link, tag, account, ...), so day and night, quiet weeks and
breaking news need no model. Exposure is booked when a context is touched again and in sweeps; after a sweep
at tick ``s`` every context is booked up to ``s``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel

TOUCH_CLASSES = 16
TICK_CLASSES = 34
SPREADS = 5
OUTSIDE, UNPLACED, INSIDE = 0, SPREADS, 2 * SPREADS
PLACES = 2 * SPREADS + 1
"""Where the history was made and who touches. From place :data:`OUTSIDE` on: touches by subjects of a circle, of
contexts their circle had not touched; from :data:`UNPLACED` on: touches by subjects without a circle; both by how
many circles had touched the context (none, 1, 2, 3 to 4, more), since what one circle keeps to itself is far rarer
for everybody else than what many pass on. Place :data:`INSIDE`: touches of contexts the subject's own circle had
touched, with the history and the clock of the circle."""

UNIT = 1024
"""Exposure is counted in 1/1024: contexts that part of the population's circles touched count in part."""

DOUBT = 1.0
"""Touches by which a class is drawn towards the classes that are like it."""

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]


@kernel
def doubling(value: int) -> int:
    """``floor(log2(value))`` of an integer of at least 1 and below 2^53: the exponent of a float, which holds it
    exactly."""
    return int(np.float64(value).view(np.int64) >> 52) - 1023


@kernel
def touch_class(count: int) -> int:
    """The class of a context that was touched ``count >= 1`` times."""
    return min(doubling(count), TOUCH_CLASSES - 1)


@kernel
def spread_class(circles: int) -> int:
    """The class of a context that ``circles`` circles have touched."""
    return circles if circles < 3 else (3 if circles < 5 else 4)


@kernel
def tick_class(ticks: int) -> int:
    """The class of a context last touched ``ticks >= 1`` ticks ago."""
    return min(doubling(ticks), TICK_CLASSES - 1)


@kernel
def book(row: I64, last: int, begin: int, end: int, weight: int) -> None:
    """Book into ``row`` (exposure by tick class) the ticks ``begin + 1 .. end`` of a context last touched at
    ``last``, each worth ``weight``."""
    book_both(row, weight, row, 0, last, begin, end)


@kernel
def book_both(one: I64, weight: int, other: I64, worth: int, last: int, begin: int, end: int) -> None:
    """Book the same ticks into two rows at once, see :func:`book`: ``weight`` a tick into the one and ``worth`` a tick
    into the other."""
    done = max(begin, last)
    if end <= done:
        return
    r = tick_class(done + 1 - last)
    while done < end:
        upto: int = end
        if r < TICK_CLASSES - 1:
            upto = min(end, last + (2 << r) - 1)
        one[r] += (upto - done) * weight
        other[r] += (upto - done) * worth
        done = upto
        r += 1


def chances(touches: I64, exposure: I64, clock: I64, sorts: I32) -> F64:
    """The measured chance of every history class.

    ``touches`` has shape ``(strata, places, m, r)``, ``exposure`` ``(sorts, places, m, r)``; ``clock`` counts the
    first touches of every stratum (kind and sort) by subjects without a circle, by subjects with one and by
    background, shape ``(strata, 3)``;
    ``sorts`` names the sort of a stratum. The result has the shape of ``touches``.

    What was hardly ever seen is drawn towards what is like it: a cell of the table towards all cells with the same
    touches and ticks, whatever the spread, and these towards all with the same ticks. A cell counts for itself as
    soon as it holds more than :data:`DOUBT` touches. One touch is added at the top, so that a history never seen
    errs on the side of "as usual"; without exposure at all the chance is 1.
    """
    by_sort = np.zeros((exposure.shape[0], 3))
    np.add.at(by_sort, sorts, clock)
    whole = np.maximum(by_sort.sum(axis=1), 1.0)[sorts]
    chance = np.empty(touches.shape)
    for places, share in (
        (slice(OUTSIDE, UNPLACED), clock[:, 1] / whole),
        (slice(UNPLACED, INSIDE), clock[:, 0] / whole),
        (slice(INSIDE, PLACES), clock[:, 1] / np.maximum(by_sort[sorts, 1], 1.0)),
    ):
        landed = touches[:, places].astype(np.float64)
        exposed = exposure[sorts, places] * (share / UNIT)[:, None, None, None]
        alike_landed, alike_exposed = landed.sum(axis=1), exposed.sum(axis=1)
        top_landed, top_exposed = alike_landed.sum(axis=1), alike_exposed.sum(axis=1)
        with np.errstate(divide="ignore"):
            top = np.minimum((top_landed + 1.0) / top_exposed, 1.0)
        alike = (alike_landed + DOUBT) / (alike_exposed + DOUBT / top[:, None, :])
        chance[:, places] = (landed + DOUBT) / (exposed + DOUBT / alike[:, None])
    return np.minimum(chance, 1.0)
