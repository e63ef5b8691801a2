"""Rarity: classes, exposure tick by tick, and chances equal their naive twins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence import rarity


def naive_tick_class(ticks: int) -> int:
    return min(ticks.bit_length() - 1, rarity.TICK_CLASSES - 1)


def naive_touch_class(count: int) -> int:
    return min(count.bit_length() - 1, rarity.TOUCH_CLASSES - 1)


def naive_chances(
    touches: rarity.I64, exposure: rarity.I64, clock: rarity.I64, sorts: rarity.I32
) -> rarity.F64:
    """Cell by cell: what landed and was exposed, drawn towards cells like it, these towards their ticks."""

    def over(landed: float, exposed: float) -> float:
        return min(landed / exposed, 1.0) if exposed > 0 else 1.0

    chance = np.empty(touches.shape)
    strata, places, ms, rs = touches.shape
    for k in range(strata):
        same_sort = [other for other in range(strata) if sorts[other] == sorts[k]]
        all_first = max(sum(int(clock[other].sum()) for other in same_sort), 1)
        circle_first = max(sum(int(clock[other, 1]) for other in same_sort), 1)
        for place in range(places):
            if place < rarity.UNPLACED:
                family, share = range(rarity.UNPLACED), clock[k, 1] / all_first
            elif place < rarity.INSIDE:
                family, share = range(rarity.UNPLACED, rarity.INSIDE), clock[k, 0] / all_first
            else:
                family, share = range(rarity.INSIDE, rarity.PLACES), clock[k, 1] / circle_first

            def landed(cells: list[tuple[int, int, int]], k: int = k) -> float:
                return float(sum(touches[k, *cell] for cell in cells))

            def exposed(cells: list[tuple[int, int, int]], k: int = k, share: float = share) -> float:
                return float(sum(exposure[sorts[k], *cell] for cell in cells)) * share / rarity.UNIT

            for r in range(rs):
                column = [(other, m, r) for other in family for m in range(ms)]
                top = over(landed(column) + 1.0, exposed(column))
                for m in range(ms):
                    alike = [(other, m, r) for other in family]
                    middle = (landed(alike) + rarity.DOUBT) / (exposed(alike) + rarity.DOUBT / top)
                    cell = [(place, m, r)]
                    own = (landed(cell) + rarity.DOUBT) / (exposed(cell) + rarity.DOUBT / middle)
                    chance[k, place, m, r] = min(own, 1.0)
    return chance


@given(st.integers(1, 2**40))
@settings(deadline=None)
def test_classes_double(value: int) -> None:
    assert rarity.tick_class(value) == naive_tick_class(value)
    assert rarity.touch_class(value) == naive_touch_class(value)


def test_few_circles_are_told_apart_and_many_are_one_class() -> None:
    assert [rarity.spread_class(n) for n in range(7)] == [0, 1, 2, 3, 3, 4, 4]
    assert rarity.UNPLACED == rarity.SPREADS == rarity.spread_class(10**6) + 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 300), st.integers(1, rarity.UNIT))
def test_exposure_is_booked_tick_by_tick(last: int, begin: int, end: int, weight: int) -> None:
    row = np.zeros(rarity.TICK_CLASSES, np.int64)
    rarity.book(row, last, begin, end, weight)
    twin = np.zeros(rarity.TICK_CLASSES, np.int64)
    for tick in range(max(begin, last) + 1, end + 1):
        twin[naive_tick_class(tick - last)] += weight
    assert row.tolist() == twin.tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=6))
def test_exposure_does_not_depend_on_when_it_is_booked(ticks: list[int]) -> None:
    borders = sorted(ticks)
    at_once, in_parts = np.zeros((2, rarity.TICK_CLASSES), np.int64)
    rarity.book(at_once, borders[0], borders[0], borders[-1], 3)
    for begin, end in pairwise(borders):
        rarity.book(in_parts, borders[0], begin, end, 3)
    assert at_once.tolist() == in_parts.tolist()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 2))
def test_chances_equal_their_naive_twin(seed: int, strata: int, sorts: int) -> None:
    rng = np.random.default_rng(seed)
    m, r = 3, 4
    touches = rng.integers(0, 6, (strata, rarity.PLACES, m, r)) * rng.integers(0, 2, (strata, 1, m, r))
    exposure = rng.integers(0, 10**6, (sorts, rarity.PLACES, m, r)) * rng.integers(0, 2, (sorts, 1, m, r))
    clock = rng.integers(0, 50, (strata, 3)) * rng.integers(0, 2, (strata, 3))
    sort_of = rng.integers(0, sorts, strata).astype(np.int32)
    found = rarity.chances(touches, exposure, clock, sort_of)
    np.testing.assert_allclose(found, naive_chances(touches, exposure, clock, sort_of), rtol=1e-9)
    assert (found > 0).all()
    assert (found <= 1).all()


def test_a_history_never_seen_is_as_usual() -> None:
    shape = (1, rarity.PLACES, rarity.TOUCH_CLASSES, rarity.TICK_CLASSES)
    nothing = np.zeros(shape, np.int64)
    chance = rarity.chances(nothing, nothing, np.zeros((1, 3), np.int64), np.zeros(1, np.int32))
    assert (chance == 1.0).all()


def test_much_seen_is_measured() -> None:
    shape = (1, rarity.PLACES, rarity.TOUCH_CLASSES, rarity.TICK_CLASSES)
    touches, exposure = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    touches[0, 0, 2, 3] = 10_000
    exposure[0, 0, 2, 3] = 40_000_000 * rarity.UNIT
    clock = np.array([[0, 1_000_000, 0]])
    chance = rarity.chances(touches, exposure, clock, np.zeros(1, np.int32))
    assert chance[0, 0, 2, 3] == pytest.approx(10_000 / 40_000_000, rel=1e-3)
