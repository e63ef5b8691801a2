"""Groups: what the search returns is never worse than what it was given, and its scratch is left clean."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence.touches import Touches, new_touches
from lapwing.evidence.whom import DAY, TAU
from lapwing.moments import hits as linking
from lapwing.moments.groups import ascend, including, without
from lapwing.moments.hits import LINKS, Habits
from lapwing.moments.naming import member_bits
from lapwing.moments.scene import Scene

SUBJECTS, START = 12, 16_000 * DAY
HOUR = DAY // 24


def scene_of(acts: list[tuple[int, int, int]], chance: float) -> Scene:
    """A scene at the end of acts ``(hours, subject, context)`` in order, repeats left out."""
    found, length = new_touches(len(acts) + 1), 0
    last_of: dict[int, int] = {}
    last_own, last_hit = np.full((2, SUBJECTS), -1, np.int64)
    seen: set[tuple[int, int]] = set()
    for hours, who, context in acts:
        if (who, context) in seen:
            continue
        seen.add((who, context))
        found.time[length], found.subject[length], found.context[length] = START + hours * HOUR, who, context
        found.chance[length], found.act[length], found.rows[length] = chance, length, 1
        found.previous[length], found.own[length] = last_of.get(context, -1), last_own[who]
        last_of[context] = last_own[who] = length
        length += 1
    hits = linking.hits_with_room(linking.new_hits(1), 0, LINKS * length)
    habits = Habits(np.zeros((SUBJECTS, 1, TAU.size)), np.zeros((SUBJECTS, 1), np.int64))
    linking.find_hits(hits, 0, 0, last_hit, habits, found, 0, 0, length, np.ones(SUBJECTS, np.bool_))
    return Scene(
        now=START + (acts[-1][0] + 1) * HOUR, since=START + DAY, found=Touches(*found), base=0, length=length,
        last_own=last_own,
        hits=hits, hit_base=0, last_hit=last_hit, weekly=habits.decayed[:, 0, -1],
        costs=member_bits(np.ones(SUBJECTS)), gain=np.zeros(SUBJECTS), listed=np.zeros(SUBJECTS, np.int32),
        inside=np.zeros(SUBJECTS, np.int32), place=np.full(SUBJECTS, -1, np.int32),
    )  # fmt: skip


def assert_clean(scene: Scene) -> None:
    assert (scene.gain == 0).all()
    assert (scene.inside == 0).all()
    assert (scene.place == -1).all()


ACTS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, SUBJECTS - 1), st.integers(1, 6)), min_size=4, max_size=50
)


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    hours, acts = 0, []
    for wait, who, context in draw(ACTS):
        hours += wait
        acts.append((hours, who, context))
    return acts


GROUP = st.sets(st.integers(0, SUBJECTS - 1), min_size=2, max_size=5)


@settings(max_examples=60, deadline=None)
@given(streams(), GROUP, st.sampled_from([1e-6, 1e-4, 1e-2]))
def test_the_search_never_loses_bits_and_says_what_it_found(
    acts: list[tuple[int, int, int]], group: set[int], chance: float
) -> None:
    scene = scene_of(acts, chance)
    members = np.array(sorted(group), np.int32)
    bits = scene.net_bits(members)
    for search in (scene.improve, scene.grow):
        better = search(members, bits)
        assert better.bits >= bits
        assert better.members.tolist() == sorted(set(better.members.tolist()))
        assert better.bits == pytest.approx(scene.net_bits(better.members))
        assert_clean(scene)
    for seed in group:
        proposal = scene.propose(seed)
        assert seed in proposal.members
        assert proposal.members.tolist() == sorted(set(proposal.members.tolist()))
        assert_clean(scene)


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
        key=lambda group: scene.net_bits(np.array(group, np.int32)),
    )  # fmt: skip
    assert best == (2, 3, 5, 7)
    for seed in best:
        proposal = scene.propose(seed)
        found = scene.improve(proposal.members, scene.net_bits(proposal.members))
        assert tuple(found.members.tolist()) == best


def test_many_are_taken_in_at_once() -> None:
    acts = [(30 + 2 * n, who, 100 + n) for n in range(10) for who in range(9)]
    scene = scene_of(acts, 1e-5)
    pair = np.array([0, 1], np.int32)
    grown = scene.grow(pair, scene.net_bits(pair))
    assert set(grown.members.tolist()) == set(range(9))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 99), min_size=2, max_size=9), st.integers(100, 200), st.data())
def test_groups_stay_in_order(group: set[int], more: int, data: st.DataObject) -> None:
    shuffled = np.array(data.draw(st.permutations(sorted(group))), np.int32)
    ascend(shuffled)
    assert shuffled.tolist() == sorted(group)
    assert including(shuffled, more).tolist() == sorted(group | {more})
    index = data.draw(st.integers(0, len(group) - 1))
    assert without(shuffled, index).tolist() == [m for i, m in enumerate(sorted(group)) if i != index]
