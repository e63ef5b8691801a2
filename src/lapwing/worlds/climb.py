"""Groups that climb a ladder: each stage raises the kind of act that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.worlds.activity import DAY
from lapwing.worlds.choice import taken_up
from lapwing.worlds.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Ascent:
    """A climb before it happens."""

    members: NDArray[np.int32]
    onset: int
    """Seconds since the epoch."""
    share: float
    """Share of the members' acts that a stage turns into acts of its kind."""
    copy: float
    """Share of their acts that copy another member, of the stage's kind or not."""


def climbed(
    ascent: Ascent,
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    context: NDArray[np.int64],
    scenario: Scenario,
    rng: np.random.Generator,
) -> None:
    """Let the group climb, in place: members take up contexts of the stage's kind that others touched before.

    The number and the times of acts stay as they were. What members copy from one another is not done here.
    """
    rows = np.flatnonzero(np.isin(subject, ascent.members) & (time >= ascent.onset))
    rows = rows[rng.random(len(rows)) < ascent.share]
    stage = (time[rows] - ascent.onset) // int(scenario.stage_days * DAY)
    stage = np.minimum(stage, len(scenario.stages) - 1)
    for number, kind in enumerate(scenario.stages):
        taken_up(context, rows[stage == number], kind, rng)
