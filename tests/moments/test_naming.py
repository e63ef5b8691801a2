"""Naming: the weights of all groups together are at most one, so that the promise covers them all."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.moments.naming import BUSY, Prices, member_bits, naming_bits, size_bits

DAILY = st.lists(st.floats(0, 50), min_size=2, max_size=9)


@settings(max_examples=80, deadline=None)
@given(DAILY)
def test_the_weights_of_all_groups_sum_to_at_most_one(daily: list[float]) -> None:
    costs = member_bits(np.array(daily))
    total = sum(
        2.0 ** -naming_bits(np.array(group, np.int32), costs)
        for size in range(2, len(daily) + 1)
        for group in combinations(range(len(daily)), size)
    )
    assert total <= 1.0 + 1e-9


@settings(max_examples=80, deadline=None)
@given(DAILY)
def test_the_weights_of_all_subjects_sum_to_one(daily: list[float]) -> None:
    assert (2.0 ** -member_bits(np.array(daily))).sum() == pytest.approx(1.0)


def test_the_weights_of_all_sizes_sum_to_one() -> None:
    total = sum(2.0 ** -(size_bits(k) + math.log2(math.factorial(k))) for k in range(2, 150))
    assert total == pytest.approx(1.0, abs=0.01)
    assert size_bits(1) == 0.0


def test_nobody_costs_more_than_one_bit_above_an_even_share() -> None:
    costs = member_bits(np.array([0.0, 0.0, 1.0, 90.0]))
    assert costs.max() == pytest.approx(math.log2(4) + 1)


def test_whoever_acts_much_gains_nothing_by_acting_more() -> None:
    calm, busy, frantic = member_bits(np.array([BUSY / 3, BUSY, 100 * BUSY]))
    assert calm > busy == frantic


def test_a_pair_of_a_large_population_costs_about_thirty_bits() -> None:
    costs = member_bits(np.ones(46_000))
    assert naming_bits(np.array([3, 4_000], np.int32), costs) == pytest.approx(
        math.log2(math.comb(46_000, 2)) + 1, abs=0.01
    )


def test_nobody_watched_costs_nothing() -> None:
    assert member_bits(np.zeros(0)).size == 0


def test_subjects_that_never_act_cost_the_same() -> None:
    assert member_bits(np.zeros(8)).tolist() == [3.0] * 8


@settings(max_examples=60, deadline=None)
@given(DAILY, st.data())
def test_the_weights_sum_to_at_most_one_while_newcomers_come(daily: list[float], data: st.DataObject) -> None:
    size = len(daily)
    watched = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    prices = Prices.of(np.array(daily), watched)
    assert np.isinf(prices.bits[~watched]).all()
    more = np.concatenate([watched, np.ones(data.draw(st.integers(0, 3)), np.bool_)])
    later = prices.with_newcomers(more)
    assert np.isfinite(later.bits[more]).all()
    if prices.holds(more):
        assert (2.0 ** -later.bits[more]).sum() <= 1.0 + 1e-9


def test_a_crowd_of_newcomers_is_priced_anew() -> None:
    prices = Prices.of(np.ones(100), np.ones(100, np.bool_))
    assert prices.holds(np.ones(105, np.bool_))
    assert not prices.holds(np.ones(106, np.bool_))
