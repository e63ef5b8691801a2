"""Trials: a group proposed from the past is tested on fresh acts only, and the test keeps its promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence.whom import CAP, DAY, RHO, TAU, Trace
from lapwing.moments.trials import EACH_BORDER, Trial, fresh_bits

HOUR = DAY // 24
MODELS = len(TAU) * len(RHO)
EVEN = tuple([1.0 / MODELS] * MODELS)


def path_of(gain: list[list[float]]) -> Trace:
    """A trace of which the trial reads the gains only."""
    acts = len(gain)
    return Trace(
        0.0, np.zeros((1, MODELS)), np.zeros((1, len(TAU))), np.zeros(acts),
        np.array(gain, float).reshape(-1, len(TAU)), np.arange(acts + 1), np.ones(acts, np.bool_),
    )  # fmt: skip


GAIN = st.floats(-1, 1e6)
GAINS = st.lists(st.lists(GAIN, min_size=len(TAU), max_size=len(TAU)), max_size=12)
WEIGHTS = st.lists(st.floats(0.01, 1), min_size=MODELS, max_size=MODELS)
USUAL = st.lists(st.floats(0, 0.3), min_size=len(TAU), max_size=len(TAU))


@settings(max_examples=80, deadline=None)
@given(GAINS, WEIGHTS, USUAL, st.integers(0, 12))
def test_the_evidence_of_a_trial_equals_its_naive_twin(
    gains: list[list[float]], weights: list[float], usual: list[float], old: int
) -> None:
    models = [weight / sum(weights) for weight in weights]
    trial = Trial((1, 2), start=old * HOUR, models=tuple(models), usual=tuple(usual))
    total = 0.0
    for t in range(len(TAU)):
        for k, rho in enumerate(RHO):
            product = models[t * len(RHO) + k]
            for act, gain in enumerate(gains):
                if act >= old:
                    u = 1.0 + sum(c * g for c, g in zip(usual, gain, strict=True))
                    product *= min(1.0 + rho * ((gain[t] + 1.0) / u - 1.0), 2.0**CAP)
            total += product
    found = fresh_bits(trial, path_of(gains), np.arange(len(gains)) * HOUR, HOUR)
    assert found == pytest.approx(math.log2(total) - math.log2(24 * EACH_BORDER), rel=1e-9, abs=1e-8)


def test_what_lies_before_the_start_says_nothing() -> None:
    loud, nothing = [[1e4] * len(TAU)] * 5, [0.0] * len(TAU)
    trial = Trial((1, 2), start=5 * HOUR, models=EVEN, usual=tuple(nothing))
    assert fresh_bits(trial, path_of(loud), np.arange(5) * HOUR, HOUR) == pytest.approx(
        -math.log2(24 * EACH_BORDER)
    )


def test_more_borders_a_day_make_a_proposal_dearer() -> None:
    trial = Trial((1, 2), start=0, models=EVEN, usual=(0.0,) * len(TAU))
    path, times = path_of([[100.0] * len(TAU)]), np.zeros(1, np.int64)
    hourly, often = (fresh_bits(trial, path, times, border) for border in (HOUR, HOUR // 4))
    assert hourly - often == pytest.approx(2.0)


@pytest.mark.claim
def test_trials_pass_by_chance_no_more_often_than_their_evidence_says() -> None:
    """As usual, a context is followed with chance p whatever the group does: x = pi / p has mean 1."""
    rng, runs, acts = np.random.default_rng(1), 4_000, 30
    p, pi = 0.01, 0.4
    trial = Trial((1, 2), start=0, models=EVEN, usual=(0.01,) * len(TAU))
    reached = 0
    for _ in range(runs):
        x = np.where(rng.random(acts) < p, pi / p, (1 - pi) / (1 - p))
        gain = np.repeat(x[:, None] - 1.0, len(TAU), axis=1)
        best = (
            max(
                fresh_bits(trial, path_of(gain[: n + 1].tolist()), np.zeros(n + 1, np.int64), HOUR)
                for n in np.flatnonzero(x > 1)
            )
            if (x > 1).any()
            else -99.0
        )
        reached += best + math.log2(24 * EACH_BORDER) >= 3
    assert reached / runs <= 2**-3 + 2 * math.sqrt(2**-3 / runs)
    assert reached > 0
