"""Groups that began in the same hours: the promise, who is in them, and when they are one moment rather than many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from lapwing.evidence.touches import Background, new_touches
from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border
from lapwing.moments.common_ground import bits_for_one, ground_of
from lapwing.moments.conduct import Conduct
from lapwing.moments.shared_start import _able, _began_together, _starts, evidence_of, groups_of
from lapwing.moments.weak_kinds import WeakKinds

F64 = NDArray[np.float64]
ALONE = frozenset({"whom", "ladder"})
"""Shifts are the only way in which something is raised: nothing of the budget is for others."""
BIN = DAY // 4


class Told:
    """What `when` and `what` brought, bin by bin, in place of a population's conduct."""

    bin, mass = BIN, 0.25

    def __init__(self, when: F64, what: F64) -> None:
        self.when, self.what = when, what

    def bits_by_bin(self, subjects: NDArray[np.int32]) -> tuple[NDArray[np.int64], F64, F64]:
        return np.arange(self.when.shape[1]) * BIN, self.when[subjects].copy(), self.what[subjects].copy()

    def log2_r(self) -> F64:
        both = self.when + self.what
        paths = np.full((3, self.when.shape[0]), -np.inf)
        for part, bits in enumerate((self.when, self.what, both)):
            for at in range(bits.shape[1]):
                paths[part] = np.logaddexp2(paths[part], -2.0) + bits[:, at]
        mean: F64 = np.logaddexp2.reduce(paths, axis=0) - math.log2(3)
        return mean


def conduct(when: F64, what: F64 | None = None) -> Conduct:
    return cast(Conduct, Told(when, np.zeros(when.shape) if what is None else what))


def border(
    subjects: int,
    budget: float,
    circles: NDArray[np.int32] | None = None,
    touched: Sequence[tuple[int, int]] = (),
    strata: Sequence[int] | None = None,
    behind: Sequence[int] = (),
) -> Border:
    """Where touches, as (subject, context), were one microsecond apart; ``behind`` are contexts that background
    touched, one after the other as well."""
    found, last_own = new_touches(len(touched)), np.full(subjects, -1, np.int64)
    keys = np.array(behind, np.int64)
    background = Background(np.arange(1, keys.size + 1), keys, np.zeros(keys.size, np.int16), keys.size, 0)
    for at, (subject, context) in enumerate(touched):
        found.time[at], found.subject[at], found.context[at] = at + 1, subject, context
        found.own[at] = at - last_own[subject] if last_own[subject] >= 0 else 0
        last_own[subject] = at
    if strata is not None:
        found.stratum[:] = strata
    scene = SimpleNamespace(
        costs=np.full(subjects, math.log2(subjects)),
        found=found,
        base=0,
        length=len(touched),
        background=background,
        last_own=last_own,
        now=40 * BIN,
    )
    known = np.full(subjects, -1, np.int32) if circles is None else circles
    return Border(
        cast(Any, scene),
        math.log2(budget),
        [],
        known,
        WeakKinds(np.zeros(1, np.bool_), np.zeros(1, np.bool_)),
    )


def ratios(rng: np.random.Generator, shape: tuple[int, int], faster: float = 1.0) -> F64:
    """Bits for twice the rate, of Poisson counts of 2 a bin as usual."""
    return rng.poisson(2.0 * faster, shape) - 2.0 / math.log(2.0)


@pytest.mark.parametrize("budget", [40.0, 160.0])
def test_where_nobody_changes_no_more_than_a_share_of_runs_raises_a_group(budget: float) -> None:
    runs, bins, subjects = 300, 40, 24
    there = border(subjects, budget)
    alarms = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        when, what = ratios(rng, (subjects, bins)), ratios(rng, (subjects, bins))
        for now in range(4, bins + 1, 4):
            so_far = conduct(when[:, :now], what[:, :now])
            groups = groups_of(so_far, there, ALONE)
            evidence = [(group, evidence_of(so_far, group, there, ALONE)) for group in groups]
            if any(
                one is not None and one.net(group, there, ALONE) >= there.threshold for group, one in evidence
            ):
                alarms += 1
                break
    promised = bins * 0.25 / budget
    assert alarms / runs <= promised + 3.0 * math.sqrt(promised / runs)


def test_who_began_together_is_a_group_and_who_began_on_another_day_is_not() -> None:
    rng = np.random.default_rng(1)
    when = ratios(rng, (60, 40))
    when[5:11, 30:] = ratios(rng, (6, 10), faster=4.0)
    when[20, 14:] = ratios(rng, (1, 26), faster=4.0)
    groups = groups_of(conduct(when), border(60, 30.0), ALONE)
    assert groups
    assert set(groups[0].tolist()) <= set(range(5, 11))
    assert groups[0].size >= 4
    assert all(20 not in group.tolist() for group in groups)


