"""Hits: the links between subjects equal a naive twin, and a viral context gives chains."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence.restart import CAP
from lapwing.evidence.touches import Touches, new_touches
from lapwing.evidence.whom import SECOND, TAU
from lapwing.moments import hits as linking
from lapwing.moments.hits import GUESS_OTHERS, GUESS_RHO, KEPT, LEAST, LINKS, Hits

SUBJECTS, SORTS, BASE = 5, 2, 7


@dataclass(frozen=True)
class Row:
    time: int
    subject: int
    sort: int
    context: int
    chance: float
    act: int
    rows: int


@st.composite
def streams(draw: st.DrawFn) -> list[Row]:
    """Acts of subjects, watched and others, on few contexts."""
    act = st.tuples(
        st.sampled_from([0, 1, 600, 3_600, 40_000, 300_000]),
        st.integers(0, SUBJECTS - 1),
        st.lists(
            st.tuples(st.integers(1, 6), st.sampled_from([1e-6, 1e-4, 1e-3, 0.01, 0.2])), min_size=1, max_size=3,
            unique_by=lambda c: c[0],
        ),
    )  # fmt: skip
    rows, now = [], 16_000 * 86_400
    for number, (wait, who, contexts) in enumerate(draw(st.lists(act, max_size=30))):
        now += wait
        rows += [Row(now * SECOND, who, c % SORTS, c, p, number, len(contexts)) for c, p in contexts]
    return rows


def taken(rows: list[Row], watched: list[bool]) -> Touches:
    found = new_touches(len(rows) + 1)
    last_of: dict[int, int] = {}
    for i, row in enumerate(rows):
        for name in ("time", "subject", "sort", "context", "chance", "act", "rows"):
            getattr(found, name)[i] = getattr(row, name)
        found.previous[i] = 0
        if watched[row.subject]:
            found.previous[i] = BASE + i - last_of.get(row.context, BASE + i)
            last_of[row.context] = BASE + i
    return found


@dataclass(frozen=True)
class Hit:
    later: int
    earlier: int
    weight: float
    time: int


def naive_hits(rows: list[Row], watched: list[bool]) -> list[Hit]:
    hits: list[Hit] = []
    for i, row in enumerate(rows):
        if not watched[row.subject]:
            continue
        known = [r for r in rows[:i] if watched[r.subject]]
        for source in [r for r in reversed(known) if r.context == row.context][:LINKS]:
            if source.subject == row.subject:
                continue
            x = 0.0
            for tau, others in zip(TAU, GUESS_OTHERS, strict=True):
                m = sum(
                    math.exp(-(row.time - r.time) / tau)
                    for r in known
                    if r.subject == source.subject and r.act < row.act
                )
                pi = math.exp(-(row.time - source.time) / tau) / max(1.0, m) / others
                x += pi / len(TAU) / float(np.float32(row.chance))
            weight = min(math.log2(1.0 + GUESS_RHO * (x - 1.0) / row.rows), CAP)
            if weight >= LEAST:
                hits.append(Hit(row.subject, source.subject, weight, row.time))
    return hits


def linked(rows: list[Row], watched: list[bool], cuts: list[int]) -> tuple[Hits, list[list[int]]]:
    """All hits of the rows, taken in parts, and the subjects of each."""
    found = taken(rows, watched)
    hits, habits, pairs = linking.new_hits(SUBJECTS), linking.new_habits(SUBJECTS), []
    borders = [0, *cuts, len(rows)]
    for i in range(len(borders) - 1):
        pairs += linking.find_hits(
            hits, habits, found, BASE, BASE + borders[i], BASE + borders[i + 1], np.array(watched)
        ).tolist()
    return hits, pairs


WATCHED = st.lists(st.booleans(), min_size=SUBJECTS, max_size=SUBJECTS) | st.just([True] * SUBJECTS)


@settings(max_examples=120, deadline=None)
@given(streams(), WATCHED, st.data())
def test_hits_equal_their_naive_twin_however_the_stream_is_cut(
    rows: list[Row], watched: list[bool], data: st.DataObject
) -> None:
    starts = [i for i in range(1, len(rows)) if rows[i].act != rows[i - 1].act]
    cuts = sorted(data.draw(st.sets(st.sampled_from(starts), max_size=3))) if starts else []
    hits, pairs = linked(rows, watched, cuts)
    twin = naive_hits(rows, watched)
    assert pairs == [[hit.later, hit.earlier] for hit in twin]
    for who in range(SUBJECTS):
        mine = [hit for hit in twin if who in (hit.later, hit.earlier)]
        assert hits.kept[who] == len(mine)
        for at in range(max(0, len(mine) - KEPT), len(mine)):
            place, hit = at % KEPT, mine[at]
            assert hits.other[who, place] == hit.later + hit.earlier - who
            assert hits.weight[who, place] == pytest.approx(hit.weight, rel=1e-6)
            assert hits.time[who, place] == hit.time


def test_a_viral_context_gives_chains_and_not_a_clique() -> None:
    rows = [Row(10**15 + n * SECOND, n % SUBJECTS, 0, 1, 1e-6, n, 1) for n in range(SUBJECTS)]
    _, pairs = linked(rows, [True] * SUBJECTS, [])
    assert len(pairs) == (SUBJECTS - LINKS) * LINKS + sum(range(LINKS))


def test_common_contexts_link_nobody() -> None:
    rows = [Row(10**15 + n * SECOND, n, 0, 1, 0.05, n, 1) for n in range(SUBJECTS)]
    assert linked(rows, [True] * SUBJECTS, [])[1] == []


def test_only_the_last_hits_of_a_subject_are_kept() -> None:
    rows = [
        Row(10**15 + n * SECOND, who, 0, n, 1e-6, 2 * n + who, 1) for n in range(KEPT + 9) for who in (0, 1)
    ]
    hits, pairs = linked(rows, [True] * SUBJECTS, [])
    assert len(pairs) == KEPT + 9
    assert hits.time[0].min() == 10**15 + 9 * SECOND


@settings(max_examples=40, deadline=None)
@given(streams(), st.integers(SUBJECTS, 2 * SUBJECTS))
def test_hits_come_back_from_what_was_written_down(rows: list[Row], subjects: int) -> None:
    hits, _ = linked(rows, [True] * SUBJECTS, [])
    wide = linking.wider(hits, linking.new_hits, subjects)
    again = linking.unpacked(linking.packed(wide, SUBJECTS))
    for name, column in hits._asdict().items():
        assert getattr(again, name).tolist() == column.tolist()
