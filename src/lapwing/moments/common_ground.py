"""Common ground: whether subjects that changed within a day are rather one moment than as many by accident.

Where single subjects shift all the time, some begin on the same day without having to do with one another. Two
readings of such subjects are held against each other, by how likely each makes what is seen:

* *one moment*: groups shift as seldom as the budget allows. Most of its members (:data:`SHARED`) are of one circle, or
  took up one and the same context since.
* *many*: each shifted on its own, as often as others of late for whom as much speaks. Each is in a circle as often as
  others are, and took up a context as often as others who touch as many.

The best circle or context is paid for by the number of those that the members are in or took up, and one member only
says which it is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.slots import little, slot_of
from lapwing.evidence.touches import Background, Touches, back
from lapwing.moments.border import Border

I64 = NDArray[np.int64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

SHARED = 0.8
"""Share of a group's members that are expected on its common ground."""


class Ground(NamedTuple):
    """What the members of a group have in common."""

    bits: float
    """That speak for one moment; 0 when there is nothing."""
    sharing: Bools
    """Which members are on it, shape (members,)."""


def ground_of(members: I32, onset: int, border: Border) -> Ground:
    """The circle or the context that most speaks for one moment of these members since ``onset`` (microseconds)."""
    best = Ground(0.0, np.zeros(members.size, np.bool_))
    for sharing, chances in (_circles(members, border), _contexts(members, onset, border)):
        if sharing.shape[0]:
            inside, outside = np.log2(SHARED / chances), np.log2((1.0 - SHARED) / (1.0 - chances))
            first = np.where(sharing, inside, -np.inf).max(axis=1)  # one of them says which ground it is
            bits = np.where(sharing, inside, outside).sum(axis=1) - first - math.log2(sharing.shape[0])
            if bits.max() > best.bits:
                best = Ground(float(bits.max()), sharing[int(np.argmax(bits))])
    return best


def _circles(members: I32, border: Border) -> tuple[Bools, F64]:
    """Of every circle of a member, who is in it and the chance of that for each, shape (circles, members)."""
    mine = border.circles[members]
    circles, sizes = np.unique(border.circles[border.circles >= 0], return_counts=True)
    known = np.isin(circles, mine)
    inside = circles[known][:, None] == mine[None, :]
    others = sizes[known] - inside.sum(axis=1)
    chance = _chance((others + 0.5) / (border.circles.size - members.size + 1.0))
    return inside, np.repeat(chance[:, None], members.size, axis=1)


def _contexts(members: I32, onset: int, border: Border) -> tuple[Bools, F64]:
    """Of every context that a member took up since the onset, which members did and the chance of that for each."""
    scene = border.scene
    first = scene.base + int(np.searchsorted(scene.found.time[: scene.length], onset))
    behind = int(np.searchsorted(scene.background.time[: scene.background.length], onset))
    by, others, whole, touches = _taken_up(
        members, scene.found, scene.base, scene.length, first, scene.background, behind, scene.last_own
    )
    return by, _chance(((others + 0.5) * (others >= 0) / (whole + 1.0)) @ touches.T.astype(np.float64))


@kernel
def _taken_up(
    members: I32,
    found: Touches,
    base: int,
    length: int,
    first: int,
    background: Background,
    behind: int,
    last_own: I64,
) -> tuple[Bools, I64, I64, I64]:
    """Of every context, ascending, that one of the members took up from touch number ``first`` on: which of them did,
    shape (contexts, members), and how many touches of it are by others, by the strata of the members' touches, shape
    (contexts, strata), -1 where none of the stratum can be; all touches by others, shape (strata,), and those of each
    member, (members, strata). ``found`` holds ``length`` touches, the first of them number ``base``; of ``background``,
    those from ``behind`` on are others' as well."""
    count = 0
    for member in members:
        at = last_own[member]
        while at >= first:
            count += 1
            at = back(found.own, at, base)
    entries, who = np.empty(count, np.int64), np.empty(count, np.int64)
    n = 0
    for i in range(members.shape[0]):
        at = last_own[members[i]]
        while at >= first:
            entries[n], who[n] = at - base, i
            n += 1
            at = back(found.own, at, base)
    taken, strata = np.unique(found.context[entries]), np.unique(found.stratum[entries])
    place = np.full(strata[-1] + 1 if count else 0, -1)
    for number in range(strata.shape[0]):
        place[strata[number]] = number
    table = little(2, taken.shape[0])
    for number in range(taken.shape[0]):
        row = slot_of(table, taken[number])
        table[row, 0], table[row, 1] = taken[number], number
    everybody = np.zeros((taken.shape[0], strata.shape[0]), np.int64)
    whole = np.zeros(strata.shape[0], np.int64)
    _count(found.stratum, found.context, first - base, length, place, table, everybody, whole)
    _count(background.stratum, background.context, behind, background.length, place, table, everybody, whole)
    by = np.zeros((taken.shape[0], members.shape[0]), np.bool_)
    touches = np.zeros((members.shape[0], strata.shape[0]), np.int64)
    sort_of, sort = np.empty(taken.shape[0], np.int64), np.empty(strata.shape[0], np.int64)
    for i in range(count):
        entry = entries[i]
        number, stratum = table[slot_of(table, found.context[entry]), 1], place[found.stratum[entry]]
        by[number, who[i]] = True
        touches[who[i], stratum] += 1
        everybody[number, stratum] -= 1
        whole[stratum] -= 1
        sort_of[number] = sort[stratum] = found.sort[entry]
    for number in range(taken.shape[0]):
        for stratum in range(strata.shape[0]):
            if sort_of[number] != sort[stratum]:
                everybody[number, stratum] = -1
    return by, everybody, whole, touches


@kernel
def _count(
    stratum: I16, context: I64, start: int, stop: int, place: I64, table: I64, everybody: I64, whole: I64
) -> None:
    """Count touches ``start .. stop - 1`` by stratum, ``whole``, and those of the contexts in the ``table`` by context
    as well, ``everybody``; of each stratum, ``place`` is its column, -1 for none."""
    for entry in range(start, stop):
        column = place[stratum[entry]] if stratum[entry] < place.shape[0] else -1
        if column >= 0:
            whole[column] += 1
            row = slot_of(table, context[entry])
            if table[row, 0] != 0:
                everybody[table[row, 1], column] += 1


def _chance(expected: NDArray[np.floating]) -> F64:
    """The chance of at least one where so many are ``expected``, kept away from 0 and 1."""
    chance: F64 = np.clip(-np.expm1(-expected.astype(np.float64)), 1e-9, 0.9)
    return chance


def bits_for_one(ground: float, singles: F64, groups: float) -> float:
    """Bits for the reading as one moment of subjects with so much common ``ground``.

    How many shifts are expected in the time within which they began: ``singles``, for each of them, of single subjects
    for whom as much speaks as for it, shape (members,), and ``groups``.

    >>> calm, busy = np.full(2, 1 / 60), np.full(2, 22 / 60)
    >>> round(bits_for_one(0.0, calm, 1 / 60), 1), round(bits_for_one(0.0, busy, 1 / 60), 1)
    (5.9, -3.0)
    >>> round(bits_for_one(6.0, busy, 1 / 60), 1), round(bits_for_one(6.0, np.array([1 / 60, 4.0]), 1 / 60), 1)
    (3.0, 4.0)
    """
    return math.log2(groups) - float(np.log2(singles).sum()) + ground
