"""Trials: a group proposed from the past is tested on fresh acts only, and the test keeps its promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import GROUP, HOUR, START, SUBJECTS, scene_of, streams

from lapwing.evidence.restart import MODELS, RHO, STARTS, Trace, bits_of
from lapwing.evidence.whom import DAY, TAU, Acts, everyone, gather
from lapwing.moments.trials import LASTS, Trial, continued, proposed, shares

EVEN = tuple([-math.log2(MODELS)] * MODELS)
USUAL = (0.01,) * len(TAU)


def trial_of(members: set[int], usual: tuple[float, ...] = USUAL, at: int = START) -> Trial:
    return Trial(tuple(sorted(members)), at, usual, EVEN)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-60, 60), min_size=1, max_size=8))
def test_a_border_gives_out_its_mass_once(bits: list[float]) -> None:
    given_out = shares(bits)
    assert sum(given_out) == pytest.approx(1.0)
    assert given_out[int(np.argmax(bits))] == max(given_out)
    assert shares([]) == []


@settings(max_examples=100, deadline=None)
@given(
    streams(),
    st.lists(GROUP, min_size=1, max_size=4),
    st.integers(0, 60),
    st.sampled_from([1e-6, 1e-4, 1e-2]),
)
def test_trials_gain_what_the_acts_since_bring_and_nothing_else(
    acts: list[tuple[int, int, int]], groups: list[set[int]], first: int, chance: float
) -> None:
    scene = scene_of(acts, chance)
    first = min(first, scene.length)
    trials = [trial_of(group, at=scene.now) for group in groups]
    after = {trial.members: trial for trial in continued(trials, scene, first)}
    for trial in trials:
        members = np.array(trial.members, np.int32)
        sheet = gather(members, scene.found, scene.base, scene.last_own)
        all_acts = everyone(sheet)
        fresh = sheet.seq[all_acts.first] >= first if all_acts.time.size else np.zeros(0, np.bool_)
        expected = np.array(
            [
                bits_of(all_acts.gain[fresh], all_acts.offered[fresh], model, np.array(USUAL)).sum()
                for model in range(MODELS)
            ]
        ) + np.array(EVEN)
        if np.logaddexp2.reduce(expected) > -29:
            np.testing.assert_allclose(after[trial.members].evidence, expected, rtol=1e-9, atol=1e-9)
    assert (scene.inside == 0).all()


def test_a_trial_ends_when_it_was_not_proposed_again_or_is_lost() -> None:
    scene = scene_of([(30 + n, n % SUBJECTS, 100 + n) for n in range(60)], 1e-4)
    old = trial_of({1, 2}, at=scene.now - LASTS - 1)
    lost = Trial((3, 4), scene.now, USUAL, tuple([-31.0 - math.log2(MODELS)] * MODELS))
    fine = trial_of({5, 6}, at=scene.now - LASTS)
    left = continued([old, lost, fine], scene, 0)
    assert [trial.members for trial in left] == [(5, 6)]
    assert continued([], scene, 0) == []


def past(parts: list[float]) -> tuple[Trace, Acts]:
    """A past under which the models are as likely as these parts."""
    path = Trace(np.tile(np.log2(parts), (STARTS, 1)), np.full((STARTS, len(TAU)), 0.02), np.zeros(1))
    return path, Acts(
        np.array([START]),
        np.zeros((1, len(TAU))),
        np.ones((1, len(TAU))),
        np.zeros(1, np.bool_),
        np.zeros(1, np.int32),
    )


def test_a_proposal_is_worth_its_share_of_a_day_and_prefers_likely_models() -> None:
    members = np.array([1, 2], np.int32)
    path, acts = past([1.0] * (MODELS - 1) + [9.0])
    trial = proposed(None, members, path, acts, START, 1 / 24)
    assert trial.bits == pytest.approx(-math.log2(24))
    assert max(trial.evidence) == trial.evidence[-1]
    assert trial.usual == (0.02,) * len(TAU)
    again = proposed(trial, members, path, acts, START + HOUR, 1 / 24)
    assert again.bits == pytest.approx(-math.log2(12))
    assert again.proposed == START + HOUR


@pytest.mark.claim
def test_trials_pass_by_chance_no_more_often_than_their_evidence_says() -> None:
    """As usual, a context is followed with chance p whatever the group does: x = pi / p has mean 1."""
    rng, runs, acts = np.random.default_rng(1), 4_000, 30
    p, pi = 0.01, 0.4
    reached = 0
    for _ in range(runs):
        x = np.where(rng.random(acts) < p, pi / p, (1 - pi) / (1 - p))
        gain = np.repeat(x[:, None] - 1.0, len(TAU), axis=1)
        bits = np.array(
            [bits_of(gain, np.ones_like(gain), model, np.array(USUAL)) for model in range(MODELS)]
        )
        best = np.logaddexp2.reduce(bits.cumsum(axis=1) - math.log2(MODELS), axis=0).max()
        reached += best >= 3
    assert reached / runs <= 2**-3 + 2 * math.sqrt(2**-3 / runs)
    assert reached > 0
    assert RHO.size * TAU.size == MODELS
    assert DAY == 24 * HOUR
