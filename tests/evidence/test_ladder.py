"""Ladder: climbs are found and placed, weak kinds never decide, and "as usual" keeps the promise."""

from __future__ import annotations

import itertools
import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lapwing.evidence import ladder, what

F64 = NDArray[np.float64]

KINDS = 6
"""Kind 0 is weak and everyday, 1 to 4 belong to the four stages, 5 is weak and belongs to the second
stage."""
RUNGS = ladder.Rungs(
    weights=np.array(
        [
            [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.5, 0.0, 0.0, 0.5],
            [0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        ]
    ),
    days=np.array([20.0, 10.0, 30.0, 20.0]),
    enters=np.array([0.55, 0.2, 0.15, 0.1]),
    weak=np.array([True, False, False, False, False, True]),
    half_life=90.0,
)


def step_matrix(rungs: ladder.Rungs, days: float) -> tuple[F64, F64]:
    """Where mass goes and what comes in over ``days``, as a matrix and a vector, by whole substeps."""
    stages = len(rungs.days)
    steps = min(max(math.ceil(days / rungs.days.min()), 1), stages)
    part = days / steps
    move = np.zeros((stages, stages))
    for s in range(stages):
        leave = 1.0 - math.exp(-part / rungs.days[s]) if s + 1 < stages else 0.0
        move[s, s] = 1.0 - leave
        if s + 1 < stages:
            move[s, s + 1] = leave
    move *= 2.0 ** (-part / rungs.half_life)
    carried, fresh = np.eye(stages), np.zeros(stages)
    for _ in range(steps):
        fresh = (fresh + part * rungs.enters) @ move
        carried = carried @ move
    return carried, fresh


def naive(
    rungs: ladder.Rungs, kinds: list[int], chance: list[float], times: list[int]
) -> tuple[list[float], list[float]]:
    """log2 R and bits of every act of one unit: matrices, one after the other."""
    v = np.zeros((len(ladder.EPS), len(rungs.days)))
    run, credit, strong = 1.0, 0.0, 0.0
    log2_r, bits = [], []
    for act, kind in enumerate(kinds):
        days = (times[act] - times[act - 1]) / ladder.DAY if act else 0.0
        if days > 0.0:
            carried, fresh = step_matrix(rungs, days)
            v = v @ carried + fresh / len(ladder.EPS)
            run *= 2.0 ** (-days / rungs.half_life)
        if run <= 1.0:
            run, credit, strong = 1.0, 0.0, 0.0
        before = v.sum()
        lift = np.minimum(rungs.weights[:, kind] / chance[act], 2.0**ladder.CAP)
        v = v * (1.0 - ladder.EPS[:, None] + ladder.EPS[:, None] * lift)
        brought = math.log2(v.sum() / before) if before > 0 else 0.0
        if brought > 0 and rungs.weak[kind]:
            allowed = min(brought, credit)
            credit -= allowed
            v = v * 2.0 ** (allowed - brought)
            brought = allowed
        elif brought > 0:
            credit, strong = credit + brought, strong + brought
        run *= 2.0**brought
        log2_r.append(math.log2(v.sum()) if strong > 0 and v.sum() > 0 else -math.inf)
        bits.append(brought)
    return log2_r, bits


acts = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(0, KINDS - 1), st.floats(0.001, 1.0), st.integers(0, 80 * ladder.DAY)
    ),
    min_size=1,
    max_size=30,
)


@given(rows=acts)
@settings(max_examples=100, deadline=None)
def test_kernel_equals_its_naive_twin(rows: list[tuple[int, int, float, int]]) -> None:
    who, kinds = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    chance, times = np.array([row[2] for row in rows]), np.cumsum([row[3] for row in rows])
    _, step = ladder.update(ladder.start(2, RUNGS), RUNGS, who, kinds, chance, times)
    for i in range(2):
        mine = who == i
        log2_r, bits = naive(RUNGS, kinds[mine].tolist(), chance[mine].tolist(), times[mine].tolist())
        assert np.allclose(step.log2_r[mine], log2_r, atol=1e-6)
        assert np.allclose(step.bits[mine], bits, atol=1e-6)


