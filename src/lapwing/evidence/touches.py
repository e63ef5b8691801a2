"""First touches, numbered and annotated: the heavy stage.

:func:`annotate` walks a batch of events in stream order, keeps the history of every context, and gives each
watched first touch its chance ``p`` and a link to the previous watched touch of the same context. What it needs
to know of the past is in :class:`History`, what it finds is appended to :class:`Touches`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.rarity import (
    INSIDE,
    OUTSIDE,
    PLACES,
    TICK_CLASSES,
    TOUCH_CLASSES,
    UNIT,
    UNPLACED,
    book,
    book_both,
    chances,
    spread_class,
    tick_class,
    touch_class,
)
from lapwing.evidence.slots import emptied, empty, grown, kept, near, paired, rows_of, slot_of, table_of

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
I8 = NDArray[np.int8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

MAX_CIRCLES = 4095
MAX_SORTS = 64

# columns of the table of contexts; its rows are packed, since a touch costs a cache miss and the table much memory
_KEY, _PAST, _SEEN = 0, 1, 2
_CONTEXT_COLUMNS = 3
_MOST_TOUCHES = (1 << 16) - 1
"""Beyond so many touches the class of a context is the same."""
_MOST_CIRCLES = 7
"""The same for the circles that touched it."""
_TICKS = (1 << 34) - 1
_NUMBERS = (1 << 48) - 1
_COUNT_CAP = 4095
_ACTS = (1 << 31) - 1
_PAIR_BITS = 54
_PAIR = (1 << _PAIR_BITS) - 1
"""So much of a pair's key is kept beside its generation, of which the last ten bits are."""
_GENERATIONS = (1 << (64 - _PAIR_BITS)) - 1
_TABLES = ("contexts", "within", "pairs")
_AHEAD = 64
"""Rows of the tables are brought near for so many touches at once."""
_STRETCH = 1 << 17
"""Touches that are counted anew before the tables are given more room."""


class History(NamedTuple):
    """What the population and the circles did so far. Arrays are changed in place."""

    contexts: I64
    """Table: context -> (touches, number of circles that touched it, sort, last tick) in one number, and (share of the
    population's circles that touched it, last watched touch) in another."""
    within: I64
    """Table: (circle, context) -> touches within the circle, circle, sort and last tick of the circle's clock."""
    pairs: I64
    """Table: (subject, context) and the generation of the last touch in one number, so that repeats are known as
    habit."""
    used: I64
    """Keys in the three tables, shape (3,)."""
    ticks: I64
    """Clock of every sort, shape (sorts,)."""
    circle_ticks: I64
    """Clock of every circle and sort, shape (circles, sorts)."""
    swept: I64
    """Tick up to which exposure is booked, shape (sorts,)."""
    circle_swept: I64
    """The same within circles, shape (circles, sorts)."""
    clock: I64
    """First touches of every stratum by subjects without a circle, by subjects with one, and by
    background, shape (strata, 3)."""
    touches: I64
    """First touches by stratum, place and history class, shape (strata, places, m, r)."""
    exposure: I64
    """Exposure by sort, place and history class, in 1/UNIT, shape (sorts, places, m, r)."""
    share: I64
    """Share of each circle in the first touches of all circles, in 1/UNIT, shape (circles,)."""


class Touches(NamedTuple):
    """First touches in stream order, as columns; entry ``i`` is touch number ``base + i``."""

    time: I64
    """Microseconds."""
    subject: I32
    """Number of the subject, -1 for background."""
    stratum: I16
    sort: I8
    """Number of the sort of context."""
    cell: I16
    """Number of the history class that the context had in the population, as the cell of a table of chances of its
    stratum; -1 if it was new."""
    context: I64
    """Key of the context."""
    chance: F32
    """``p``: how likely one first touch lands on that context, given its history; 0 if it was new."""
    previous: I32
    """So many touches back is the previous watched touch of the same context, 0 for none; see :func:`back`."""
    own: I32
    """The same for the previous touch by the same watched subject."""
    act: I32
    """Number of the act, its last 31 bits: rows with one id are one act."""
    rows: I16
    """Contexts of the act, repeats of what the subject had touched before included."""
    row: I64
    """Number of the event in the store."""