def test_evidence_of_a_group_adds_up_over_its_members_and_pays_for_their_names() -> None:
    when = np.zeros((8, 12))
    when[:2, 8:] = 3.0
    there = border(8, 30.0)
    pair = np.array([0, 1], np.int32)
    shared = evidence_of(conduct(when), pair, there, ALONE)
    assert shared is not None
    assert shared.when == pytest.approx(math.log2(0.25 * (9 * 2.0**24 + 2.0**18 + 2.0**12 + 2.0**6)))
    assert shared.what == pytest.approx(math.log2(0.25 * 12))
    assert shared.onset == 8 * BIN
    assert shared.net(pair, there, ALONE) == pytest.approx(shared.whole - 2 * 3.0 - 0.0 - 1.0)


def test_a_circle_is_common_ground_and_the_more_so_the_smaller_it_is() -> None:
    circles = np.full(1000, -1, np.int32)
    circles[:10], circles[500:900] = 3, 4
    there = border(1000, 30.0, circles)
    small = ground_of(np.arange(5, dtype=np.int32), 0, there)
    large = ground_of(np.arange(500, 505, dtype=np.int32), 0, there)
    assert small.bits > large.bits > 0.0
    assert small.sharing.all()
    assert ground_of(np.array([1, 600, 950], np.int32), 0, there).bits == 0.0


def test_a_rare_context_is_common_ground_and_one_that_everybody_took_up_is_not() -> None:
    rng = np.random.default_rng(3)
    subjects, each = 200, 10
    who = np.repeat(np.arange(subjects), each + 1)
    context = rng.integers(1000, 100_000, who.size)
    context[:: each + 1] = 7  # all of them
    context[1 : 5 * (each + 1) : each + 1] = 8  # the first five
    order = rng.permutation(who.size)
    touched = list(zip(who[order].tolist(), context[order].tolist(), strict=True))
    there = border(subjects, 30.0, touched=touched)
    five = ground_of(np.arange(5, dtype=np.int32), 0, there)
    assert five.bits > 8.0
    assert five.sharing.all()
    assert ground_of(np.arange(50, 55, dtype=np.int32), 0, there).bits < 3.0


def test_what_background_took_up_since_is_no_common_ground() -> None:
    rng = np.random.default_rng(4)
    touched = [(who, 8) for who in range(5)]
    who, what = rng.integers(5, 200, 6000), rng.integers(1000, 9000, 6000)
    touched += list(zip(who.tolist(), what.tolist(), strict=True))
    five = np.arange(5, dtype=np.int32)
    elsewhere = rng.integers(1000, 9000, 1000).tolist()
    assert ground_of(five, 0, border(200, 30.0, touched=touched, behind=elsewhere)).bits > 8.0
    there = border(200, 30.0, touched=touched, behind=[8] * 5000 + elsewhere)
    assert ground_of(five, 0, there).bits < 5.0
    there = border(200, 30.0, touched=touched[::-1], behind=[8] * 5000 + elsewhere)
    assert ground_of(five, 5_001, there).bits > 8.0, "what it took up before the onset counts for nothing"


def test_who_began_to_do_a_rare_kind_meets_others_who_do_by_that_alone() -> None:
    rng = np.random.default_rng(5)
    subjects, each = 200, 20
    who = np.repeat(np.arange(subjects), each)
    stratum = np.zeros(who.size, np.int16)
    stratum[: 12 * each : 4] = 1  # a dozen who do some of a rare kind, for which there are few places
    context = np.where(stratum == 1, rng.integers(1, 7, who.size), rng.integers(1000, 100_000, who.size))
    touched = list(zip(who.tolist(), context.tolist(), strict=True))
    there = border(subjects, 30.0, touched=touched, strata=stratum.tolist())
    blind = border(subjects, 30.0, touched=touched)
    group = np.arange(8, dtype=np.int32)
    assert ground_of(group, 0, blind).bits > 10.0
    assert ground_of(group, 0, there).bits < 3.0


def test_where_many_shift_by_themselves_few_who_began_together_are_no_moment() -> None:
    calm, busy, groups = 1 / 60, 0.5, 1 / 60
    assert bits_for_one(0.0, np.full(2, calm), groups) > 3.0
    assert bits_for_one(0.0, np.full(4, busy), groups) < 3.0
    assert bits_for_one(0.0, np.full(9, busy), groups) >= 3.0
    assert bits_for_one(8.0, np.full(4, busy), groups) > 3.0
    assert bits_for_one(0.0, np.array([calm, busy, 4.0]), groups) < 3.0


@pytest.mark.parametrize("seed", range(20))
def test_who_is_left_out_beforehand_would_have_been_in_no_group(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bits, costs = rng.normal(-0.3, 1.0, (400, 12)), rng.uniform(4.0, 12.0, 400)
    began = rng.integers(0, 12, 400)
    for one in rng.choice(400, rng.integers(60, 200), replace=False).tolist():
        bits[one, began[one]] += rng.uniform(0.0, 18.0)
    most, onset = _starts(bits)
    begins = np.unique(onset[onset >= 0])
    able = _able(most - costs)
    everybody = [(total, group.tolist()) for total, group in _began_together(bits, onset, costs, begins)]
    some = [
        (total, able[group].tolist())
        for total, group in _began_together(bits[able], onset[able], costs[able], begins)
    ]
    assert some == everybody
    assert any(len(group) > 2 for _, group in everybody)
    assert able.size < 400
