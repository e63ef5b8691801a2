"""The oracle: the test of a meeting, told all that a watch has to find out.

It knows who the members are, when they began, how large a share of their acts copies and after what lags, and how
likely each context was for that member at that time, as the world drew it. What remains is the test itself: one
ratio an act, of the form of :mod:`lapwing.evidence.whom` with a fixed start at the true onset::

    bits = log2(1 + copy * (pi / p - q))
    pi = sum_j exp(-lag_j / tau) / max(1, m_j) / max(1, sum_j min(1, m_j)),    q = min(1, sum_j min(1, m_j))

over the other members ``j`` (above: those that touched the act's context before), ``m_j`` being j's decayed number of
touches of that kind and ``tau`` the true mean lag. A context that the member had touched before tells nothing: 0 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.restart import CAP
from lapwing.moments.naming import member_bits, naming_bits
from lapwing.worlds.choice import kind_of
from lapwing.worlds.population import Population
from lapwing.worlds.scenario import KINDS, Scenario

WEEK = 7 * 86_400
"""Seconds; so far before the onset goes what tells how cheap each subject is to name."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the oracle makes of one cell."""

    bits: tuple[float, ...]
    """Of every act of the members from the onset on, in order of time."""
    naming: float
    """Bits to name the members among all that is watched."""


@dataclass(frozen=True, slots=True)
class _Acts:
    """The acts of all members of all cells, in order of time. Arrays have shape (acts,)."""

    cell: NDArray[np.int64]
    time: NDArray[np.int64]
    """Seconds since the epoch."""
    person: NDArray[np.int32]
    context: NDArray[np.int64]
    fresh: NDArray[np.bool_]
    """Whether the member had not touched the context before."""
    pi: NDArray[np.float64]
    """How likely the context is if the member copies another."""
    offered: NDArray[np.float64]
    """``q``: how much there was to copy."""


def tell(
    crowd: Population,
    scenario: Scenario,
    time: NDArray[np.int64],
    person: NDArray[np.int32],
    context: NDArray[np.int64],
    chances: Callable[[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]], NDArray[np.float64]],
) -> list[Told]:
    """What the oracle makes of each cell, given all acts of a world (``time`` in seconds).

    ``chances`` knows how likely a context was as usual, given times (ascending), persons and contexts.
    """
    acts = _followed(crowd, scenario.lag_hours * 3600.0, time, person, context)
    copy = np.array([plan.copy for plan in crowd.cells])[acts.cell]
    onset = np.array([plan.onset for plan in crowd.cells], np.int64)[acts.cell]
    ratio = np.where(acts.fresh, 1.0 - copy * acts.offered, 1.0)
    hit = np.flatnonzero((acts.pi > 0.0) & (acts.time >= onset))
    # What cannot happen as usual is not told apart from what happens once: a member that copies a favourite of another
    # touches what everybody else has forgotten.
    chance = np.maximum(chances(acts.time[hit], acts.person[hit], acts.context[hit]), 1.0 / len(time))
    ratio[hit] += copy[hit] * acts.pi[hit] / chance
    bits = np.log2(np.minimum(ratio, 2.0**CAP))
    return [
        Told(
            tuple(np.round(bits[(acts.cell == cell) & (acts.time >= plan.onset)], 4).tolist()),
            _naming(crowd, plan.members, plan.onset, time, person),
        )
        for cell, plan in enumerate(crowd.cells)
    ]


def _followed(
    crowd: Population,
    tau: float,
    time: NDArray[np.int64],
    person: NDArray[np.int32],
    context: NDArray[np.int64],
) -> _Acts:
    """Follow the members of each cell; ``tau`` is their mean lag in seconds."""
    cell_of = np.full(len(crowd.rates), -1, np.int64)
    for cell, plan in enumerate(crowd.cells):
        cell_of[plan.members] = cell
    rows = np.flatnonzero(cell_of[person] >= 0)
    rows = rows[np.argsort(time[rows], kind="stable")]
    who = person[rows]
    fresh, pi, offered = np.ones(len(rows), np.bool_), np.zeros(len(rows)), np.zeros(len(rows))
    members, me = np.unique(who, return_inverse=True)
    others = cell_of[members][:, None] == cell_of[members][None, :]
    np.fill_diagonal(others, False)
    before: dict[tuple[int, int], list[tuple[int, int]]] = {}  # cell, context -> who touched it, and when
    decayed = np.zeros((len(members), len(KINDS)))
    counted = np.full(len(members), -np.inf)
    columns = (time[rows], me, cell_of[who], context[rows], kind_of(context[rows]))
    for act, (now, mine, cell, what, kind) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        touched = before.setdefault((cell, what), [])
        fresh[act] = all(other != mine for other, _ in touched)
        if not fresh[act]:
            continue
        m = decayed[:, kind] * np.exp(-(now - counted) / tau)
        present = float(np.minimum(m, 1.0)[others[mine]].sum())
        offered[act] = min(1.0, present)
        if touched:
            copied = sum(np.exp(-(now - when) / tau) / max(1.0, m[other]) for other, when in touched)
            pi[act] = copied / max(1.0, present)
        touched.append((mine, now))
        decayed[mine] *= np.exp(-(now - counted[mine]) / tau)
        decayed[mine, kind] += 1.0
        counted[mine] = now
    return _Acts(cell_of[who], time[rows], who, context[rows], fresh, pi, offered)


def _naming(
    crowd: Population,
    members: NDArray[np.int32],
    onset: int,
    time: NDArray[np.int64],
    person: NDArray[np.int32],
) -> float:
    """Bits to name a cell at its onset, priced by what everybody watched did in the week before."""
    week = (time >= onset - WEEK) & (time < onset)
    acts = np.bincount(person[week], minlength=len(crowd.rates))
    costs = member_bits(acts[crowd.watched] / 7.0)
    return round(naming_bits(np.searchsorted(crowd.watched, members).astype(np.int32), costs), 4)