def new_history(strata: int, sorts: int) -> History:
    """An empty past. The tables can number :data:`MAX_SORTS` sorts; more raise ``ValueError``."""
    if sorts > MAX_SORTS:
        raise ValueError(f"{sorts} sorts of context are more than the {MAX_SORTS} that the tables can number")

    def zeros(*shape: int) -> I64:
        return np.zeros(shape, dtype=np.int64)

    return History(
        contexts=empty(_CONTEXT_COLUMNS),
        within=empty(2),
        pairs=empty(1),
        used=zeros(3),
        ticks=zeros(sorts),
        circle_ticks=zeros(0, sorts),
        swept=zeros(sorts),
        circle_swept=zeros(0, sorts),
        clock=zeros(strata, 3),
        touches=zeros(strata, PLACES, TOUCH_CLASSES, TICK_CLASSES),
        exposure=zeros(sorts, PLACES, TOUCH_CLASSES, TICK_CLASSES),
        share=zeros(0),
    )


def new_touches(room: int = 1024) -> Touches:
    """Room for ``room`` touches; see :func:`with_room`."""
    return Touches(
        time=np.zeros(room, np.int64),
        subject=np.zeros(room, np.int32),
        stratum=np.zeros(room, np.int16),
        sort=np.zeros(room, np.int8),
        cell=np.zeros(room, np.int16),
        context=np.zeros(room, np.int64),
        chance=np.zeros(room, np.float32),
        previous=np.zeros(room, np.int32),
        own=np.zeros(room, np.int32),
        act=np.zeros(room, np.int32),
        rows=np.zeros(room, np.int16),
        row=np.zeros(room, np.int64),
    )


@kernel
def back(distance: I32, number: int, base: int) -> int:
    """The number of the touch that is so far back as ``distance`` says of touch ``number``, -1 for none; the first
    touch in memory is number ``base``."""
    far = distance[number - base]
    return number - far if far > 0 else -1


@kernel
def _slot_of_pair(pairs: I64, pair: int) -> int:
    """The row that holds a pair, whatever its generation, or the empty row where it belongs."""
    mask = pairs.shape[0] - 1
    row: int = pair & mask
    while pairs[row, 0] != 0 and (pairs[row, 0] ^ pair) & _PAIR != 0:
        row = (row + 1) & mask
    return row


@kernel
def _of_circle(key: int, circle: int) -> int:
    """The key of a context within a circle."""
    return paired(key, -2 - circle)


@kernel
def _touch_within(history: History, kind: int, sort: int, home: int, key: int) -> int:
    """Take one first touch into its circle's history; the cell of the tables it fell in, or -1."""
    within = history.within
    history.circle_ticks[home, sort] += 1
    now = history.circle_ticks[home, sort]
    inner_key = _of_circle(key, home)
    row = slot_of(within, inner_key)
    count, cell = 0, -1
    if within[row, 0] != 0:
        meta = within[row, 1]
        count = (meta >> 52) & 0xFFF
        last = meta & _TICKS
        m = touch_class(count)
        book(history.exposure[sort, INSIDE, m], last, history.circle_swept[home, sort], now, UNIT)
        r = tick_class(now - last)
        history.touches[kind, INSIDE, m, r] += 1
        cell = (INSIDE * TOUCH_CLASSES + m) * TICK_CLASSES + r
    else:
        within[row, 0] = inner_key
        history.used[1] += 1
    within[row, 1] = (
        (min(count + 1, _COUNT_CAP) << 52) | (np.int64(home) << 40) | (np.int64(sort) << 34) | now
    )
    return cell


@kernel
def _touch(
    history: History, row: int, kind: int, sort: int, who: int, home: int, key: int, inner: int
) -> int:
    """Take one first touch into the history of the context in ``row`` of the table; ``inner`` is the cell of
    :func:`_touch_within`, -1 without a circle.

    Background makes contexts common and moves the clock, but where it lands tells nothing of where subjects do.
    Returns the cell of the tables it fell in, in the population's history, -1 for a new context.
    """
    contexts = history.contexts
    history.ticks[sort] += 1
    history.clock[kind, 2 if who < 0 else (1 if home >= 0 else 0)] += 1
    now = history.ticks[sort]
    past, seen = contexts[row, _PAST], contexts[row, _SEEN]
    count, spread = past >> 43, (past >> 40) & _MOST_CIRCLES
    cell = -1
    if count > 0:
        last = past & _TICKS
        m = touch_class(count)
        place = spread_class(spread)
        weight = max(UNIT - (seen >> 48), 1)
        exposure = history.exposure[sort]
        book_both(
            exposure[OUTSIDE + place, m], weight, exposure[UNPLACED + place, m], UNIT,
            last, history.swept[sort], now,
        )  # fmt: skip
        r = tick_class(now - last)
        place += OUTSIDE if home >= 0 else UNPLACED
        cell = (place * TOUCH_CLASSES + m) * TICK_CLASSES + r
        if inner < 0 and who >= 0:
            history.touches[kind, place, m, r] += 1
    else:
        contexts[row, _KEY] = key
        history.used[0] += 1
    if home >= 0 and inner < 0:
        seen += history.share[home] << 48
        spread = min(spread + 1, _MOST_CIRCLES)
    contexts[row, _PAST] = (
        (min(count + 1, _MOST_TOUCHES) << 43) | (spread << 40) | (np.int64(sort) << 34) | now
    )
    contexts[row, _SEEN] = seen
    return cell


