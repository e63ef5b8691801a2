"""Touches: what is annotated, forgotten and learnt anew equals a naive twin that keeps one list of all touches and goes
through every context at every tick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence import history as past
from lapwing.evidence import rarity, replay, touches
from lapwing.evidence.slots import mixed

SORT_OF = np.array([0, 1, 0, 1], np.int32)
"""Two kinds by two sorts."""
SUBJECTS, CONTEXTS = 6, 6
KEY = [0, *(int(mixed(n)) for n in range(1, CONTEXTS + 1))]


@dataclass
class Seen:
    """What happened to one context, or to one context within one circle."""

    sort: int
    count: int = 0
    tick: int = 0
    last_watched: int = -1
    circles: list[int] = field(default_factory=list)
    """One for every time that a circle touched it for the first time."""


@dataclass
class Touch:
    time: int
    subject: int
    stratum: int
    sort: int
    cell: int
    context: int
    chance: float
    previous: int
    own: int
    act: int
    rows: int
    row: int


class Naive:
    """The annotate stage with dictionaries; exposure is counted eagerly, context by context at every tick."""

    def __init__(self, share: dict[int, int]) -> None:
        self.contexts: dict[int, Seen] = {}
        self.within: dict[tuple[int, int], Seen] = {}
        self.pairs: set[tuple[int, int]] = set()
        self.ticks: Counter[int] = Counter()
        self.circle_ticks: Counter[tuple[int, int]] = Counter()
        self.clock: Counter[tuple[int, int]] = Counter()
        self.touches: Counter[tuple[int, int, int, int]] = Counter()
        self.exposure: Counter[tuple[int, int, int, int]] = Counter()
        self.share = share
        self.last_own: dict[int, int] = {}
        self.told: list[Touch] = []
        """Touches by subjects and by background, as they came."""
        self.base = 0
        """Touches by subjects that are forgotten."""

    @property
    def found(self) -> list[Touch]:
        return [touch for touch in self.told if touch.subject >= 0]

    @property
    def runs(self) -> list[int]:
        """Of every touch by a subject, how many by background came between it and the one before."""
        at = [-1, *(i for i, touch in enumerate(self.told) if touch.subject >= 0)]
        return [at[i + 1] - at[i] - 1 for i in range(len(at) - 1)]

    def touch(self, stratum: int, who: int, home: int, key: int) -> list[tuple[int, int, int, int]]:
        """Count one first touch; the cells of the tables whose chance it had."""
        sort = int(SORT_OF[stratum])
        self.clock[stratum, 2 if who < 0 else int(home >= 0)] += 1
        self.ticks[sort] += 1
        for seen in self.contexts.values():
            if seen.sort == sort:
                m, r = seen.count.bit_length() - 1, (self.ticks[sort] - seen.tick).bit_length() - 1
                spread = rarity.spread_class(len(seen.circles))
                covered = sum(self.share.get(circle, 0) for circle in seen.circles)
                self.exposure[sort, rarity.OUTSIDE + spread, m, r] += max(rarity.UNIT - covered, 1)
                self.exposure[sort, rarity.UNPLACED + spread, m, r] += rarity.UNIT
        if home >= 0:
            self.circle_ticks[home, sort] += 1
            for (circle, _), seen in self.within.items():
                if circle == home and seen.sort == sort:
                    m = seen.count.bit_length() - 1
                    r = (self.circle_ticks[home, sort] - seen.tick).bit_length() - 1
                    self.exposure[sort, rarity.INSIDE, m, r] += rarity.UNIT
        cells = []
        before = self.contexts.get(key)
        if before is not None:
            place = rarity.OUTSIDE if home >= 0 else rarity.UNPLACED
            place += rarity.spread_class(len(before.circles))
            m, r = before.count.bit_length() - 1, (self.ticks[sort] - before.tick).bit_length() - 1
            cells.append((stratum, place, m, r))
        inner = self.within.get((home, key)) if home >= 0 else None
        if inner is not None:
            m, r = inner.count.bit_length() - 1, (self.circle_ticks[home, sort] - inner.tick).bit_length() - 1
            cells.append((stratum, rarity.INSIDE, m, r))
        if cells and who >= 0:
            self.touches[cells[-1]] += 1
        seen = self.contexts.setdefault(key, Seen(sort))
        seen.count, seen.tick = seen.count + 1, self.ticks[sort]
        if home >= 0:
            if inner is None:
                seen.circles.append(home)
            inner = self.within.setdefault((home, key), Seen(sort))
            inner.count, inner.tick = inner.count + 1, self.circle_ticks[home, sort]
        return cells

    def tables(self) -> tuple[rarity.I64, rarity.I64, rarity.I64]:
        landed = np.zeros((SORT_OF.size, *SHAPE), np.int64)
        exposed = np.zeros((2, *SHAPE), np.int64)
        clock = np.zeros((SORT_OF.size, 3), np.int64)
        for table, counts in ((landed, self.touches), (exposed, self.exposure), (clock, self.clock)):
            for cell, count in counts.items():
                table[cell] = count
        return landed, exposed, clock

    def chances(self) -> rarity.F64:
        landed, exposed, clock = self.tables()
        return rarity.chances(landed, exposed, clock, SORT_OF)

    def annotate(self, events: list[Event], first_row: int, circle: list[int], watched: list[bool]) -> None:
        chance = self.chances()
        rows = Counter(event.act for event in events)
        for at, event in enumerate(events):
            who, key = event.subject, KEY[event.context]
            if who >= 0 and (who, key) in self.pairs:
                continue
            self.pairs.add((who, key))
            cells = self.touch(event.stratum, who, circle[who] if who >= 0 else -1, key)
            number, previous, own = self.base + len(self.found), 0, 0
            if who >= 0 and watched[who]:
                last, self.contexts[key].last_watched = self.contexts[key].last_watched, number
                previous = number - last if last >= self.base else 0
                last, self.last_own[who] = self.last_own.get(who, -1), number
                own = number - last if last >= self.base else 0
            self.told.append(
                Touch(
                    event.time, who, event.stratum, int(SORT_OF[event.stratum]), number_of(cells), key,
                    max((chance[cell] for cell in cells), default=0.0), previous, own, event.act,
                    rows[event.act], first_row + at,
                )
            )  # fmt: skip

    def forget(self, before: int) -> None:
        left = [touch for touch in self.told if touch.time >= before]
        if 4 * (len(self.told) - len(left)) > len(self.told):
            self.base += sum(touch.subject >= 0 for touch in self.told if touch.time < before)
            self.told = left

    def with_circles(self, circle: list[int]) -> Naive:
        homes = Counter(circle[t.subject] for t in self.found if t.subject >= 0 and circle[t.subject] >= 0)
        total = max(sum(homes.values()), 1)
        fresh = Naive({home: count * rarity.UNIT // total for home, count in homes.items()})
        home = {who: circle[who] if who >= 0 else -1 for who in range(-1, SUBJECTS)}
        cells = [fresh.touch(t.stratum, t.subject, home[t.subject], t.context) for t in self.told]
        chance = fresh.chances()
        fresh.pairs, fresh.last_own = self.pairs, self.last_own
        fresh.told, fresh.base = self.told, self.base
        for touch, cell in zip(self.told, cells, strict=True):
            touch.cell, touch.chance = number_of(cell), max((chance[c] for c in cell), default=0.0)
            fresh.contexts[touch.context].last_watched = self.contexts[touch.context].last_watched
        return fresh

    def with_moved(self, before: list[int], after: list[int]) -> None:
        moved = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
        anew = {circle for pair in moved for circle in pair if circle >= 0}
        chance = self.chances()
        self.within = {key: seen for key, seen in self.within.items() if key[0] not in anew}
        for home, sort in list(self.circle_ticks):
            if home in anew:
                self.circle_ticks[home, sort] = 0
        for touch in self.found:
            home = after[touch.subject]
            if home not in anew:
                continue
            self.circle_ticks[home, touch.sort] += 1
            now, cells = self.circle_ticks[home, touch.sort], []
            inner = self.within.get((home, touch.context))
            if touch.cell >= 0:
                place, m, r = (int(n) for n in np.unravel_index(touch.cell, SHAPE))
                place -= rarity.UNPLACED if place >= rarity.UNPLACED else 0
                cells = [(touch.stratum, place, m, r)]
                if inner is not None:
                    m, r = inner.count.bit_length() - 1, (now - inner.tick).bit_length() - 1
                    cells.append((touch.stratum, rarity.INSIDE, m, r))
            touch.cell, touch.chance = number_of(cells), max((chance[cell] for cell in cells), default=0.0)
            inner = self.within.setdefault((home, touch.context), Seen(touch.sort))
            inner.count, inner.tick = inner.count + 1, now


SHAPE = (rarity.PLACES, rarity.TOUCH_CLASSES, rarity.TICK_CLASSES)


def number_of(cells: list[tuple[int, int, int, int]]) -> int:
    """The number of the first of the cells of a stratum, which is that of the population's history."""
    return int(np.ravel_multi_index(cells[0][1:], SHAPE)) if cells else -1


