"""Cells copy as often and as late as the truth says, and act no more and no less than before."""

import numpy as np
import pytest

from lapwing.worlds.rows import subject_names
from lapwing.worlds.scenario import load_scenario
from lapwing.worlds.world import make_world

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def plain():
    return make_world("plain", seed=11, subjects=5_000, days=30.0, cells=100)


def of_members(world, cell):
    """Times, subjects and contexts of a cell's rows, in order of time."""
    numbers = np.flatnonzero(np.isin(subject_names(world.scenario.subjects), cell.members))
    rows = np.isin(world.events.subject, numbers)
    return world.events.time[rows], world.events.subject[rows], world.events.context[rows]


def test_activity_is_unchanged_at_the_onset(plain):
    before = after = 0.0
    expected_before = expected_after = 0.0
    for cell in plain.truth.cells:
        time, _, _ = of_members(plain, cell)
        members, start, end = len(cell.members), plain.truth.start, plain.truth.end
        before += float((time < cell.onset).sum())
        after += float((time >= cell.onset).sum())
        expected_before += 3.0 * members * (cell.onset - start) / DAY
        expected_after += 3.0 * members * (end - cell.onset) / DAY
    # Four standard errors of the Poisson counts; weekends fall before and after about equally.
    assert before == pytest.approx(expected_before, abs=4 * expected_before**0.5 + 0.01 * expected_before)
    assert after == pytest.approx(expected_after, abs=4 * expected_after**0.5 + 0.01 * expected_after)


def test_the_share_of_copies_is_the_copy_probability(plain):
    acts = sum(len(cell.acts) for cell in plain.truth.cells)
    copies = sum(cell.copies for cell in plain.truth.cells)
    expected = sum(cell.copy * len(cell.acts) for cell in plain.truth.cells)
    assert copies == pytest.approx(expected, abs=4 * expected**0.5 + 0.02 * expected)
    assert acts == sum(int((of_members(plain, cell)[0] >= cell.onset).sum()) for cell in plain.truth.cells)


def test_copies_follow_within_the_lag(plain):
    lags = []
    for cell in plain.truth.cells:
        time, subject, context = of_members(plain, cell)
        first = {}
        for t, s, c in zip(time.tolist(), subject.tolist(), context.tolist(), strict=True):
            if t >= cell.onset and first.get(c) and s not in first[c]:
                lags.append((t - max(first[c].values())) / 3.6e9)
            first.setdefault(c, {}).setdefault(s, t)
    copies = sum(cell.copies for cell in plain.truth.cells)
    soon = [lag for lag in lags if lag < 6]
    assert len(soon) == pytest.approx(copies, rel=0.05)
    assert np.median(soon) == pytest.approx(np.log(2), rel=0.1)


def test_before_the_onset_members_meet_by_chance_only(plain):
    chance = np.bincount(plain.events.context) / len(plain.events.time)
    met, expected = 0, 0.0
    for cell in plain.truth.cells:
        time, subject, context = of_members(plain, cell)
        early = time < cell.onset
        pairs = {(s, c) for s, c in zip(subject[early].tolist(), context[early].tolist(), strict=True)}
        met += len(pairs) - len({c for _, c in pairs})
        acts = np.bincount(np.searchsorted(np.unique(subject), subject[early])).astype(float)
        expected += (acts.sum() ** 2 - (acts**2).sum()) / 2 * float((chance**2).sum())
    # Counted per context, so that three members on one context are two meetings and not three.
    assert 0.8 * expected < met < 1.1 * expected


def test_strengths_and_onsets_are_spread_over_their_range(plain):
    copy = sorted(cell.copy for cell in plain.truth.cells)
    onset = sorted((cell.onset - plain.truth.start) / DAY for cell in plain.truth.cells)
    assert (copy[0], copy[-1]) == pytest.approx((0.1, 0.3))
    assert (onset[0], onset[-1]) == pytest.approx((8.0, 20.0))
    assert {len(cell.members) for cell in plain.truth.cells} == {8, 9}


def test_half_of_the_cells_are_of_one_taste():
    world = make_world(load_scenario("tastes").with_(kinship=0.5), seed=2, subjects=5_000, days=5.0)
    names = np.array(subject_names(5_000))
    tastes = [set(world.community[np.isin(names, cell.members)].tolist()) for cell in world.truth.cells]
    assert sum(len(taste) == 1 for taste in tastes) == 10


def test_evaders_copy_late_and_change_accounts():
    world = make_world(load_scenario("evasive").with_(subjects=3_000), seed=2)
    members = {name for cell in world.truth.cells for name in cell.members}
    assert len(world.truth.returns) > 20
    assert set(world.truth.returns.values()) <= members
    names = np.array(subject_names(len(world.community)))
    after = np.isin(names[world.events.subject], list(world.truth.returns))
    assert after.sum() > 100
    assert all(cell.lag_hours == 24 for cell in world.truth.cells)


def test_decoys_draw_members_towards_outsiders():
    def followed(decoys):
        """Share of the members' choices that somebody else made among the thousand acts before."""
        scenario = load_scenario("plain").with_(subjects=3_000, copy=0.0, decoys=decoys, onset=0.0)
        events = make_world(scenario, seed=2).events
        members = np.isin(events.subject, np.flatnonzero(np.isin(subject_names(3_000), cells)))
        rows = np.flatnonzero(members)
        rows = rows[rows >= 1_000]
        return np.mean([events.context[r] in events.context[r - 1_000 : r] for r in rows.tolist()])

    cells = [m for cell in make_world("plain", subjects=3_000, seed=2).truth.cells for m in cell.members]
    assert followed(0.3) == pytest.approx(followed(0.0) + 0.3, abs=0.05)