@kernel
def _chance(chance: F64, cell: int, inner: int) -> float:
    """The chance of a touch that fell in these cells of its stratum's table, in the population's history and in its
    circle's, -1 for none."""
    p: float = chance[cell] if cell >= 0 else 0.0
    return max(p, chance[inner]) if inner >= 0 else p


@kernel
def _last_seen(contexts: I64, row: int, number: int) -> int:
    """The number of the last watched touch of a context, -1 for none; from now on it is ``number``."""
    seen = contexts[row, _SEEN]
    contexts[row, _SEEN] = (seen & ~_NUMBERS) | (number + 1)
    last: int = (seen & _NUMBERS) - 1
    return last


@kernel
def _bring_near(contexts: I64, context: I64, start: int, stop: int) -> int:
    """Have the rows that these touches will ask for brought near; the number returned means nothing."""
    seen = 0
    for i in range(start, stop):
        seen ^= near(contexts, context[i])
    return seen


@kernel
def _bring_within_near(within: I64, subject: I32, context: I64, circle: I32, start: int, stop: int) -> int:
    """The same for the rows of circles."""
    seen = 0
    for i in range(start, stop):
        who = subject[i]
        if who >= 0 and circle[who] >= 0:
            seen ^= near(within, _of_circle(context[i], circle[who]))
    return seen


@kernel
def _annotate(
    history: History,
    found: Touches,
    base: int,
    length: int,
    chance: F64,
    time: I64,
    subject: I32,
    context: I64,
    stratum: I32,
    sort_of: I32,
    act: I64,
    rows: I64,
    first_row: int,
    circle: I32,
    watched: NDArray[np.bool_],
    last_own: I64,
    generation: int,
) -> tuple[int, int]:
    pairs = history.pairs
    seen = 0
    for i in range(time.shape[0]):
        if i % _AHEAD == 0:
            end = min(i + _AHEAD, time.shape[0])
            seen ^= _bring_near(history.contexts, context, i, end)
            seen ^= _bring_within_near(history.within, subject, context, circle, i, end)
            for j in range(i, end):
                if subject[j] >= 0:
                    seen ^= near(pairs, paired(context[j], subject[j]))
        who = subject[i]
        key = context[i]
        if who >= 0:
            pair = paired(key, who)
            at = _slot_of_pair(pairs, pair)
            known = pairs[at, 0] != 0
            pairs[at, 0] = (pair & _PAIR) | (generation << _PAIR_BITS)
            if known:
                continue
            history.used[2] += 1
        kind = stratum[i]
        sort = sort_of[kind]
        row = slot_of(history.contexts, key)
        home = circle[who] if who >= 0 else -1
        inner = _touch_within(history, kind, sort, home, key) if home >= 0 else -1
        cell = _touch(history, row, kind, sort, who, home, key, inner)
        found.time[length] = time[i]
        found.subject[length] = who
        found.stratum[length] = kind
        found.sort[length] = sort
        found.cell[length] = cell
        found.context[length] = key
        found.chance[length] = _chance(chance[kind], cell, inner)
        found.previous[length] = 0
        found.own[length] = 0
        found.act[length] = act[i] & _ACTS
        found.rows[length] = min(rows[act[i] - act[0]], 32_767)
        found.row[length] = first_row + i
        if who >= 0 and watched[who]:
            previous = _last_seen(history.contexts, row, base + length)
            found.previous[length] = base + length - previous if previous >= base else 0
            found.own[length] = base + length - last_own[who] if last_own[who] >= base else 0
            last_own[who] = base + length
        length += 1
    return length, seen


