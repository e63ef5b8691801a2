"""Shifts and climbs change what the truth says they change, from the onset on."""

import numpy as np
import pytest

from lapwing.worlds.rows import subject_names
from lapwing.worlds.scenario import KINDS, load_scenario
from lapwing.worlds.world import make_world

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def shifted():
    scenario = load_scenario("shifts").with_(subjects=4_000, days=30.0, shifts=300, rhythm=0.0, weekend=1.0)
    return make_world(scenario, seed=5)


def rows_of(world, members):
    numbers = np.flatnonzero(np.isin(subject_names(len(world.community)), members))
    return np.flatnonzero(np.isin(world.events.subject, numbers))


@pytest.mark.parametrize(
    ("turn", "factor"), [("x8", 8.0), ("x4", 4.0), ("x2", 2.0), ("x0.25", 0.25), ("mix", 1.0)]
)
def test_a_rate_is_multiplied_from_the_onset_on(shifted, turn, factor):
    acts = {False: 0, True: 0}
    days = {False: 0.0, True: 0.0}
    for shift in shifted.truth.shifts:
        if shift.turn == turn:
            rows = rows_of(shifted, shift.members)
            _, first = np.unique(shifted.events.act[rows], return_index=True)
            late = shifted.events.time[rows[first]] >= shift.onset
            acts[True] += int(late.sum())
            acts[False] += int((~late).sum())
            days[False] += (shift.onset - shifted.truth.start) / DAY
            days[True] += (shifted.truth.end - shift.onset) / DAY
    assert (acts[True] / days[True]) / (acts[False] / days[False]) == pytest.approx(factor, rel=0.15)


def test_who_goes_dark_acts_no_more(shifted):
    dark = [shift for shift in shifted.truth.shifts if shift.turn == "dark"]
    assert len(dark) == 50
    for shift in dark:
        assert shift.acts == ()
        assert (shifted.events.time[rows_of(shifted, shift.members)] < shift.onset).all()


def test_a_new_mix_makes_half_of_the_acts_of_another_kind(shifted):
    joins = acts = 0
    for shift in shifted.truth.shifts:
        if shift.turn == "mix":
            rows = rows_of(shifted, shift.members)
            late = rows[shifted.events.time[rows] >= shift.onset]
            joins += int((shifted.events.kind[late] == KINDS.index("join")).sum())
            acts += len(shift.acts)
    assert joins / acts == pytest.approx(0.5, abs=0.05)


def test_each_stage_of_a_climb_raises_its_kind():
    world = make_world(load_scenario("climbs").with_(subjects=4_000, climbs=60, climb=0.4), seed=5)
    events = world.events
    stages = len(world.scenario.stages)
    shares = np.zeros((stages, stages))
    acts = np.zeros(stages)
    for climb in world.truth.climbs:
        rows = rows_of(world, climb.members)
        stage = (events.time[rows] - climb.onset) // int(climb.stage_days * DAY)
        for number in range(stages):
            here = rows[stage == number]
            acts[number] += len(np.unique(events.act[here]))
            for column, kind in enumerate(climb.stages):
                shares[number, column] += (events.kind[here] == KINDS.index(kind)).sum()
    shares /= acts[:, None]
    assert (shares.argmax(axis=0) == np.arange(stages)).all()
    assert np.diag(shares) == pytest.approx(0.4, abs=0.06)