def test_the_forward_algorithm_sums_over_every_path() -> None:
    """Strong kinds only, short gaps: the sum over all starts and all paths of stages, written out."""
    rungs = replace(RUNGS, weak=np.zeros(KINDS, bool))
    kinds, chance, gap = [1, 2, 1, 3, 4], [0.1, 0.05, 0.2, 0.01, 0.02], 4.0
    state, _ = ladder.update(
        ladder.start(1, rungs), rungs, np.zeros(5, int), kinds, chance, np.arange(5) * int(gap * ladder.DAY)
    )
    stages, total = len(rungs.days), 0.0
    stay = np.exp(-gap / rungs.days)
    stay[-1] = 1.0
    fade = 2.0 ** (-gap / rungs.half_life)
    for eps in ladder.EPS:
        for begin in range(1, 5):  # the gap in which the climb began
            for path in itertools.product(range(stages), repeat=6 - begin):
                chance_of_path = gap * rungs.enters[path[0]] / len(ladder.EPS)
                for act, (stage, following) in enumerate(itertools.pairwise(path), start=begin):
                    if following == stage:
                        chance_of_path *= stay[stage]
                    elif following == stage + 1:
                        chance_of_path *= 1.0 - stay[stage]
                    else:
                        chance_of_path = 0.0
                    lift = rungs.weights[following, kinds[act]] / chance[act]
                    chance_of_path *= fade * (1.0 - eps + eps * lift)
                total += chance_of_path
    assert state.v.sum() == pytest.approx(total)


@given(rows=acts, cut=st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_cutting_the_acts_into_batches_changes_nothing(
    rows: list[tuple[int, int, float, int]], cut: int
) -> None:
    who, kinds = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    chance, times = np.array([row[2] for row in rows]), np.cumsum([row[3] for row in rows])
    whole, step = ladder.update(ladder.start(2, RUNGS), RUNGS, who, kinds, chance, times)
    begun = ladder.start(2, RUNGS)
    half, one = ladder.update(begun, RUNGS, who[:cut], kinds[:cut], chance[:cut], times[:cut])
    full, two = ladder.update(half, RUNGS, who[cut:], kinds[cut:], chance[cut:], times[cut:])
    assert not begun.v.any()
    assert np.array_equal(step.log2_r, np.concatenate([one.log2_r, two.log2_r]))
    for field in fields(ladder.State):
        assert np.array_equal(getattr(whole, field.name), getattr(full, field.name)), field.name


@given(rows=acts)
@settings(max_examples=50, deadline=None)
def test_weak_kinds_add_no_more_than_strong_kinds_brought(rows: list[tuple[int, int, float, int]]) -> None:
    kinds, chance = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    times = np.cumsum([row[3] for row in rows])
    _, step = ladder.update(ladder.start(1, RUNGS), RUNGS, np.zeros(len(rows), int), kinds, chance, times)
    gained = np.maximum(step.bits, 0.0)
    weak = RUNGS.weak[kinds]
    assert np.all(np.cumsum(gained * weak) <= np.cumsum(gained * ~weak) + 1e-9)
    assert np.all(step.withheld[~weak] == 0.0)


def test_weak_kinds_alone_are_never_a_moment() -> None:
    """A year of nothing but weak kinds of a stage, each of them rare for this subject."""
    times = np.arange(365) * ladder.DAY
    _, step = ladder.update(
        ladder.start(1, RUNGS), RUNGS, np.zeros(365, int), np.full(365, 5), np.full(365, 0.001), times
    )
    assert np.all(step.log2_r == -math.inf)
    assert step.withheld.sum() > 1000.0


def test_routine_of_a_member_brings_nothing() -> None:
    """Who orders things every day does not climb by ordering things."""
    times = np.arange(200) * ladder.DAY
    kinds = np.full(200, 3)
    _, seen = what.update(
        what.start(1, KINDS), what.Population(np.full(KINDS, 0.2)), np.zeros(200, int), kinds, times
    )
    _, step = ladder.update(ladder.start(1, RUNGS), RUNGS, np.zeros(200, int), kinds, seen.chance, times)
    assert np.all(step.bits[60:] < 0.05)


def climb() -> tuple[list[int], F64, NDArray[np.int64]]:
    kinds = [0, 0, 1, 0, 1, 0, 2, 0, 2, 0, 3, 0, 3, 3]
    chance = np.where(np.array(kinds) == 0, 0.95, 0.01)
    return kinds, chance, np.arange(14) * 4 * ladder.DAY


def test_the_stage_now_since_when_and_what_comes_next() -> None:
    kinds, chance, times = climb()
    state, step = ladder.update(ladder.start(1, RUNGS), RUNGS, np.zeros(14, int), kinds, chance, times)
    reading = ladder.read(state, RUNGS)
    assert step.log2_r[-1] > 15.0
    assert reading.stage[0] == 2
    assert reading.stages[0].sum() == pytest.approx(1.0)
    assert reading.stages[0, 2] > 0.9
    assert (
        32 <= reading.since[0, 2] / ladder.DAY <= 40
    )  # between the last act of stage 1 and the first of stage 2
    assert reading.onset[0] == 8 * ladder.DAY
    assert reading.bits[0] > 15.0
    assert reading.following[0].sum() == pytest.approx(1.0)
    assert reading.following[0, 3] > 0.5
    assert reading.expected[0].sum() == pytest.approx(1.0)
    assert int(np.argmax(reading.expected[0])) == 4


def test_everyday_acts_speak_against_a_climb() -> None:
    kinds, chance, times = climb()
    state, step = ladder.update(ladder.start(1, RUNGS), RUNGS, np.zeros(14, int), kinds, chance, times)
    later = times[-1] + (1 + np.arange(30)) * ladder.DAY
    _, after = ladder.update(state, RUNGS, np.zeros(30, int), np.zeros(30, int), np.full(30, 0.95), later)
    assert np.all(after.bits < 0.0)
    assert after.log2_r[-1] < step.log2_r[-1] - 3.0


def test_evidence_fades_with_its_half_life() -> None:
    kinds, chance, times = climb()
    state, step = ladder.update(ladder.start(1, RUNGS), RUNGS, np.zeros(14, int), kinds, chance, times)
    _, late = ladder.update(state, RUNGS, [0], [0], [1.0], [times[-1] + 900 * ladder.DAY])
    assert late.log2_r[0] == pytest.approx(step.log2_r[-1] - 10.0, abs=1.0)


def test_a_climb_backwards_is_weaker_evidence() -> None:
    """The same acts in the opposite order do not climb."""
    kinds, chance, times = climb()
    _, up = ladder.update(ladder.start(1, RUNGS), RUNGS, np.zeros(14, int), kinds, chance, times)
    _, down = ladder.update(
        ladder.start(1, RUNGS), RUNGS, np.zeros(14, int), kinds[::-1], chance[::-1], times
    )
    assert up.log2_r[-1] > down.log2_r[-1] + 3.0


def test_new_units_start_with_nothing_known() -> None:
    state, _ = ladder.update(ladder.start(1, RUNGS), RUNGS, [0], [1], [0.1], [ladder.DAY])
    grown = ladder.grow(state, 3, RUNGS)
    assert grown.acts.tolist() == [1, 0, 0]
    assert grown.v.shape == (3, len(ladder.EPS), 4)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            ([0], [1, 2], [0.1], [0]),
            "units, kinds, chance and times must be of one length, not (1,), (2,), (1,), (1,)",
        ),
        (([1], [0], [0.1], [0]), "unit numbers must be from 0 to 0"),
        (([0], [6], [0.1], [0]), "kind numbers must be from 0 to 5"),
        (([0], [0], [0.0], [0]), "a chance must be above 0 and at most 1"),
    ],
)
def test_errors_say_what_is_wrong(columns: tuple[list[float], ...], message: str) -> None:
    with pytest.raises(ValueError) as error:
        ladder.update(ladder.start(1, RUNGS), RUNGS, *columns)
    assert str(error.value) == message