@kernel
def _sweep(history: History) -> None:
    contexts = history.contexts
    for row in range(contexts.shape[0]):
        if contexts[row, _KEY] != 0:
            past = contexts[row, _PAST]
            sort = (past >> 34) & 0x3F
            weight = max(UNIT - (contexts[row, _SEEN] >> 48), 1)
            place = spread_class((past >> 40) & _MOST_CIRCLES)
            m = touch_class(past >> 43)
            exposure = history.exposure[sort]
            book_both(
                exposure[OUTSIDE + place, m], weight, exposure[UNPLACED + place, m], UNIT,
                past & _TICKS, history.swept[sort], history.ticks[sort],
            )  # fmt: skip


@kernel
def _sweep_within(history: History) -> None:
    within = history.within
    for row in range(within.shape[0]):
        if within[row, 0] != 0:
            meta = within[row, 1]
            home = (meta >> 40) & 0xFFF
            sort = (meta >> 34) & 0x3F
            cells = history.exposure[sort, INSIDE, touch_class((meta >> 52) & 0xFFF)]
            book(
                cells,
                meta & _TICKS,
                history.circle_swept[home, sort],
                history.circle_ticks[home, sort],
                UNIT,
            )


def sweep(history: History) -> None:
    """Book the exposure of every context up to now."""
    with ThreadPoolExecutor(1) as beside:
        within = beside.submit(_sweep_within, history)
        _sweep(history)
        within.result()
    history.swept[:] = history.ticks
    history.circle_swept[:] = history.circle_ticks


def with_room(history: History, events: int) -> History:
    """The same past with tables that hold ``events`` further events."""
    used = history.used
    return history._replace(
        contexts=grown(history.contexts, int(used[0]), events),
        within=grown(history.within, int(used[1]), events),
        pairs=grown(history.pairs, int(used[2]), events),
    )


@kernel
def _replay_within(history: History, found: Touches, start: int, stop: int, circle: I32, inner: I16) -> int:
    seen = 0
    for i in range(start, stop):
        if (i - start) % _AHEAD == 0:
            end = min(i + _AHEAD, stop)
            seen ^= _bring_within_near(history.within, found.subject, found.context, circle, i, end)
        who = found.subject[i]
        inner[i] = -1
        if who >= 0 and circle[who] >= 0:
            inner[i] = _touch_within(history, found.stratum[i], found.sort[i], circle[who], found.context[i])
    return seen


@kernel
def _replay(
    history: History,
    found: Touches,
    base: int,
    start: int,
    stop: int,
    circle: I32,
    watched: NDArray[np.bool_],
    inner: I16,
) -> int:
    contexts = history.contexts
    seen = 0
    for i in range(start, stop):
        if (i - start) % _AHEAD == 0:
            seen ^= _bring_near(contexts, found.context, i, min(i + _AHEAD, stop))
        who = found.subject[i]
        key = found.context[i]
        row = slot_of(contexts, key)
        home = circle[who] if who >= 0 else -1
        found.cell[i] = _touch(history, row, found.stratum[i], found.sort[i], who, home, key, inner[i])
        if who >= 0 and watched[who]:
            _last_seen(contexts, row, base + i)
    return seen


def _with_these_touches(
    fresh: History,
    found: Touches,
    base: int,
    length: int,
    circle: I32,
    watched: NDArray[np.bool_],
    inner: I16,
) -> History:
    """Take touches in memory into an empty past, and say which cells of the tables they fell in; ``inner`` is that
    within their circle. Circles go a stretch ahead, beside the rest: they do not ask for it."""

    def replay_within(history: History, start: int) -> History:
        stop = min(start + _STRETCH, length)
        history = history._replace(within=grown(history.within, int(history.used[1]), stop - start))
        _replay_within(history, found, start, stop, circle, inner)
        return history

    # A pool of its own: one that outlives the call would have no thread in a process that was forked.
    with ThreadPoolExecutor(1) as beside:
        ahead = beside.submit(replay_within, fresh, 0)
        for start in range(0, length, _STRETCH):
            stop = min(start + _STRETCH, length)
            circles = ahead.result()
            if stop < length:
                ahead = beside.submit(replay_within, circles, stop)
            fresh = fresh._replace(contexts=grown(fresh.contexts, int(fresh.used[0]), stop - start))
            _replay(fresh, found, base, start, stop, circle, watched, inner)
        return fresh._replace(within=ahead.result().within)


