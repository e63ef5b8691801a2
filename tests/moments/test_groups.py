"""Groups: what the search returns is never worse than what it was given, and its scratch is left clean."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import GROUP, SUBJECTS, scene_of, streams

from lapwing.moments.groups import (
    MEMBER,
    Proposal,
    among_neighbours,
    ascend,
    belong,
    closing,
    core,
    improve,
    neighbours,
    net_bits,
    propose,
    take_in,
)
from lapwing.moments.scene import Scene


def assert_clean(scene: Scene) -> None:
    assert (scene.gain == 0).all()
    assert (scene.inside == 0).all()


@settings(max_examples=60, deadline=None)
@given(streams(), GROUP, st.sampled_from([1e-6, 1e-4, 1e-2]))
def test_the_search_never_loses_bits_beyond_a_members_share_and_says_what_it_found(
    acts: list[tuple[int, int, int]], group: set[int], chance: float
) -> None:
    scene = scene_of(acts, chance)
    members = np.array(sorted(group), np.int32)
    bits = net_bits(scene, members)
    for better in (
        improve(scene, members, bits),
        take_in(scene, members, bits, neighbours(scene, members)),
    ):
        gained = better.bits - MEMBER * len(better.members)
        assert gained >= bits - MEMBER * len(members) - 1e-9
        assert better.members.tolist() == sorted(set(better.members.tolist()))
        assert better.bits == pytest.approx(net_bits(scene, better.members))
        assert_clean(scene)
    proposals = propose(scene, members, -1000.0)
    assert_clean(scene)
    for row in proposals.members:
        proposed = row[row >= 0].tolist()
        assert proposed == sorted(set(proposed))
        assert set(proposed) & group


def test_the_best_group_of_all_is_found_from_any_of_its_members() -> None:
    rng = np.random.default_rng(3)
    acts = sorted(
        (30 + 4 * n, int(who), 100 + n) for n in range(8) for who in rng.permutation([2, 3, 5, 7])[:3]
    )
    scene = scene_of(acts, 1e-4)
    best = max(
        (
            group for size in range(2, 6) for group in combinations(range(SUBJECTS), size)
        ),
        key=lambda group: net_bits(scene, np.array(group, np.int32)),
    )  # fmt: skip
    assert best == (2, 3, 5, 7)
    for seed in best:
        row = propose(scene, np.array([seed], np.int32), -1000.0).members[0]
        members = row[row >= 0]
        found = improve(scene, members, net_bits(scene, members))
        assert tuple(found.members.tolist()) == best


def test_a_group_that_acts_seldom_is_proposed_by_hits_of_many_days() -> None:
    steps = [(0, 1), (2, 3), (1, 2), (0, 3), (0, 2), (1, 3)]
    acts = [
        (100 + 36 * n + late, who, 100 + n) for n, pair in enumerate(steps) for late, who in enumerate(pair)
    ]
    scene = scene_of(acts, 1e-4)
    for seed in range(4):
        row = propose(scene, np.array([seed], np.int32), -1000.0).members[0]
        assert row[row >= 0].tolist() == [0, 1, 2, 3]


def test_many_are_taken_in_at_once() -> None:
    acts = [(30 + 2 * n, who, 100 + n) for n in range(10) for who in range(9)]
    scene = scene_of(acts, 1e-5)
    pair = np.array([0, 1], np.int32)
    grown = Proposal(pair, net_bits(scene, pair))
    for _ in range(5):
        grown = take_in(scene, *grown, neighbours(scene, grown.members))
    assert set(grown.members.tolist()) == set(range(9))


def test_two_groups_at_one_time_are_not_one() -> None:
    acts = sorted((30 + 2 * n, who, 100 + 10 * n + (who > 3)) for n in range(12) for who in range(8))
    scene = scene_of(acts, 1e-4)
    one, other = np.arange(4, dtype=np.int32), np.arange(4, 8, dtype=np.int32)
    assert not belong(scene, one, other)
    assert belong(scene, one[:2], one[2:])


def test_among_neighbours_a_chain_of_hits_is_a_group_that_is_too_dear_by_name() -> None:
    """Each shares one context with the next, within the hour, and none with two of them."""
    acts = [(40 + 6 * n + late, who, 100 + n) for n in range(5) for late, who in enumerate((n, n + 1))]
    scene = scene_of(acts, 1e-4)
    near = among_neighbours(scene._replace(costs=np.full(SUBJECTS, 13.0)))
    row = propose(near, np.array([5], np.int32), 0.0).members[0]
    assert row[row >= 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert (
        len(propose(scene._replace(costs=np.full(SUBJECTS, 13.0)), np.array([5], np.int32), 0.0).members) == 0
    )


def test_among_neighbours_what_is_taken_up_a_day_later_ties_nobody() -> None:
    acts = sorted(
        (40 + 30 * n + 24 * late, who, 100 + n) for n in range(4) for late, who in enumerate((0, 1))
    )
    scene = scene_of(acts, 1e-6)
    seeds = np.array([1], np.int32)
    assert len(propose(scene, seeds, 0.0).members) == 1
    assert len(propose(among_neighbours(scene), seeds, 0.0).members) == 0


def test_of_two_groups_that_hang_together_by_one_hit_only_one_is_named() -> None:
    acts = [
        (30 + 2 * n, who, 100 + 10 * n + (who > 3)) for n in range(12) for who in range(8) if n < 8 or who < 4
    ]
    acts += [(55, 3, 999), (55, 4, 999)]
    scene = scene_of(sorted(acts), 1e-4)
    assert core(scene, np.arange(8, dtype=np.int32)).members.tolist() == [0, 1, 2, 3]
    assert_clean(scene)


def test_who_is_in_a_passed_trial_by_accident_is_not_named() -> None:
    acts = [(30 + 4 * n, who, 100 + n) for n in range(8) for who in (2, 3, 5)] + [(63, 2, 998), (63, 9, 998)]
    scene = scene_of(sorted(acts), 1e-4)
    assert core(scene, np.array([2, 3, 5, 9], np.int32)).members.tolist() == [2, 3, 5]


def test_only_hits_that_close_a_circle_propose() -> None:
    lines = [(30, 0, 1), (31, 1, 1), (32, 1, 2), (33, 2, 2)]
    assert closing(scene_of(lines, 1e-5), np.array([[1, 0], [2, 1]], np.int32)).tolist() == []
    triangle = [*lines, (34, 2, 3), (35, 0, 3)]
    assert closing(scene_of(triangle, 1e-5), np.array([[0, 2]], np.int32)).tolist() == [0]
    twice = [*lines, (34, 0, 4), (35, 1, 4)]
    assert closing(scene_of(twice, 1e-5), np.array([[1, 0]], np.int32)).tolist() == [1]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 99), min_size=2, max_size=9), st.data())
def test_groups_stay_in_order(group: set[int], data: st.DataObject) -> None:
    shuffled = np.array(data.draw(st.permutations(sorted(group))), np.int32)
    ascend(shuffled)
    assert shuffled.tolist() == sorted(group)
