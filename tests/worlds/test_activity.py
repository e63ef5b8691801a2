"""When people act: the rhythm, the log-normal, bursts, bots, and accounts that end."""

import numpy as np
import pytest

from lapwing.worlds.account import accounts
from lapwing.worlds.activity import DAY, START, acts
from lapwing.worlds.scenario import load_scenario
from lapwing.worlds.world import make_world


def test_evenings_are_busier_than_nights_and_weekends_quieter():
    scenario = load_scenario("plain").with_(days=28.0)
    time, _ = acts(np.full(1_000, 5.0), scenario, np.random.default_rng(1))
    hour = (time - START) % DAY // 3600
    weekday = (time - START) // DAY % 7
    assert (hour == 19).sum() > 3 * (hour == 7).sum()
    assert ((weekday >= 5).sum() / 2) / ((weekday < 5).sum() / 5) == pytest.approx(0.85, rel=0.03)


def test_bursts_leave_the_rate_and_raise_the_variance():
    calm = load_scenario("plain").with_(days=30.0, rhythm=0.0, weekend=1.0)
    bursty = calm.with_(excitation=0.6)
    counts = []
    for scenario in (calm, bursty):
        time, subject = acts(np.full(500, 4.0), scenario, np.random.default_rng(2))
        per_hour = np.bincount(subject * 720 + (time - START) // 3600, minlength=500 * 720)
        counts.append((per_hour.mean(), per_hour.var() / per_hour.mean()))
    assert counts[1][0] == pytest.approx(counts[0][0], rel=0.05)
    assert counts[0][1] == pytest.approx(1.0, abs=0.05)
    # A Hawkes process has variance over mean 1 / (1 - 0.6)^2 = 6.25 in the long run, less within an hour.
    assert counts[1][1] > 2.5


def test_activity_at_full_scale_fits_the_figures_of_the_network():
    scenario = load_scenario("tastes-null").with_(events=load_scenario("origin").events, cells=0)
    world = make_world(scenario, seed=1, subjects=10_000, days=10.0)
    first = np.unique(world.events.act, return_index=True)[1]
    per_day = np.bincount(world.events.subject[first], minlength=10_000) / 10.0
    assert per_day.mean() == pytest.approx(7.2, rel=0.15)
    assert (per_day < 1).mean() == pytest.approx(0.40, abs=0.06)
    assert (per_day < 5).mean() == pytest.approx(0.69, abs=0.06)
    assert (per_day > 50).mean() == pytest.approx(0.023, abs=0.015)


def test_suspension_and_return_are_as_frequent_as_asked_for():
    people, rng = 20_000, np.random.default_rng(3)
    person = np.repeat(np.arange(people, dtype=np.int32), 60)
    time = START + np.tile(np.linspace(0, 120 * DAY - 1, 60).astype(np.int64), people)
    hazard = np.full(people, -np.log(1 - 0.034) / 120)
    account, owner, ends = accounts(time, person, hazard, np.full(people, 0.2), 120.0, rng)
    last = account.reshape(people, 60)[:, -1]
    returned = len(owner) - people
    ended = int((last != np.arange(people)).sum())
    assert ended / people == pytest.approx(0.034, abs=0.005)
    assert returned / ended == pytest.approx(0.2, abs=0.06)
    assert int((ends[:people] < time[-1]).sum()) == ended
    known = account >= 0
    assert np.array_equal(owner[account[known]], person[known])


def test_nobody_acts_between_the_end_of_an_account_and_the_return():
    person = np.zeros(2_000, np.int32)
    time = START + np.arange(2_000, dtype=np.int64) * 1_000
    account, owner, ends = accounts(
        time, person, np.array([0.2]), np.array([1.0]), 25.0, np.random.default_rng(4)
    )
    for number in range(len(owner)):
        assert (time[account == number] < ends[number]).all()
    seen = [number for number in dict.fromkeys(account.tolist()) if number >= 0]
    assert seen == sorted(seen)
    assert len(seen) > 2
    assert set(owner.tolist()) == {0}
    assert (account == -1).any()


def test_bots_act_all_night_and_take_part_in_nothing():
    world = make_world("viral", seed=1, subjects=3_000, days=10.0)
    per_day = np.bincount(world.events.subject, minlength=3_000) / 10.0
    assert (per_day > 40).sum() >= 50
