"""The permutation: who acted is exchanged among acts of one circle, kind and day.

That keeps what every context went through (when it was touched, by which circles, how often), how much each subject
acts on each day, and what it acts with; it breaks every meeting whose members are not a circle of their own. An act
with several rows stays whole. Repeats are habits and carry no evidence: an act that touches nothing new to its
subject goes to whoever now has the first touch it repeats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

DAY = 86_400_000_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class Permutation:
    """The same rows with other subjects."""

    subject: I32
    """Number of the subject of every row, -1 for background."""
    exchanged: float
    """Share of the acts that touched something new and could fall to another subject."""


def permuted(
    time: I64, subject: I32, kind: I32, context: I64, act: I64, group: I32, rng: np.random.Generator
) -> Permutation:
    """Exchange the subjects of a stream; all but the last two arguments are by row, in stream order.

    ``time`` is in microseconds, ``subject`` -1 for background, ``context`` numbers from 0, ``act`` ascends and is the
    same for rows of one act (which have one subject); ``group`` is that of every subject: acts are exchanged within
    a group. The kind and the day of an act are those of its first row.
    """
    rows = np.flatnonzero(subject >= 0)
    if rows.size == 0:
        return Permutation(subject.copy(), 0.0)
    who = subject[rows]
    pair = context[rows] * group.size + who
    _, first, pair_of = np.unique(pair, return_index=True, return_inverse=True)
    new = np.zeros(rows.size, np.bool_)
    new[first] = True
    _, start, act_of = np.unique(act[rows], return_index=True, return_inverse=True)
    fresh = np.flatnonzero(np.logical_or.reduceat(new, start))
    owner = who[start].astype(np.int32)
    day, sort, home = (
        time[rows][start[fresh]] // DAY,
        kind[rows][start[fresh]],
        group[owner[fresh]],
    )
    before = np.lexsort((day, sort, home))
    after = np.lexsort((rng.random(fresh.size), day, sort, home))
    now = owner.copy()
    now[fresh[before]] = owner[fresh[after]]
    habit = np.setdiff1d(np.arange(owner.size), fresh, assume_unique=True)
    now[habit] = now[act_of[first[pair_of[start[habit]]]]]
    result = subject.copy()
    result[rows] = now[act_of]
    return Permutation(result, _exchangeable(home, sort, day, owner[fresh]))


def _exchangeable(home: I32, sort: I32, day: I64, owner: I32) -> float:
    """The share of acts in whose circle, kind and day more than one subject acted."""
    order = np.lexsort((owner, day, sort, home))
    home, sort, day, owner = home[order], sort[order], day[order], owner[order]
    apart = (np.diff(home) != 0) | (np.diff(sort) != 0) | (np.diff(day) != 0)
    begins = np.flatnonzero(np.concatenate([[True], apart]))
    several = np.minimum.reduceat(owner, begins) != np.maximum.reduceat(owner, begins)
    sizes = np.diff(np.append(begins, owner.size))
    return float(sizes[several].sum() / owner.size)
