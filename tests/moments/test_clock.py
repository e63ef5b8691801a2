"""The clock of the population: it keeps its pace for months, whoever comes and leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from lapwing.moments.clock import Clock

WEEK = 28
SUBJECTS = 4_000
Rates = Callable[[int], NDArray[np.float64]]
EVERYBODY = np.ones(SUBJECTS, np.bool_)


@dataclass
class Watched:
    """Subjects, and the clock that they tell."""

    clock: Clock = field(default_factory=lambda: Clock(WEEK))
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(4))

    def __post_init__(self) -> None:
        self.clock.widen(SUBJECTS)

    def train(self, rates: NDArray[np.float64]) -> None:
        counts = self.rng.poisson(rates[:, None], (SUBJECTS, WEEK)).astype(np.int32)
        self.clock.train(counts, np.ones((SUBJECTS, WEEK), np.bool_), np.zeros(WEEK))

    def bins(self, number: int, rates: Rates) -> list[float]:
        drawn = (self.rng.poisson(rates(at)).astype(np.int32) for at in range(number))
        return [self.clock.tell(counts, 0, EVERYBODY) for counts in drawn]


def steady() -> NDArray[np.float64]:
    return np.random.default_rng(1).lognormal(-1.5, 1.5, SUBJECTS)


def test_the_pace_is_kept_for_a_year() -> None:
    watched, rates = Watched(), steady()
    watched.train(rates)
    told = watched.bins(52 * WEEK, lambda at: rates)
    assert np.mean(told[-4 * WEEK :]) == pytest.approx(1.0, abs=0.15)
    assert watched.clock.pace == pytest.approx(1.0, abs=0.15)


def test_who_leaves_and_who_comes_changes_nothing() -> None:
    clock, rates = Clock(WEEK), steady()
    clock.widen(SUBJECTS)
    rng = np.random.default_rng(2)
    end = 30 * WEEK
    began = rng.integers(-40 * WEEK, end, SUBJECTS)
    left = began + rng.integers(20 * WEEK, 60 * WEEK, SUBJECTS)
    present = (began[:, None] <= np.arange(-WEEK, end)) & (np.arange(-WEEK, end) < left[:, None])
    counts = rng.poisson(rates[:, None] * present).astype(np.int32)
    acted = np.cumsum(counts > 0, axis=1) > 0
    awake = np.concatenate([np.zeros((SUBJECTS, 1), np.bool_), acted[:, :-1]], axis=1)
    clock.train(counts[:, :WEEK], awake[:, :WEEK], np.zeros(WEEK))
    told = [clock.tell(counts[:, at], 0, awake[:, at]) for at in range(WEEK, counts.shape[1])]
    assert np.mean(told[-4 * WEEK :]) == pytest.approx(np.mean(told[4 * WEEK : 8 * WEEK]), rel=0.15)


def test_what_all_do_twice_as_often_is_twice_the_time_at_once_and_for_good() -> None:
    watched, rates = Watched(), steady()
    watched.train(rates)
    told = watched.bins(20 * WEEK, lambda at: rates * (1.0 if at < 6 * WEEK else 2.0))
    before = np.mean(told[3 * WEEK : 6 * WEEK])
    assert np.mean(told[6 * WEEK : 7 * WEEK]) == pytest.approx(2.0 * before, rel=0.15)
    assert np.mean(told[-4 * WEEK :]) == pytest.approx(2.0 * before, rel=0.15)


def test_after_weeks_in_which_nothing_was_recorded_the_pace_is_what_it_was() -> None:
    watched, rates = Watched(), steady()
    watched.train(rates)
    out = range(6 * WEEK, 9 * WEEK)
    told = watched.bins(20 * WEEK, lambda at: rates * (at not in out))
    assert np.mean(told[out.start : out.stop]) == 0.0
    assert np.mean(told[-4 * WEEK :]) == pytest.approx(np.mean(told[3 * WEEK : 6 * WEEK]), rel=0.15)


def test_only_those_who_are_known_tell_it() -> None:
    clock = Clock(WEEK)
    clock.widen(2)
    exposed = np.array([[True] * WEEK, [False] * 20 + [True] * 8])
    clock.train(np.where(exposed, 3, 0).astype(np.int32), exposed, np.zeros(WEEK))
    assert clock.tell(np.array([6, 400], np.int32), 0, np.array([True, True])) == pytest.approx(2.0)


def test_it_goes_on_from_its_state() -> None:
    watched, rates = Watched(), steady()
    watched.train(rates)
    watched.bins(4 * WEEK + 5, lambda at: rates)
    again = Clock(WEEK)
    arrays = {name: array.copy() for name, array in watched.clock.arrays().items()}
    again.restore(arrays, json.loads(json.dumps(watched.clock.plain())))
    counts = np.arange(SUBJECTS, dtype=np.int32)
    for _ in range(2 * WEEK):
        assert again.tell(counts, 3, EVERYBODY) == watched.clock.tell(counts, 3, EVERYBODY)
