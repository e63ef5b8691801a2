"""The history: what the population and the circles did so far, as tables that first touches are counted into.

:func:`touch` and :func:`touch_within` take one first touch into it, and say which cell of the tables of chances it fell
in. Exposure is booked as contexts are touched again, and for all of them by :func:`sweep`.
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
    spread_class,
    tick_class,
    touch_class,
)
from lapwing.evidence.slots import empty, grown, near, paired, rows_of, slot_of, table_of

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
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
_PAIR_BITS = 54
_PAIR = (1 << _PAIR_BITS) - 1
"""So much of a pair's key is kept beside its generation, of which the last ten bits are."""
_GENERATIONS = (1 << (64 - _PAIR_BITS)) - 1
_TABLES = ("contexts", "within", "pairs")
AHEAD = 64
"""Rows of the tables are brought near for so many touches at once."""


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


@kernel
def is_habit(history: History, key: int, who: int, generation: int) -> bool:
    """Whether a subject has touched a context before; it has from now on, last in this ``generation``."""
    pairs = history.pairs
    pair = paired(key, who)
    mask = pairs.shape[0] - 1
    row: int = pair & mask
    # whatever the generation, or the empty row where the pair belongs
    while pairs[row, 0] != 0 and (pairs[row, 0] ^ pair) & _PAIR != 0:
        row = (row + 1) & mask
    known: bool = pairs[row, 0] != 0
    pairs[row, 0] = (pair & _PAIR) | (generation << _PAIR_BITS)
    if not known:
        history.used[2] += 1
    return known


def recent_pairs(pairs: I64, generations: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pairs were last seen in one of the ``generations`` (oldest, present); shape (slots,)."""
    oldest, present = generations
    recent: NDArray[np.bool_] = (present - (pairs[:, 0] >> _PAIR_BITS)) & _GENERATIONS <= present - oldest
    return recent


@kernel
def _of_circle(key: int, circle: int) -> int:
    """The key of a context within a circle."""
    return paired(key, -2 - circle)


@kernel
def touch_within(history: History, kind: int, sort: int, home: int, key: int) -> int:
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
def touch(history: History, row: int, kind: int, sort: int, who: int, home: int, key: int, inner: int) -> int:
    """Take one first touch into the history of the context in ``row`` of the table; ``inner`` is the cell of
    :func:`touch_within`, -1 without a circle.

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
def chance_of(chance: F64, cell: int, inner: int) -> float:
    """The chance of a touch that fell in these cells of its stratum's table, in the population's history and in its
    circle's, -1 for none."""
    p: float = chance[cell] if cell >= 0 else 0.0
    return max(p, chance[inner]) if inner >= 0 else p


@kernel
def last_seen(contexts: I64, row: int, number: int) -> int:
    """The number of the last watched touch of a context, -1 for none; from now on it is ``number``."""
    seen = contexts[row, _SEEN]
    contexts[row, _SEEN] = (seen & ~_NUMBERS) | (number + 1)
    last: int = (seen & _NUMBERS) - 1
    return last


@kernel
def bring_near(contexts: I64, context: I64, start: int, stop: int) -> int:
    """Have the rows that touches of these contexts will ask for brought near; the number returned means nothing."""
    seen = 0
    for i in range(start, stop):
        seen ^= near(contexts, context[i])
    return seen


@kernel
def bring_within_near(within: I64, subject: I32, context: I64, circle: I32, start: int, stop: int) -> int:
    """The same for the rows of circles; ``subject`` is -1 for background."""
    seen = 0
    for i in range(start, stop):
        who = subject[i]
        if who >= 0 and circle[who] >= 0:
            seen ^= near(within, _of_circle(context[i], circle[who]))
    return seen


@kernel
def bring_pairs_near(pairs: I64, subject: I32, context: I64, start: int, stop: int) -> int:
    """The same for the rows of pairs."""
    seen = 0
    for i in range(start, stop):
        if subject[i] >= 0:
            seen ^= near(pairs, paired(context[i], subject[i]))
    return seen


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
