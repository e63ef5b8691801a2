"""Hits: who touched what another subject had touched, kept as links between subjects.

A hit is a first touch of a context that another watched subject touched recently. It links the two, and only
a few most recent touchers are linked, so that a viral context gives chains and not a clique.
Hits only propose groups; what a group is worth is told by :mod:`lapwing.evidence.restart`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.restart import CAP
from lapwing.evidence.touches import Touches, back
from lapwing.evidence.whom import TAU

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


LINKS = 2
"""How many of the most recent touchers of a context a touch is linked to."""
KEPT = 64
"""So many hits of a subject are kept, the most recent ones."""
LEAST = 5.0
"""Weaker hits (in bits) propose nothing."""
FADE = 16.0
"""A hit's weight falls by a factor e with so many later hits of the subject. In hits and not in days: who hardly
ever follows anybody by accident is linked by all that it took up."""
GUESS_RHO = 0.2
GUESS_OTHERS = np.array([1.0, 5.0, 7.0])
"""The group that hits are weighed for: one of eight, a fifth of whose acts are copied, and so many others are active
within an hour, a day, a week."""
COMMON = GUESS_RHO * float(np.mean(1.0 / GUESS_OTHERS)) / (2.0**LEAST - 1.0)
"""Beyond this chance no hit weighs :data:`LEAST` bits."""


class Hits(NamedTuple):
    """The last :data:`KEPT` hits of every subject, as a ring; a hit is kept with both of its subjects. Arrays are
    changed in place."""

    other: I32
    """The other subject, shape (subjects, KEPT)."""
    weight: F32
    """Bits that the touch would bring to a group of eight, same shape."""
    time: I64
    """Same shape."""
    kept: I64
    """Hits of every subject so far, shape (subjects,): hit ``n`` lies in place ``n % KEPT``."""


class Habits(NamedTuple):
    """What every subject did so far, decayed. Arrays are changed in place."""

    decayed: F64
    """First touches by memory, shape (subjects, taus), as at ``acted``."""
    acted: I64
    """Shape (subjects,), microseconds."""


def new_habits(subjects: int) -> Habits:
    """Of subjects that did nothing yet."""
    return Habits(np.zeros((subjects, TAU.size)), np.zeros(subjects, np.int64))


def new_hits(subjects: int) -> Hits:
    """Of subjects that shared nothing yet."""
    return Hits(
        np.zeros((subjects, KEPT), np.int32),
        np.zeros((subjects, KEPT), np.float32),
        np.zeros((subjects, KEPT), np.int64),
        np.zeros(subjects, np.int64),
    )


T = TypeVar("T", Hits, Habits)


def wider(columns: T, fresh: Callable[[int], T], subjects: int) -> T:
    """The columns by subject with room for so many; they grow by half, so that newcomers cost little."""
    room = len(columns[0])
    if subjects <= room:
        return columns
    more = fresh(max(subjects - room, room // 2))
    return columns._replace(
        **{name: np.concatenate([column, getattr(more, name)]) for name, column in columns._asdict().items()}
    )


@kernel
def _keep(hits: Hits, who: int, other: int, weight: float, time: int) -> None:
    at = hits.kept[who] % KEPT
    hits.other[who, at] = other
    hits.weight[who, at] = weight
    hits.time[who, at] = time
    hits.kept[who] += 1


@kernel
def find_hits(
    hits: Hits,
    habits: Habits,
    found: Touches,
    touch_base: int,
    begin: int,
    end: int,
    watched: NDArray[np.bool_],
) -> I32:
    """Keep the hits of the watched subjects' touches number ``begin .. end - 1``; returns the two subjects of each,
    the later one first, shape (new hits, 2). ``hits`` and ``habits`` are changed."""
    taus = TAU.shape[0]
    left = np.empty(taus)
    # what even somebody who does nothing else must bring, less a hair for rounding
    least = 0.999 * taus * (2.0**LEAST - 1.0) / GUESS_RHO
    pairs = np.empty((LINKS * (end - begin), 2), np.int32)
    length = 0
    at = begin
    while at < end:
        act = found.act[at - touch_base]
        who = found.subject[at - touch_base]
        now = found.time[at - touch_base]
        if not watched[who]:
            at += 1
            continue
        rows = 1
        while at + rows < end and found.act[at + rows - touch_base] == act:
            rows += 1
        for seq in range(at, at + rows):
            chance = found.chance[seq - touch_base]
            if chance * found.rows[seq - touch_base] > COMMON:
                continue
            source = back(found.previous, seq, touch_base)
            links = 0
            while source >= touch_base and links < LINKS:
                other = found.subject[source - touch_base]
                if other != who:
                    lag = now - found.time[source - touch_base]
                    most = 0.0
                    for t in range(taus):
                        left[t] = np.exp(-lag / TAU[t])
                        most += left[t] / GUESS_OTHERS[t]
                    weight = 0.0
                    if most > least * chance * found.rows[seq - touch_base]:
                        pi = 0.0
                        for t in range(taus):
                            m = habits.decayed[other, t] * np.exp(-(now - habits.acted[other]) / TAU[t])
                            pi += left[t] / max(1.0, m) / GUESS_OTHERS[t]
                        gain = (pi / taus / chance - 1.0) / found.rows[seq - touch_base]
                        weight = min(np.log2(1.0 + GUESS_RHO * gain), CAP)
                    if weight >= LEAST:
                        _keep(hits, who, other, weight, now)
                        _keep(hits, other, who, weight, now)
                        pairs[length, 0] = who
                        pairs[length, 1] = other
                        length += 1
                links += 1
                source = back(found.previous, source, touch_base)
        idle = now - habits.acted[who]
        for t in range(taus):
            habits.decayed[who, t] = habits.decayed[who, t] * np.exp(-idle / TAU[t]) + rows
        habits.acted[who] = now
        at += rows
    return pairs[:length]


@kernel
def week_of(who: int, habits: Habits, now: int) -> float:
    """Touches of a subject, decayed over a week until ``now``."""
    return float(habits.decayed[who, -1] * np.exp(-(now - habits.acted[who]) / TAU[-1]))


def packed(hits: Hits, subjects: int) -> dict[str, NDArray[Any]]:
    """The hits of the first so many subjects without the empty places; see :func:`unpacked`."""
    kept = hits.kept[:subjects]
    filled = np.arange(KEPT) < kept[:, None]
    columns = {name: column[:subjects][filled] for name, column in hits._asdict().items() if name != "kept"}
    return columns | {"kept": kept}


def unpacked(columns: dict[str, NDArray[Any]]) -> Hits:
    """The inverse of :func:`packed`."""
    hits = new_hits(columns["kept"].size)
    filled = np.arange(KEPT) < columns["kept"][:, None]
    for name in ("other", "weight", "time"):
        getattr(hits, name)[filled] = columns[name]
    return hits._replace(kept=columns["kept"])
