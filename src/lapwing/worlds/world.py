"""The world: a simulated population, its events, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lapwing.worlds.account import accounts
from lapwing.worlds.activity import DAY, START, acts, in_order, steady_acts
from lapwing.worlds.cell import Plan, copied
from lapwing.worlds.choice import Asked, chances, choices
from lapwing.worlds.climb import climbed
from lapwing.worlds.oracle import Told, tell
from lapwing.worlds.population import Population, population
from lapwing.worlds.rows import Rows, rows, subject_names
from lapwing.worlds.scenario import Range, Scenario, load_scenario
from lapwing.worlds.shift import mixed, turned
from lapwing.worlds.truth import Cell, Climb, Shift, Truth


@dataclass(frozen=True, slots=True)
class World:
    """A simulated population with known truth."""

    scenario: Scenario
    events: Rows
    truth: Truth
    community: NDArray[np.int32]
    """Per account: the taste its person shares, all 0 in a world without communities."""
    watched: NDArray[np.int32]
    """Numbers of the accounts that are watched, ascending."""


def make_world(
    scenario: Scenario | str = "plain",
    *,
    seed: int,
    subjects: int | None = None,
    days: float | None = None,
    cells: int | None = None,
    size: int | tuple[int, int] | None = None,
    copy: float | Range | None = None,
    watched: int | None = None,
) -> World:
    """Make a world; what is given replaces the scenario's value.

    The same scenario and seed give the same world, bit for bit, and a null the same population as the world
    it belongs to. ``copy`` is the chance that a member's act copies another member after the onset.
    Raises :class:`lapwing.worlds.scenario.ScenarioError`.

    >>> world = make_world("plain", seed=1, subjects=1000, days=10, cells=2)
    >>> [len(cell.members) for cell in world.truth.cells]
    [8, 9]
    """
    if isinstance(scenario, str):
        scenario = load_scenario(scenario)
    scenario = scenario.with_(
        subjects=subjects, days=days, cells=cells, size=size, copy=copy, watched=watched
    )
    # Each part draws from its own stream, so that to change one leaves the others as they are.
    seeds = np.random.SeedSequence(seed).spawn(7)
    people, whom, when, ends, what, hidden, extra = (_generator(child) for child in seeds)
    crowd = population(scenario, people, whom)
    time, person = acts(crowd.rates, scenario, when)
    if scenario.bots:
        more, bots = steady_acts(np.flatnonzero(crowd.bot), scenario.bot_acts, scenario, when)
        time, person = in_order(np.concatenate([time, more]), np.concatenate([person, bots]))
    if scenario.hidden and crowd.shifts:
        time, person = turned(crowd.shifts, time, person, scenario, hidden)
    account, owner = person, np.arange(scenario.subjects, dtype=np.int32)
    ended = np.full(scenario.subjects, np.inf)
    if scenario.suspension or scenario.changes:
        hiding = crowd.hiding()
        hazard = np.where(hiding, scenario.changes, scenario.suspension)
        comeback = np.where(hiding, 1.0, scenario.comeback)
        account, owner, ended = accounts(time, person, hazard, comeback, scenario.days, ends)
        alive = account >= 0
        time, person, account = time[alive], person[alive], account[alive]
    context = choices(time, person, crowd.community, crowd.bot, scenario, what)
    names = subject_names(len(owner))
    copies: list[int] = []
    told: list[Told] = []
    if scenario.hidden:
        drawn = time.copy()
        mixed(crowd.shifts, time, person, context, hidden)
        for ascent in crowd.climbs:
            climbed(ascent, time, person, context, scenario, hidden)
        for ascent in crowd.climbs:
            plan = Plan(ascent.members, ascent.onset, ascent.copy)
            copied(plan, time, person, context, scenario, hidden)
        copies = [copied(plan, time, person, context, scenario, hidden) for plan in crowd.cells]

        def usual(
            when: NDArray[np.int64], whom: NDArray[np.int32], which: NDArray[np.int64]
        ) -> NDArray[np.float64]:
            asked = Asked(np.searchsorted(drawn, when), whom, which)
            again = _generator(seeds[4])  # `what` as it was
            return chances(drawn, person, crowd.community, crowd.bot, scenario, again, asked)

        told = tell(crowd, scenario, time, person, context, usual)
    truth = _truth(scenario, seed, crowd, copies, told, time, person, owner, ended, names)

    order = np.argsort(time, kind="stable")
    luck = extra.random((2, len(time)))[:, order]
    events = rows(time[order], account[order], context[order], luck, scenario)
    if scenario.watched is not None:
        seen = np.zeros(len(owner), bool)
        seen[crowd.watched] = True
        events.subject[~seen[events.subject]] = -1
        watching = crowd.watched
    else:
        watching = np.arange(len(owner), dtype=np.int32)
    return World(scenario, events, truth, crowd.community[owner], watching)


def write_world(world: World, out: Path) -> None:
    """Write `events.parquet` and `truth.json`, and `watched.txt` when not everybody is watched."""
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(world.events.table(), out / "events.parquet", compression="zstd")
    (out / "truth.json").write_text(world.truth.text(), "utf-8")
    if world.scenario.watched is not None:
        names = subject_names(len(world.community))
        lines = "".join(f"{names[number]}\n" for number in world.watched.tolist())
        (out / "watched.txt").write_text(lines, "utf-8")


def _generator(seed: np.random.SeedSequence) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _truth(
    scenario: Scenario,
    seed: int,
    crowd: Population,
    copies: list[int],
    told: list[Told],
    time: NDArray[np.int64],
    person: NDArray[np.int32],
    owner: NDArray[np.int32],
    ended: NDArray[np.float64],
    names: list[str],
) -> Truth:
    """The truth of a world that has been acted out; ``owner``, ``ended`` and ``names`` are per account."""

    def after(members: NDArray[np.int32], onset: int) -> tuple[int, ...]:
        mine = time[np.isin(person, members)]
        return tuple(np.sort(mine[mine >= onset] - onset).tolist())

    def named(members: NDArray[np.int32]) -> tuple[str, ...]:
        return tuple(names[number] for number in members.tolist())

    def single(subject: int) -> NDArray[np.int32]:
        return np.array([subject], np.int32)

    second = 1_000_000
    return Truth(
        scenario=scenario.name,
        seed=seed,
        start=START * second,
        end=(START + int(scenario.days * DAY)) * second,
        cells=tuple(
            Cell(
                named(plan.members),
                plan.onset * second,
                plan.copy,
                scenario.lag_hours,
                made,
                after(plan.members, plan.onset),
                oracle.bits,
                oracle.naming,
            )
            for plan, made, oracle in zip(crowd.cells, copies, told, strict=False)
        ),
        climbs=tuple(
            Climb(
                named(ascent.members),
                ascent.onset * second,
                ascent.share,
                scenario.stages,
                scenario.stage_days,
                after(ascent.members, ascent.onset),
            )
            for ascent in crowd.climbs
            if scenario.hidden
        ),
        shifts=tuple(
            Shift(
                named(single(turn.subject)),
                turn.onset * second,
                turn.turn,
                after(single(turn.subject), turn.onset),
            )
            for turn in crowd.shifts
            if scenario.hidden
        ),
        ends={
            names[number]: int(ended[number]) * second
            for number in np.flatnonzero(ended < START + scenario.days * DAY).tolist()
        },
        returns={names[number]: names[owner[number]] for number in range(scenario.subjects, len(owner))},
    )
