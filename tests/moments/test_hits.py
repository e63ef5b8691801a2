"""Hits: the links between subjects equal a naive twin, and a viral context gives chains."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence.touches import Touches, new_touches
from lapwing.evidence.whom import CAP, SECOND, TAU
from lapwing.moments import hits as linking
from lapwing.moments.hits import GUESS_OTHERS, GUESS_RHO, LEAST, LINKS, Habits, Hits

SUBJECTS, SORTS, BASE, HIT_BASE = 5, 2, 7, 11


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
    """Acts of background (-1) and subjects, on few contexts."""
    act = st.tuples(
        st.sampled_from([0, 1, 600, 3_600, 40_000, 300_000]),
        st.integers(-1, SUBJECTS - 1),
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
        found.previous[i] = -1
        if row.subject >= 0 and watched[row.subject]:
            found.previous[i] = last_of.get(row.context, -1)
            last_of[row.context] = BASE + i
    return found


@dataclass(frozen=True)
class Hit:
    later: int
    earlier: int
    weight: float
    time: int
    link_later: int
    link_earlier: int


def naive_hits(rows: list[Row], watched: list[bool]) -> list[Hit]:
    hits: list[Hit] = []
    last: dict[int, int] = {}
    for i, row in enumerate(rows):
        if row.subject < 0 or not watched[row.subject] or np.float32(row.chance) >= 0.05:
            continue
        known = [r for r in rows[:i] if r.subject >= 0 and watched[r.subject]]
        for source in [r for r in reversed(known) if r.context == row.context][:LINKS]:
            if source.subject == row.subject:
                continue
            pi = 0.0
            for tau in TAU:
                m = sum(
                    math.exp(-(row.time - r.time) / tau)
                    for r in known
                    if r.subject == source.subject and r.sort == row.sort and r.act < row.act
                )
                pi += math.exp(-(row.time - source.time) / tau) / max(1.0, m)
            x = pi / len(TAU) / GUESS_OTHERS / float(np.float32(row.chance))
            weight = min(math.log2(1.0 + GUESS_RHO * (x - 1.0) / row.rows), CAP)
            if weight >= LEAST:
                number = HIT_BASE + len(hits)
                hits.append(
                    Hit(
                        row.subject, source.subject, weight, row.time, last.get(row.subject, -1),
                        last.get(source.subject, -1),
                    )
                )  # fmt: skip
                last[row.subject] = last[source.subject] = number
    return hits


def linked(rows: list[Row], watched: list[bool], cuts: list[int]) -> tuple[Hits, int]:
    """All hits of the rows, taken in parts."""
    found = taken(rows, watched)
    hits, length = linking.hits_with_room(linking.new_hits(1), 0, LINKS * len(rows)), 0
    habits = Habits(np.zeros((SUBJECTS, SORTS, TAU.size)), np.zeros((SUBJECTS, SORTS), np.int64))
    last = np.full(SUBJECTS, -1, np.int64)
    borders = [0, *cuts, len(rows)]
    for i in range(len(borders) - 1):
        length = linking.find_hits(
            hits, HIT_BASE, length, last, habits, found, BASE, BASE + borders[i], BASE + borders[i + 1],
            np.array(watched),
        )  # fmt: skip
    return hits, length


WATCHED = st.lists(st.booleans(), min_size=SUBJECTS, max_size=SUBJECTS) | st.just([True] * SUBJECTS)


@settings(max_examples=120, deadline=None)
@given(streams(), WATCHED, st.data())
def test_hits_equal_their_naive_twin_however_the_stream_is_cut(
    rows: list[Row], watched: list[bool], data: st.DataObject
) -> None:
    starts = [i for i in range(1, len(rows)) if rows[i].act != rows[i - 1].act]
    cuts = sorted(data.draw(st.sets(st.sampled_from(starts), max_size=3))) if starts else []
    hits, length = linked(rows, watched, cuts)
    twin = naive_hits(rows, watched)
    assert length == len(twin)
    for name in Hits._fields:
        column = getattr(hits, name)[:length].tolist()
        expected = [getattr(hit, name) for hit in twin]
        assert column == (pytest.approx(expected, rel=1e-6) if name == "weight" else expected), name


def test_a_viral_context_gives_chains_and_not_a_clique() -> None:
    rows = [Row(10**15 + n * SECOND, n % SUBJECTS, 0, 1, 1e-6, n, 1) for n in range(SUBJECTS)]
    _, length = linked(rows, [True] * SUBJECTS, [])
    assert length == (SUBJECTS - LINKS) * LINKS + sum(range(LINKS))


def test_common_contexts_link_nobody() -> None:
    rows = [Row(10**15 + n * SECOND, n, 0, 1, 0.05, n, 1) for n in range(SUBJECTS)]
    assert linked(rows, [True] * SUBJECTS, [])[1] == 0


def test_hits_are_forgotten_a_quarter_at_a_time() -> None:
    hits = linking.new_hits(8)
    hits.time[:] = range(8)
    assert linking.forget_hits(hits, 3, 8, 2)[1:] == (3, 8)
    left, base, length = linking.forget_hits(hits, 3, 8, 3)
    assert (base, length) == (6, 5)
    assert left.time[:5].tolist() == [3, 4, 5, 6, 7]
