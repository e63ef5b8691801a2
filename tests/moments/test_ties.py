"""Ties: who took up what others did belongs together, and who shares something by accident does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border
from lapwing.moments.hits import KEPT, Hits, new_hits
from lapwing.moments.ties import Ties
from lapwing.moments.weak_kinds import WeakKinds

SUBJECTS, NOW = 4000, 40 * DAY
I32 = NDArray[np.int32]


def meet(hits: Hits, one: int, other: int, time: int) -> None:
    """A hit between two subjects, kept with both."""
    for who, with_ in ((one, other), (other, one)):
        at = hits.kept[who] % KEPT
        hits.other[who, at], hits.time[who, at] = with_, time
        hits.kept[who] += 1


def crowd(rng: np.random.Generator, each: int) -> Hits:
    """Everybody meets strangers."""
    hits = new_hits(SUBJECTS)
    for one, other in rng.integers(0, SUBJECTS, (SUBJECTS * each // 2, 2)).tolist():
        if one != other:
            meet(hits, one, other, NOW - int(rng.integers(0, 6 * DAY)))
    return hits


def border(hits: Hits, circles: I32 | None = None) -> Border:
    scene = SimpleNamespace(hits=hits, now=NOW, costs=np.full(SUBJECTS, 12.0))
    known = np.full(SUBJECTS, -1, np.int32) if circles is None else circles
    return Border(cast(Any, scene), 5.0, [], known, WeakKinds(np.zeros(1, np.bool_), np.zeros(1, np.bool_)))


def test_who_took_up_what_members_did_joins_them_and_strangers_do_not() -> None:
    rng = np.random.default_rng(0)
    hits, group = crowd(rng, 6), list(range(8))
    for _ in range(24):
        one, other = rng.choice(8, 2, replace=False).tolist()
        meet(hits, one, other, NOW - int(rng.integers(0, 6 * DAY)))
    ties = Ties(border(hits), np.arange(60, dtype=np.int32), among=60)
    found = ties.company_of([0, 1, 2], list(range(60)), 12)
    assert len(set(found) & set(group)) >= 6
    assert len(set(found) - set(group)) <= 1


def test_strangers_who_meet_as_often_as_all_do_are_rarely_tied() -> None:
    ties = Ties(border(crowd(np.random.default_rng(1), 6)), np.arange(60, dtype=np.int32), among=60)
    sizes = [len(ties.company_of([seed], list(range(60)), 12)) for seed in range(60)]
    assert np.mean(sizes) < 1.2


def test_a_circle_ties_where_it_is_no_accident_that_so_many_are_of_it() -> None:
    circles = np.arange(SUBJECTS, dtype=np.int32) % 100
    who = np.arange(60, dtype=np.int32)
    apart = Ties(border(new_hits(SUBJECTS), circles), who, among=60)
    assert apart.company_of([0], list(range(60)), 12) == [0]
    circles[:6], circles[6:60] = 7, 8 + np.arange(54) % 90
    club = Ties(border(new_hits(SUBJECTS), circles), who, among=60)
    assert set(club.company_of([0], list(range(60)), 12)) == set(range(6))


def test_two_of_a_large_circle_are_no_more_tied_by_it_than_by_what_all_of_it_share() -> None:
    hits = crowd(np.random.default_rng(2), 6)
    circles = np.full(SUBJECTS, -1, np.int32)
    meet(hits, 0, 1, NOW - DAY)
    meet(hits, 0, 1, NOW - 2 * DAY)
    who = np.arange(60, dtype=np.int32)
    assert Ties(border(hits, circles), who, among=60).company_of([0], list(range(60)), 12) == [0, 1]
    circles[:2] = circles[100:138] = 3
    assert Ties(border(hits, circles), who, among=60).company_of([0], list(range(60)), 12) == [0]