@dataclass
class Event:
    time: int
    subject: int
    context: int
    stratum: int
    act: int


@st.composite
def streams(draw: st.DrawFn) -> list[list[Event]]:
    """Batches of acts by few subjects on few contexts, some of them several contexts at once."""
    act = st.tuples(
        st.integers(0, 40),
        st.integers(-1, SUBJECTS - 1),
        st.integers(0, 1),
        st.lists(st.integers(1, CONTEXTS), min_size=1, max_size=3),
    )
    batches, now, number = [], 1_000, 5
    for acts in draw(st.lists(st.lists(act, min_size=1, max_size=12), min_size=1, max_size=4)):
        batch = []
        for wait, who, kind, contexts in acts:
            now, number = now + wait, number + 1
            batch += [Event(now, who, c, 2 * kind + (c > CONTEXTS // 2), number) for c in contexts]
        batches.append(batch)
    return batches


class Fast:
    """The stage under test, batch by batch, with the tables swept at every border; what is learnt anew gets more room
    after every ``stretch`` of touches."""

    def __init__(self, watched: list[bool], stretch: int = 1 << 17) -> None:
        self.stretch = stretch
        self.history = past.new_history(SORT_OF.size, 2)
        self.found, self.base, self.length = touches.new_touches(1), 0, 0
        self.background = touches.new_background()
        self.watched = np.array(watched)
        self.last_own = np.full(SUBJECTS, -1, np.int64)

    def annotate(self, events: list[Event], first_row: int, circle: list[int]) -> None:
        self.history = past.room_for_circles(self.history, max(circle) + 1)
        past.sweep(self.history)
        h = self.history
        chance = rarity.chances(h.touches, h.exposure, h.clock, SORT_OF)
        self.history, self.found, self.length, self.background = touches.annotate(
            h, self.found, self.base, self.length, self.background, chance,
            np.array([e.time for e in events], np.int64), np.array([e.subject for e in events], np.int32),
            np.array([KEY[e.context] for e in events], np.int64), np.array([e.stratum for e in events], np.int32),
            SORT_OF, np.array([e.act for e in events], np.int64), first_row, np.array(circle, np.int32),
            self.watched, self.last_own, 1,
        )  # fmt: skip

    def forget(self, before: int) -> None:
        self.found, self.base, self.length, self.background = touches.forget_touches(
            self.found, self.base, self.length, self.background, before
        )

    def with_circles(self, circle: list[int]) -> None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(replay, "_STRETCH", self.stretch)
            self.history = replay.with_circles(
                self.history, self.found, self.base, self.length, self.background, SORT_OF,
                np.array(circle, np.int32), max(circle) + 1, self.watched, (0, 1),
            )  # fmt: skip

    def with_moved(self, before: list[int], after: list[int]) -> None:
        self.history = past.room_for_circles(self.history, max(after) + 1)
        past.sweep(self.history)
        h = self.history
        chance = rarity.chances(h.touches, h.exposure, h.clock, SORT_OF)
        self.history = replay.with_moved(
            h, self.found, self.length, chance, np.array(before, np.int32), np.array(after, np.int32)
        )


def told(fast: Fast) -> list[tuple[int, int, int, int]]:
    """All touches in memory as they came: times, subjects, contexts and strata."""
    stream, behind = [], 0
    found, background = fast.found, fast.background
    for entry in range(fast.length + 1):
        last = entry == fast.length
        until = background.length if last else behind + int(found.run[entry])
        stream += [
            (background.time[at], -1, background.context[at], background.stratum[at])
            for at in range(behind, until)
        ]
        behind = until
        if not last:
            stream.append(
                (found.time[entry], found.subject[entry], found.context[entry], found.stratum[entry])
            )
    return [(int(time), int(who), int(key), int(kind)) for time, who, key, kind in stream]


def assert_held(fast: Fast, twin: Naive) -> None:
    """The same touches, in the same order."""
    assert (fast.base, fast.length) == (twin.base, len(twin.found))
    assert told(fast) == [(t.time, t.subject, t.context, t.stratum) for t in twin.told]
    assert fast.background.since == len(twin.told) - len(twin.found) - sum(twin.runs)


def assert_equal(fast: Fast, twin: Naive) -> None:
    past.sweep(fast.history)
    landed, exposed, clock = twin.tables()
    np.testing.assert_array_equal(fast.history.clock, clock)
    np.testing.assert_array_equal(fast.history.touches, landed)
    np.testing.assert_array_equal(fast.history.exposure, exposed)
    assert_held(fast, twin)
    for name in touches.Touches._fields:
        column = getattr(fast.found, name)[: fast.length]
        expected = twin.runs if name == "run" else [getattr(touch, name) for touch in twin.found]
        if name == "chance":
            np.testing.assert_allclose(column, expected, rtol=1e-6)
        else:
            assert column.tolist() == expected, name


CIRCLES = st.lists(st.integers(-1, 2), min_size=SUBJECTS, max_size=SUBJECTS)
WATCHED = st.lists(st.booleans(), min_size=SUBJECTS, max_size=SUBJECTS)


@settings(max_examples=60, deadline=None)
@given(streams(), CIRCLES, WATCHED)
def test_annotate_equals_its_naive_twin(
    batches: list[list[Event]], circle: list[int], watched: list[bool]
) -> None:
    fast, twin, row = Fast(watched), Naive({}), 0
    for batch in batches:
        fast.annotate(batch, row, circle)
        twin.annotate(batch, row, circle, watched)
        row += len(batch)
    assert_equal(fast, twin)


def learnt(fast: Fast, twin: Naive, before: list[int], after: list[int]) -> Naive:
    fast.with_circles(after)
    return twin.with_circles(after)


def moved(fast: Fast, twin: Naive, before: list[int], after: list[int]) -> Naive:
    fast.with_moved(before, after)
    twin.with_moved(before, after)
    return twin


@settings(max_examples=120, deadline=None)
@given(streams(), CIRCLES, CIRCLES, WATCHED, st.sampled_from([learnt, moved]), st.integers(1, 80))
def test_other_circles_are_counted_anew_and_the_stream_goes_on(
    batches: list[list[Event]],
    before: list[int],
    after: list[int],
    watched: list[bool],
    change: Callable[[Fast, Naive, list[int], list[int]], Naive],
    stretch: int,
) -> None:
    if change is moved:
        after = [a if a >= 0 else b for a, b in zip(after, before, strict=True)]
    fast, twin, row = Fast(watched, stretch), Naive({}), 0
    half = (len(batches) + 1) // 2
    for number, batch in enumerate(batches):
        if number == half:
            twin = change(fast, twin, before, after)
            assert_equal(fast, twin)
        circle = before if number < half else after
        fast.annotate(batch, row, circle)
        twin.annotate(batch, row, circle, watched)
        row += len(batch)
    assert_equal(fast, twin)


@settings(max_examples=120, deadline=None)
@given(streams(), CIRCLES, CIRCLES, WATCHED, st.data(), st.integers(1, 80))
def test_what_is_left_when_some_is_forgotten_is_told_in_its_order(
    batches: list[list[Event]],
    before: list[int],
    after: list[int],
    watched: list[bool],
    data: st.DataObject,
    stretch: int,
) -> None:
    fast, twin, row = Fast(watched, stretch), Naive({}), 0
    for batch in batches:
        fast.annotate(batch, row, before)
        twin.annotate(batch, row, before, watched)
        row += len(batch)
        until = data.draw(st.integers(0, batch[-1].time + 1))
        fast.forget(until)
        twin.forget(until)
        assert_held(fast, twin)
    fast.with_circles(after)
    twin = twin.with_circles(after)
    past.sweep(fast.history)
    landed, exposed, clock = twin.tables()
    np.testing.assert_array_equal(fast.history.clock, clock)
    np.testing.assert_array_equal(fast.history.touches, landed)
    np.testing.assert_array_equal(fast.history.exposure, exposed)
    assert fast.found.cell[: fast.length].tolist() == [touch.cell for touch in twin.found]
    again = touches.unpacked(touches.packed(fast.background), fast.found, fast.length)
    assert (again.length, again.since) == (fast.background.length, fast.background.since)


def test_a_long_stretch_of_background_is_counted_again_in_its_place() -> None:
    many = 1_000
    subject = [0, *[-1] * many, 1, *[-1] * many]
    events = [Event(at, who, 1 + at % CONTEXTS, 0, at) for at, who in enumerate(subject)]
    fast, twin = Fast([True] * SUBJECTS), Naive({})
    fast.annotate(events, 0, [-1] * SUBJECTS)
    twin.annotate(events, 0, [-1] * SUBJECTS, [True] * SUBJECTS)
    assert_equal(fast, twin)
    fast.with_circles([0] * SUBJECTS)
    assert_equal(fast, twin.with_circles([0] * SUBJECTS))


def test_memory_stays_bounded_in_a_stream_of_background_alone() -> None:
    fast, window, rooms = Fast([True] * SUBJECTS), 1_000, []
    for number in range(200):
        start = 100 * number
        events = [Event(start + at, -1, 1 + at % CONTEXTS, 0, start + at) for at in range(100)]
        fast.annotate(events, start, [-1] * SUBJECTS)
        fast.forget(start + 100 - window)
        rooms.append(fast.background.time.size)
        assert fast.background.since == fast.background.length
        assert fast.background.length <= 4 * window / 3 + 1
    assert rooms[-1] == rooms[len(rooms) // 4]
    assert (fast.base, fast.length) == (0, 0)
    fast.annotate([Event(20_000, 0, 1, 0, 20_000)], 20_000, [-1] * SUBJECTS)
    assert fast.found.run[0] == fast.background.length
    assert told(fast)[-1][1] == 0


def annotated(subject: list[int], context: list[int], circle: list[int], share: int = 0) -> past.History:
    """The history after one batch of touches of sort 0 by subjects of given circles, exposure booked."""
    n = len(subject)
    history = past.room_for_circles(past.new_history(1, 1), 1)
    history.share[:] = share
    sort_of = np.zeros(1, np.int32)
    chance = rarity.chances(history.touches, history.exposure, history.clock, sort_of)
    history, _, _, _ = touches.annotate(
        history, touches.new_touches(), 0, 0, touches.new_background(), chance, np.arange(n),
        np.array(subject, np.int32), np.array(context, np.int64), np.zeros(n, np.int32), sort_of, np.arange(n), 0,
        np.array(circle, np.int32), np.ones(len(circle), np.bool_), np.full(len(circle), -1, np.int64), 1,
    )  # fmt: skip
    past.sweep(history)
    return history


def test_a_context_that_thousands_of_one_circle_touched_stays_popular() -> None:
    many = 5_000
    history = annotated(list(range(many)), [7] * many, [0] * many)
    by_touches = history.touches[0, rarity.INSIDE].sum(axis=1)
    below = [min(many - 1, 2 ** (m + 1) - 1) - 2**m + 1 for m in range(11)]
    assert by_touches[:11].tolist() == below
    assert by_touches.sum() == many - 1


def test_a_repeat_is_a_habit_and_no_touch() -> None:
    once = annotated([0, 1, 2], [7, 7, 8], [0, 0, -1])
    again = annotated([0, 1, 1, 0, 0, 2, 2], [7, 7, 7, 7, 7, 8, 8], [0, 0, -1])
    for name in ("ticks", "clock", "touches", "exposure"):
        np.testing.assert_array_equal(getattr(once, name), getattr(again, name), name)


def test_touches_are_forgotten_a_quarter_at_a_time() -> None:
    found = touches.new_touches(8)
    found.time[:] = range(8)
    found.previous[:] = [0, 0, 2, 2, 2, 2, 2, 2]
    found.own[:] = found.previous
    nobody = touches.new_background()
    same, base, length, _ = touches.forget_touches(found, 0, 8, nobody, 2)
    assert (base, length) == (0, 8)
    assert same.time.tolist() == list(range(8))
    less, base, length, _ = touches.forget_touches(found, 0, 8, nobody, 4)
    assert (base, length) == (4, 4)
    assert less.time[:4].tolist() == [4, 5, 6, 7]
    assert [touches.back(less.previous, number, base) for number in range(4, 8)] == [2, 3, 4, 5]
    assert [touches.back(less.own, number, base) for number in range(4, 8)] == [2, 3, 4, 5]


def test_background_counts_towards_the_quarter_and_its_runs_are_told_anew() -> None:
    found = touches.new_touches(4)
    found.time[:] = [2, 5, 8, 9]
    found.run[:] = [2, 2, 1, 0]
    time = np.array([0, 1, 3, 4, 6, 10, 11], np.int64)
    background = touches.Background(time, np.arange(1, 8), np.zeros(7, np.int16), 7, 2)
    _, base, _, same = touches.forget_touches(found, 0, 4, background, 2)  # two of eleven
    assert (base, same.length) == (0, 7)
    less, base, length, left = touches.forget_touches(found, 0, 4, background, 4)  # four of eleven
    assert (base, length) == (1, 3)
    assert less.run[:3].tolist() == [1, 1, 0]
    assert left.context[: left.length].tolist() == [4, 5, 6, 7]
    assert left.since == 2
    _, base, length, left = touches.forget_touches(less, base, length, left, 11)
    assert (base, length, left.length, left.since) == (4, 0, 1, 1)


def test_too_many_circles_are_refused() -> None:
    history = past.new_history(1, 1)
    with pytest.raises(ValueError, match="4096 circles are more than the 4095 that the tables can number"):
        replay.with_circles(
            history, touches.new_touches(), 0, 0, touches.new_background(), np.zeros(1, np.int32),
            np.zeros(0, np.int32), 4096, np.zeros(0, np.bool_), (0, 1),
        )  # fmt: skip


def test_where_background_lands_says_nothing_of_where_subjects_do() -> None:
    alone = annotated([0, 1, 2, 0, 1], [7, 7, 8, 8, 9], [0, -1, 0])
    beside = annotated([0, -1, 1, -1, 2, -1, 0, 1], [7, 5, 7, 5, 8, 6, 8, 9], [0, -1, 0])
    assert beside.clock.tolist() == [[2, 3, 3]]
    assert beside.touches.sum() == alone.touches.sum()
    assert beside.exposure.sum() > alone.exposure.sum()
