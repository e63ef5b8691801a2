"""Hits: who touched what another subject had touched, kept as links between subjects.

A hit is a first touch of a context that another watched subject touched recently. It links the two, and only
a few most recent touchers are linked, so that a viral context gives chains and not a clique.
Hits only propose groups; what a group is worth is told by :func:`lapwing.evidence.whom.restart`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.touches import Touches
from lapwing.evidence.whom import CAP, TAU

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

LINKS = 2
"""How many of the most recent touchers of a context a touch is linked to."""
LEAST = 5.0
"""Weaker hits (in bits) propose nothing."""
GUESS_RHO = 0.2
GUESS_OTHERS = 7.0
"""The group that hits are weighed for: one of eight, a fifth of whose acts are copied."""


class Hits(NamedTuple):
    """Columns in stream order; a hit hangs on two linked lists, one for each of its subjects."""

    later: I32
    earlier: I32
    weight: F32
    """Bits that the touch would bring to a group of eight."""
    time: I64
    link_later: I64
    """The previous hit of ``later``, or -1."""
    link_earlier: I64


class Habits(NamedTuple):
    """Decayed number of touches of every subject by sort of context, shape (subjects, sorts, taus), as at ``time``,
    shape (subjects, sorts)."""

    decayed: F64
    time: I64


def new_hits(room: int = 1024) -> Hits:
    """Room for ``room`` hits."""
    return Hits(
        np.zeros(room, np.int32),
        np.zeros(room, np.int32),
        np.zeros(room, np.float32),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
    )


@kernel
def find_hits(
    hits: Hits,
    base: int,
    length: int,
    last: I64,
    habits: Habits,
    found: Touches,
    touch_base: int,
    begin: int,
    end: int,
    watched: NDArray[np.bool_],
) -> int:
    """Append the hits of the watched subjects' touches number ``begin .. end - 1``; returns the new length.

    ``hits`` holds ``length`` hits from number ``base`` on and has room for ``LINKS`` more a touch; ``last`` is the
    last hit of every subject, shape (subjects,), and is changed, as are the ``habits``.
    """
    taus = TAU.shape[0]
    at = begin
    while at < end:
        act = found.act[at - touch_base]
        who = found.subject[at - touch_base]
        now = found.time[at - touch_base]
        if who < 0 or not watched[who]:
            at += 1
            continue
        rows = 1
        while at + rows < end and found.act[at + rows - touch_base] == act:
            rows += 1
        for seq in range(at, at + rows):
            chance = found.chance[seq - touch_base]
            sort = found.sort[seq - touch_base]
            source = found.previous[seq - touch_base]
            links = 0
            while source >= touch_base and links < LINKS and chance < 0.05:
                other = found.subject[source - touch_base]
                if other != who:
                    lag = now - found.time[source - touch_base]
                    pi = 0.0
                    for t in range(taus):
                        m = habits.decayed[other, sort, t] * np.exp(
                            -(now - habits.time[other, sort]) / TAU[t]
                        )
                        pi += np.exp(-lag / TAU[t]) / max(1.0, m)
                    gain = (pi / taus / GUESS_OTHERS / chance - 1.0) / found.rows[seq - touch_base]
                    weight = min(np.log2(1.0 + GUESS_RHO * gain), CAP)
                    if weight >= LEAST:
                        hits.later[length] = who
                        hits.earlier[length] = other
                        hits.weight[length] = weight
                        hits.time[length] = now
                        hits.link_later[length] = last[who]
                        hits.link_earlier[length] = last[other]
                        last[who] = base + length
                        last[other] = base + length
                        length += 1
                links += 1
                source = found.previous[source - touch_base]
        for seq in range(at, at + rows):
            sort = found.sort[seq - touch_base]
            idle = now - habits.time[who, sort]
            for t in range(taus):
                habits.decayed[who, sort, t] = habits.decayed[who, sort, t] * np.exp(-idle / TAU[t]) + 1.0
            habits.time[who, sort] = now
        at += rows
    return length


def hits_with_room(hits: Hits, length: int, more: int) -> Hits:
    """The columns with room for ``more`` hits after the first ``length``."""
    room = hits.time.shape[0]
    if length + more <= room:
        return hits
    extra = max(length + more - room, room // 2)
    return Hits(*(np.concatenate([column, np.zeros(extra, column.dtype)]) for column in hits))


def forget_hits(hits: Hits, base: int, length: int, before: int) -> tuple[Hits, int, int]:
    """Drop hits older than ``before`` (microseconds) once they are a quarter of all.

    Returns the columns, the new base and length.
    """
    gone = int(np.searchsorted(hits.time[:length], before))
    if 4 * gone <= length:
        return hits, base, length
    left = length - gone
    for column in hits:
        column[:left] = column[gone:length]
    return hits, base + gone, left