@pytest.mark.claim
@pytest.mark.parametrize("repeat", [0.0, 0.5], ids=["fresh draws", "runs"])
@pytest.mark.parametrize("history", [10, 50, 200])
def test_false_alarms_by_day_t_are_at_most_t_in_a(history: int, repeat: float) -> None:
    """Nobody climbs; every subject keeps its own mix, in which the stages' kinds are rare for most."""
    rng = np.random.default_rng(history)
    subjects, monitored, level = 4000, 200, 200.0
    mixes = rng.dirichlet(np.array([3.0, 0.3, 0.2, 0.1, 0.05, 1.0]), subjects).cumsum(axis=1)
    bins = history + monitored
    kinds = np.zeros((bins, subjects), np.int64)
    for t in range(bins):
        fresh = (rng.random((subjects, 1)) > mixes).sum(axis=1).clip(0, KINDS - 1)
        again = (rng.random(subjects) < repeat) & (t > 0)
        kinds[t] = np.where(again, kinds[t - 1], fresh)
    who = np.tile(np.arange(subjects), bins)
    times = np.repeat(np.arange(bins), subjects) * ladder.DAY
    past = history * subjects
    population = what.learn(who[:past], kinds.ravel()[:past], KINDS)
    _, seen = what.update(what.start(subjects, KINDS), population, who, kinds.ravel(), times)
    later = slice(past, None)
    rungs = replace(RUNGS, half_life=1e6, weak=np.zeros(KINDS, bool))  # nothing that would make it easier
    _, step = ladder.update(
        ladder.start(subjects, rungs),
        rungs,
        who[later],
        kinds.ravel()[later],
        seen.chance[later],
        times[later],
    )
    alarm = step.log2_r.reshape(monitored, subjects) >= math.log2(level)
    first = np.where(alarm.any(axis=0), alarm.argmax(axis=0) + 1, 10**9)
    for t in (3, 10, 30, 100, 200):
        promised = min(t / level, 1.0)
        allowed = promised + 3.1 * math.sqrt(promised * (1.0 - promised) / subjects)
        assert np.mean(first <= t) <= allowed
