"""The population: how active everybody is, who shares whose taste, and who hides something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.worlds.activity import DAY, START
from lapwing.worlds.cell import Plan
from lapwing.worlds.climb import Ascent
from lapwing.worlds.rows import rows_per_act
from lapwing.worlds.scenario import Scenario
from lapwing.worlds.shift import Turn


@dataclass(frozen=True, slots=True)
class Population:
    """The people of a world, by number. Arrays have one value per person."""

    rates: NDArray[np.float64]
    """Acts per day; 0 for bots, which act apart from the rhythm."""
    community: NDArray[np.int32]
    bot: NDArray[np.bool_]
    watched: NDArray[np.int32]
    """Numbers of the watched, ascending."""
    cells: list[Plan]
    climbs: list[Ascent]
    shifts: list[Turn]

    def hiding(self) -> NDArray[np.bool_]:
        """Who is part of something hidden."""
        hides = np.zeros(len(self.rates), bool)
        for members in [cell.members for cell in self.cells] + [climb.members for climb in self.climbs]:
            hides[members] = True
        hides[[turn.subject for turn in self.shifts]] = True
        return hides


def population(scenario: Scenario, people: np.random.Generator, whom: np.random.Generator) -> Population:
    """Draw the people, and then, from the watched and nobody twice, those who hide something, and bots.

    Activity is log-normal, scaled so that ``scenario.events`` rows are made on average. Strengths and onsets
    are spread evenly over what is hidden, in random order.
    """
    rates: NDArray[np.float64] = people.lognormal(0.0, scenario.sigma, scenario.subjects)
    rates *= scenario.events / rows_per_act(scenario) / rates.mean()
    community = people.integers(max(1, scenario.communities), size=scenario.subjects).astype(np.int32)
    watched = np.arange(scenario.subjects, dtype=np.int32)
    if scenario.watched is not None:
        watched = np.sort(people.permutation(watched)[: scenario.watched])

    free = whom.permutation(watched)
    groups = []
    for kin in _kinship(scenario.cells, scenario, whom) + [False] * scenario.climbs:
        size = int(whom.integers(scenario.size[0], scenario.size[1] + 1))
        alike = free[community[free] == community[free[0]]] if kin else free
        members = np.sort((alike if len(alike) >= size else free)[:size])
        free = free[~np.isin(free, members)]
        groups.append(members)
    strengths = _spread(scenario.copy, scenario.cells, whom)
    onsets = _onsets(scenario.cells, scenario, whom)
    cells = [Plan(*plan) for plan in zip(groups[: scenario.cells], onsets, strengths, strict=True)]
    strengths = _spread(scenario.climb, scenario.climbs, whom)
    onsets = _onsets(scenario.climbs, scenario, whom)
    meetings = _spread(scenario.meeting, scenario.climbs, whom)
    climbs = [
        Ascent(*ascent) for ascent in zip(groups[scenario.cells :], onsets, strengths, meetings, strict=True)
    ]
    onsets = _onsets(scenario.shifts, scenario, whom)
    turns = [scenario.turns[number % len(scenario.turns)] for number in range(scenario.shifts)]
    single = free[: scenario.shifts].tolist()
    shifts = [Turn(*turn) for turn in zip(single, onsets, turns, strict=True)]
    bot = np.zeros(scenario.subjects, bool)
    bot[free[scenario.shifts : scenario.shifts + scenario.bots]] = True
    rates[bot] = 0.0

    drawn = Population(rates, community, bot, watched, cells, climbs, shifts)
    rates[drawn.hiding()] = scenario.member_acts
    return drawn


def _kinship(count: int, scenario: Scenario, rng: np.random.Generator) -> list[bool]:
    """Which cells are drawn from one community."""
    kin = np.arange(count) < round(count * scenario.kinship)
    drawn: list[bool] = rng.permutation(kin & (scenario.communities > 0)).tolist()
    return drawn


def _spread(limits: tuple[float, float], count: int, rng: np.random.Generator) -> list[float]:
    values: list[float] = rng.permutation(np.linspace(limits[0], limits[1], count)).tolist()
    return values


def _onsets(count: int, scenario: Scenario, rng: np.random.Generator) -> list[int]:
    return [START + int(part * scenario.days * DAY) for part in _spread(scenario.onset, count, rng)]
