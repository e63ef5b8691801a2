"""Circles: communities of long habit are found again, strangers stay outside, names last."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence import circles
from lapwing.evidence.circles import keep_names, learn_circles, rehomed


def communities(
    rng: np.random.Generator, sizes: list[int], acts: int = 40, own: float = 0.9
) -> tuple[circles.I32, circles.I64, list[int]]:
    """Subjects of communities with a taste of their own: touches, and the community of every subject."""
    subject: list[int] = []
    context: list[int] = []
    home: list[int] = []
    for community, size in enumerate(sizes):
        for _ in range(size):
            mine = rng.random(acts) < own
            picked = np.where(
                mine, 1_000 * (community + 1) + rng.integers(0, 150, acts), rng.integers(1, 900, acts)
            )
            subject += [len(home)] * acts
            context += picked.tolist()
            home.append(community)
    return np.array(subject, np.int32), np.array(context, np.int64), home


def test_communities_of_taste_are_found_again() -> None:
    subject, context, home = communities(np.random.default_rng(4), [40, 60, 25, 80])
    circle = learn_circles(subject, context, len(home), 0)
    assert len(set(zip(circle.tolist(), home, strict=True))) == 4
    assert set(circle.tolist()) == {0, 1, 2, 3}


def test_the_same_touches_give_the_same_circles() -> None:
    subject, context, home = communities(np.random.default_rng(5), [40, 60, 25], own=0.5)
    first = learn_circles(subject, context, len(home), 3)
    assert (first == learn_circles(subject, context, len(home), 3)).all()


def test_a_subject_with_few_acts_stays_outside() -> None:
    subject, context, home = communities(np.random.default_rng(6), [30, 30])
    new = len(home)
    subject = np.append(subject, [new] * (circles.ACTS - 1)).astype(np.int32)
    context = np.append(context, [1_001, 1_002])
    circle = learn_circles(subject, context, new + 2, 0)
    assert circle[new] == -1
    assert circle[new + 1] == -1, "a subject that never acted"


def test_what_everybody_touches_makes_no_circle() -> None:
    many = circles.MOST + 1
    subject = np.repeat(np.arange(many, dtype=np.int32), 5)
    context = np.tile(np.arange(1, 6), many)
    assert (learn_circles(subject, context, many, 0) == -1).all()


def test_a_handful_is_no_circle() -> None:
    sizes = [40, 60, circles.SMALLEST - 1]
    subject, context, home = communities(np.random.default_rng(7), sizes, own=1.0)
    circle = learn_circles(subject, context, len(home), 0)
    assert (circle[:100] >= 0).all()
    assert (circle[100:] == -1).all()


def test_nothing_touched_makes_no_circle() -> None:
    nothing = learn_circles(np.zeros(0, np.int32), np.zeros(0, np.int64), 3, 0)
    assert nothing.tolist() == [-1, -1, -1]


LABELS = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 6)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(LABELS, st.integers(7, 12))
def test_new_circles_take_the_names_of_those_they_come_from(pairs: list[tuple[int, int]], limit: int) -> None:
    new = np.array([n for n, _ in pairs], np.int32)
    old = np.array([o for _, o in pairs], np.int32)
    shared = {(n, o): sum(pair == (n, o) for pair in pairs) for n, o in pairs if n >= 0 and o >= 0}
    named: dict[int, int] = {}
    for (n, o), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if n not in named and o not in named.values():
            named[n] = o
    used = 7
    for n in range(int(new.max()) + 1):
        if n not in named and used < limit:
            named[n] = used
            used += 1
    kept, free = keep_names(new, old, 7, limit)
    assert kept.tolist() == [named.get(int(n), -1) for n in new]
    assert free == used


def test_a_circle_stays_itself() -> None:
    old = np.array([3, 3, 3, 1, 1, 1], np.int32)
    kept, free = keep_names(np.array([0, 0, 0, 1, 1, -1], np.int32), old, 9, 20)
    assert kept.tolist() == [3, 3, 3, 1, 1, -1]
    assert free == 9


def once(subject: circles.I32, context: circles.I64) -> tuple[circles.I32, circles.I64]:
    """First touches only; no key of a context is 0."""
    pairs = np.unique(np.stack([subject, context], axis=1), axis=0)
    return pairs[:, 0].astype(np.int32), pairs[:, 1] + 1


def looked_at_again(
    members: list[int], subject: circles.I32, context: circles.I64, circle: circles.I32
) -> circles.I32 | None:
    """A second look where all but the last subject are watched, which touches the same contexts, and says nothing."""
    who, what = once(subject, context)
    unwatched = np.full(who.size, circle.size, np.int32)
    found = rehomed(
        np.array(members, np.int32),
        np.concatenate([who, unwatched]),
        np.concatenate([what, what]),
        np.append(np.ones(circle.size, np.bool_), False),
        np.append(circle, np.int32(-1)),
    )
    return None if found is None else found[:-1]


def test_a_second_look_brings_home_who_is_in_the_wrong_circle_or_in_none() -> None:
    subject, context, home = communities(np.random.default_rng(11), [60, 60, 60])
    right = np.array(home, np.int32)
    wrong = right.copy()
    wrong[[3, 70]] = [1, -1]
    found = looked_at_again([3, 5, 70, 130], subject, context, wrong)
    assert found is not None
    assert found.tolist() == right.tolist()


def test_a_second_look_leaves_strangers_where_they_are() -> None:
    subject, context, home = communities(np.random.default_rng(12), [60, 60, 60])
    assert looked_at_again([3, 70, 130], subject, context, np.array(home, np.int32)) is None


def test_two_of_one_community_that_was_learnt_as_two_are_brought_together() -> None:
    subject, context, home = communities(np.random.default_rng(13), [80, 60])
    right = np.array(home, np.int32)
    split = np.where(np.arange(right.size) < 40, 2, right).astype(np.int32)
    found = looked_at_again([3, 50], subject, context, split)
    assert found is not None
    assert found[3] == found[50] != 1
    assert set(found[80:].tolist()) == {1}


def test_without_circles_there_is_nothing_to_look_at() -> None:
    subject, context, home = communities(np.random.default_rng(14), [30])
    assert looked_at_again([1, 2], subject, context, np.full(len(home), -1, np.int32)) is None
