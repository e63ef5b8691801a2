"""The hidden cells: how their members begin to copy one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.worlds.activity import DAY, START
from lapwing.worlds.scenario import Scenario

FARTHEST = 12 * 3600
"""A copying act moves by at most so many seconds; beyond that it stays an ordinary act."""

RECENT = 1_000
"""A decoy follows one of so many acts of the population before it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A cell before it acts."""

    members: NDArray[np.int32]
    onset: int
    """Seconds since the epoch."""
    copy: float


def copied(
    plan: Plan,
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    context: NDArray[np.int64],
    scenario: Scenario,
    rng: np.random.Generator,
) -> int:
    """Turn acts of the members into copies, in place. Returns how many of their acts copy.

    Every act after the onset copies with chance ``plan.copy``. A copy draws its lag first and takes the
    original that asks it to move least: an act of another member, of a context it has not touched itself. It
    then moves to the original's time plus the lag. So the number of acts of every member and the rhythm of
    the day stay as they were (acts move by minutes, as a cell acts about once an hour), the share of copies
    is the one asked for, and lags are exponential. To copy at the act's own time whatever is recent would
    have needed no moving, but would have stretched the lags to the cell's own pace.
    """
    rows = np.flatnonzero(np.isin(subject, plan.members))
    member = np.searchsorted(plan.members, subject[rows])
    when = time[rows].copy()
    after = when >= plan.onset
    copies = after & (rng.random(len(rows)) < plan.copy)
    follow = np.flatnonzero(after & ~copies & (rng.random(len(rows)) < scenario.decoys))
    context[rows[follow]] = context[np.maximum(rows[follow] - rng.integers(1, RECENT, len(follow)), 0)]
    names, touch = np.unique(context[rows], return_inverse=True)
    touched = np.zeros((len(plan.members), len(names)), bool)
    touched[member, touch] = True
    lags = 1 + rng.exponential(scenario.lag_hours * 3600, len(rows)).astype(np.int64)
    settled = ~copies
    end = START + int(scenario.days * DAY)
    made = 0
    for i in np.flatnonzero(copies):
        landing = when + lags[i]
        possible = settled & (member != member[i]) & ~touched[member[i], touch]
        possible &= (landing >= plan.onset) & (landing < end)
        distance = np.where(possible, np.abs(landing - when[i]), FARTHEST + 1)
        original = int(np.argmin(distance))
        settled[i] = True
        if distance[original] <= FARTHEST:
            when[i], touch[i] = landing[original], touch[original]
            touched[member[i], touch[i]] = True
            made += 1
    time[rows], context[rows] = when, names[touch]
    return made
