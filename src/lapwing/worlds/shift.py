"""Single subjects that shift: their rate goes up or down, they go dark, or the mix of their kinds changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.worlds.activity import acts, in_order
from lapwing.worlds.choice import taken_up
from lapwing.worlds.scenario import Scenario

MIXED = 0.5
"""Share of the acts after a shift of the mix that are of the new kind."""

MIXED_KIND = "join"
"""The new kind; it is rare before."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A shift before it happens."""

    subject: int
    onset: int
    """Seconds since the epoch."""
    turn: str
    """One of the scenario's turns."""

    @property
    def factor(self) -> float:
        """What the rate is multiplied with: 0 for `dark`, 1 for `mix`, 8 for `x8`."""
        named = {"dark": 0.0, "mix": 1.0}
        return named[self.turn] if self.turn in named else float(self.turn.removeprefix("x"))


def turned(
    turns: list[Turn],
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    scenario: Scenario,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The acts with rates changed, still in order: added for a factor above 1, left out below 1."""
    onset = np.full(scenario.subjects, np.iinfo(np.int64).max)
    kept = np.ones(scenario.subjects)
    more = np.zeros(scenario.subjects)
    for turn in turns:
        onset[turn.subject] = turn.onset
        kept[turn.subject] = min(1.0, turn.factor)
        more[turn.subject] = max(0.0, turn.factor - 1.0) * scenario.member_acts
    after = np.flatnonzero(time >= onset[subject])
    gone = after[rng.random(len(after)) >= kept[subject[after]]]
    added, who = acts(more, scenario, rng)
    late = added >= onset[who]
    return in_order(
        np.concatenate([np.delete(time, gone), added[late]]),
        np.concatenate([np.delete(subject, gone), who[late]]),
    )


def mixed(
    turns: list[Turn],
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    context: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """Give the subjects whose mix changes their new kind, in place: they take up what others touched."""
    for turn in turns:
        if turn.turn == "mix":
            rows = np.flatnonzero((subject == turn.subject) & (time >= turn.onset))
            rows = rows[rng.random(len(rows)) < MIXED]
            taken_up(context, rows, MIXED_KIND, rng)