@kernel
def _touches_by_circle(subject: I32, circle: I32, circles: int) -> I64:
    """How many touches are by subjects of each circle."""
    touches = np.zeros(circles, np.int64)
    for who in subject:
        if who >= 0 and circle[who] >= 0:
            touches[circle[who]] += 1
    return touches


@kernel
def _measure(found: Touches, length: int, chance: F64, inner: I16) -> None:
    """Give every touch its chance; ``inner`` is the cell that it fell in within its circle, -1 for none."""
    for i in range(length):
        found.chance[i] = _chance(chance[found.stratum[i]], found.cell[i], inner[i])


def _recent(pairs: I64, generations: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pairs were last seen in one of the ``generations`` (oldest, present); shape (slots,)."""
    oldest, present = generations
    recent: NDArray[np.bool_] = (present - (pairs[:, 0] >> _PAIR_BITS)) & _GENERATIONS <= present - oldest
    return recent


def with_circles(
    history: History,
    found: Touches,
    base: int,
    length: int,
    sort_of: I32,
    circle: I32,
    circles: int,
    watched: NDArray[np.bool_],
    generations: tuple[int, int],
) -> History:
    """The past as it looks with these circles, learnt again from the touches in memory.

    Everything is counted anew, and every touch gets the chance it would have had, so that a group's own past and
    its present are measured alike: a new border between circles must not look like a meeting. ``circle`` is that
    of every subject, with numbers below ``circles``, ``watched`` whether it is watched, both of shape (subjects,).
    What lies before the touches in memory is forgotten: contexts here, pairs if they were last seen before the
    oldest of the ``generations`` (oldest, present). The ``history`` given is used up: its tables become those of the
    new one.
    """
    if circles > MAX_CIRCLES:
        raise ValueError(f"{circles} circles are more than the {MAX_CIRCLES} that the tables can number")
    strata, sorts = history.clock.shape[0], history.ticks.shape[0]
    homes = _touches_by_circle(found.subject[:length], circle, circles)
    pairs, used = kept(history.pairs, _recent(history.pairs, generations))
    fresh = room_for_circles(new_history(strata, sorts), circles)._replace(
        contexts=emptied(history.contexts, min(length, int(history.used[0]) + _STRETCH)),
        within=emptied(history.within, min(length, int(history.used[1]) + _STRETCH)),
        pairs=pairs,
    )
    fresh.used[2] = used
    fresh.share[:] = homes * UNIT // max(int(homes.sum()), 1)
    inner = np.empty(length, np.int16)
    fresh = _with_these_touches(fresh, found, base, length, circle, watched, inner)
    sweep(fresh)
    chance = chances(fresh.touches, fresh.exposure, fresh.clock, sort_of).reshape(strata, -1)
    _measure(found, length, chance, inner)
    return fresh


def with_moved(
    history: History, found: Touches, length: int, chance: F64, before: I32, after: I32
) -> History:
    """The past as it looks once a few subjects are in other circles, ``after`` instead of ``before`` (shape
    (subjects,), -1 for none; nobody who had a circle may be left without).

    The circles that lose or gain somebody are counted anew from the touches in memory, and all touches of those who
    are in one now get the ``chance`` of the classes they fall in, as measured last. Of the population's past nothing
    changes: a few in other circles change what is rare there by next to nothing, and :func:`with_circles` counts them
    in time.
    """
    moved = before != after
    counted_anew = np.zeros(history.circle_ticks.shape[0], np.bool_)
    counted_anew[np.concatenate([before[moved & (before >= 0)], after[moved]])] = True
    circle_of = (history.within[:, 1] >> 40) & MAX_CIRCLES
    within, used = kept(history.within, ~counted_anew[circle_of])
    touches = int(_touches_by_circle(found.subject[:length], after, counted_anew.size)[counted_anew].sum())
    history = history._replace(within=grown(within, used, touches))
    history.used[1] = used
    history.circle_ticks[counted_anew] = 0
    # what happened is in the tables already, under the circles as they were
    aside = history._replace(
        touches=np.zeros_like(history.touches),
        exposure=np.zeros_like(history.exposure),
        circle_swept=np.zeros_like(history.circle_swept),
    )
    _move(aside, found, length, chance.reshape(chance.shape[0], -1), after, counted_anew)
    history.circle_swept[counted_anew] = history.circle_ticks[counted_anew]
    return history


@kernel
def _move(
    history: History, found: Touches, length: int, chance: F64, circle: I32, counted_anew: NDArray[np.bool_]
) -> None:
    placed = (UNPLACED - OUTSIDE) * TOUCH_CLASSES * TICK_CLASSES
    for i in range(length):
        who = found.subject[i]
        if who < 0 or circle[who] < 0 or not counted_anew[circle[who]]:
            continue
        kind = found.stratum[i]
        inner = _touch_within(history, kind, found.sort[i], circle[who], found.context[i])
        if found.cell[i] >= placed:
            found.cell[i] -= placed
        found.chance[i] = _chance(chance[kind], found.cell[i], inner)


def packed(history: History) -> dict[str, I64]:
    """The past as named arrays, without the empty rows of its tables; see :func:`unpacked`."""
    arrays = history._asdict()
    return arrays | {name: rows_of(arrays[name]) for name in _TABLES}


def unpacked(arrays: dict[str, I64]) -> History:
    """The inverse of :func:`packed`."""
    tables = {name: table_of(arrays[name]) for name in _TABLES}
    return History(**({name: arrays[name] for name in History._fields} | tables))


def with_strata(history: History, more: int) -> History:
    """The same past with tables for ``more`` further strata."""
    return history._replace(
        clock=np.concatenate([history.clock, np.zeros((more, 3), np.int64)]),
        touches=np.concatenate(
            [history.touches, np.zeros((more, PLACES, TOUCH_CLASSES, TICK_CLASSES), np.int64)]
        ),
    )


def room_for_circles(history: History, circles: int) -> History:
    """The same past with clocks for ``circles`` circles; those that exist keep theirs."""
    have, sorts = history.circle_ticks.shape
    if circles <= have:
        return history
    more = np.zeros((circles - have, sorts), np.int64)
    return history._replace(
        circle_ticks=np.concatenate([history.circle_ticks, more]),
        circle_swept=np.concatenate([history.circle_swept, more]),
        share=np.concatenate([history.share, more[:, 0]]),
    )


def room_for(touches: Touches, length: int, more: int) -> Touches:
    """The columns with room for ``more`` touches after the first ``length``.

    They grow where they are: no view of a column may be held over this.
    """
    room = touches.time.shape[0]
    if length + more > room:
        for column in touches:
            column.resize(max(length + more, room + room // 8), refcheck=False)
    return touches


def forget_touches(touches: Touches, base: int, length: int, before: int) -> tuple[Touches, int, int]:
    """Drop touches older than ``before`` (microseconds) once they are a quarter of all, so that dropping costs little.

    Returns the columns, the new base and length.
    """
    gone = int(np.searchsorted(touches.time[:length], before))
    if 4 * gone <= length:
        return touches, base, length
    left = length - gone
    for column in touches:
        column[:left] = column[gone:length]
    return touches, base + gone, left


def annotate(
    history: History,
    found: Touches,
    base: int,
    length: int,
    chance: F64,
    time: I64,
    subject: I32,
    context: I64,
    stratum: I32,
    sort_of: I32,
    act: I64,
    first_row: int,
    circle: I32,
    watched: NDArray[np.bool_],
    last_own: I64,
    generation: int,
) -> tuple[History, Touches, int]:
    """Take a batch of events, in stream order, into ``history`` and append its first touches to ``found``.

    Per event, shape (events,): ``time`` in microseconds, ``subject`` a number or -1 for background, ``context`` a
    64-bit key (never 0), ``stratum`` the kind and sort, ``act`` the number of its act,
    ascending. Per subject: ``circle`` (or
    -1), ``watched``, ``last_own`` (number of its last touch, changed in place). ``sort_of`` gives the sort of a
    stratum, ``chance`` the table of :func:`lapwing.evidence.rarity.chances` as at the last border.
    ``found`` holds ``length`` touches, the first of them number ``base``. Returns the history, the touches and
    the new length.
    """
    history = with_room(history, time.shape[0])
    found = room_for(found, length, time.shape[0])
    length, _ = _annotate(
        history, found, base, length, chance.reshape(chance.shape[0], -1), time, subject, context, stratum, sort_of,
        act, np.bincount(act - act[0]), first_row, circle, watched, last_own, generation,
    )  # fmt: skip
    return history, found, length
