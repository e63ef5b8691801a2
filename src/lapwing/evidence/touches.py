"""First touches, numbered and annotated: the heavy stage.

:func:`annotate` walks a batch of events in stream order, takes them into the :class:`~lapwing.evidence.history.History`
of every context, and gives each watched first touch its chance ``p`` and a link to the previous watched touch of the
same context. What subjects touched is appended to :class:`Touches`, what background touched to :class:`Background`,
which is asked for when the past is counted again and otherwise walked over by nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.history import (
    AHEAD,
    History,
    bring_near,
    bring_pairs_near,
    bring_within_near,
    chance_of,
    is_habit,
    last_seen,
    touch,
    touch_within,
    with_room,
)
from lapwing.evidence.kernel import kernel
from lapwing.evidence.slots import slot_of

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
I8 = NDArray[np.int8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

_ACTS = (1 << 31) - 1


class Touches(NamedTuple):
    """First touches by subjects in stream order, as columns; entry ``i`` is touch number ``base + i``."""

    time: I64
    """Microseconds."""
    subject: I32
    """Number of the subject."""
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
    run: I32
    """So many touches by background came just before this one, one after the other."""


class Background(NamedTuple):
    """Touches by background in stream order, as columns; where they lie among those by subjects, :attr:`Touches.run`
    says."""

    time: I64
    """Microseconds."""
    context: I64
    """Key of the context."""
    stratum: I16
    length: int
    """Touches in the columns; behind them is room for more."""
    since: int
    """So many of them came after the last touch by a subject."""


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
        run=np.zeros(room, np.int32),
    )


def new_background() -> Background:
    """No touches by background."""
    return Background(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int16), 0, 0)


@kernel
def back(distance: I32, number: int, base: int) -> int:
    """The number of the touch that is so far back as ``distance`` says of touch ``number``, -1 for none; the first
    touch in memory is number ``base``."""
    far = distance[number - base]
    return number - far if far > 0 else -1


@kernel
def _annotate(
    history: History,
    found: Touches,
    base: int,
    length: int,
    background: Background,
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
) -> tuple[int, int, int, int]:
    behind, since = background.length, background.since
    seen = 0
    for i in range(time.shape[0]):
        if i % AHEAD == 0:
            end = min(i + AHEAD, time.shape[0])
            seen ^= bring_near(history.contexts, context, i, end)
            seen ^= bring_within_near(history.within, subject, context, circle, i, end)
            seen ^= bring_pairs_near(history.pairs, subject, context, i, end)
        who = subject[i]
        key = context[i]
        kind = stratum[i]
        sort = sort_of[kind]
        if who < 0:
            touch(history, slot_of(history.contexts, key), kind, sort, -1, -1, key, -1)
            background.time[behind] = time[i]
            background.context[behind] = key
            background.stratum[behind] = kind
            behind += 1
            since += 1
            continue
        if is_habit(history, key, who, generation):
            continue
        row = slot_of(history.contexts, key)
        home = circle[who]
        inner = touch_within(history, kind, sort, home, key) if home >= 0 else -1
        cell = touch(history, row, kind, sort, who, home, key, inner)
        found.time[length] = time[i]
        found.subject[length] = who
        found.stratum[length] = kind
        found.sort[length] = sort
        found.cell[length] = cell
        found.context[length] = key
        found.chance[length] = chance_of(chance[kind], cell, inner)
        found.previous[length] = 0
        found.own[length] = 0
        found.act[length] = act[i] & _ACTS
        found.rows[length] = min(rows[act[i] - act[0]], 32_767)
        found.row[length] = first_row + i
        found.run[length] = since
        if watched[who]:
            previous = last_seen(history.contexts, row, base + length)
            found.previous[length] = base + length - previous if previous >= base else 0
            found.own[length] = base + length - last_own[who] if last_own[who] >= base else 0
            last_own[who] = base + length
        length += 1
        since = 0
    return length, behind, since, seen


def room_for(found: Touches, length: int, background: Background, subject: I32) -> tuple[Touches, Background]:
    """The columns with room for a touch by every ``subject`` given, -1 for background.

    They grow where they are: no view of a column may be held over this.
    """
    more = int(np.count_nonzero(subject >= 0))
    _make_room(found, length + more)
    _make_room(_columns(background), background.length + subject.size - more)
    return found, background


def _columns(background: Background) -> tuple[I64, I64, I16]:
    return background.time, background.context, background.stratum


def _make_room(columns: Sequence[NDArray[Any]], needed: int) -> None:
    room = columns[0].shape[0]
    if needed > room:
        for column in columns:
            column.resize(max(needed, room + room // 8), refcheck=False)


def packed(background: Background) -> dict[str, NDArray[Any]]:
    """The touches by background as named arrays, without the room behind them; see :func:`unpacked`."""
    return {
        "time": background.time[: background.length],
        "context": background.context[: background.length],
        "stratum": background.stratum[: background.length],
    }


def unpacked(arrays: dict[str, NDArray[Any]], found: Touches, length: int) -> Background:
    """The inverse of :func:`packed`; ``found`` holds ``length`` touches."""
    time = arrays["time"]
    before = int(found.run[:length].sum(dtype=np.int64))
    return Background(time, arrays["context"], arrays["stratum"], time.size, time.size - before)


def forget_touches(
    found: Touches, base: int, length: int, background: Background, before: int
) -> tuple[Touches, int, int, Background]:
    """Drop touches older than ``before`` (microseconds) once they are a quarter of all, those by background among
    them, so that dropping costs little.

    Returns the columns, the new base and length, and what is left of background.
    """
    gone = int(np.searchsorted(found.time[:length], before))
    gone_behind = int(np.searchsorted(background.time[: background.length], before))
    if 4 * (gone + gone_behind) <= length + background.length:
        return found, base, length, background
    left, left_behind = length - gone, background.length - gone_behind
    if left:
        found.run[gone] = int(found.run[: gone + 1].sum(dtype=np.int64)) - gone_behind
    for column in found:
        column[:left] = column[gone:length]
    for column in _columns(background):
        column[:left_behind] = column[gone_behind : background.length]
    background = background._replace(length=left_behind, since=min(background.since, left_behind))
    return found, base + gone, left, background


def annotate(
    history: History,
    found: Touches,
    base: int,
    length: int,
    background: Background,
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
) -> tuple[History, Touches, int, Background]:
    """Take a batch of events, in stream order, into ``history`` and append its first touches to ``found``, and those by
    background to ``background``.

    Per event, shape (events,): ``time`` in microseconds, ``subject`` a number or -1 for background, ``context`` a
    64-bit key (never 0), ``stratum`` the kind and sort, ``act`` the number of its act, ascending. Per subject:
    ``circle`` (or -1), ``watched``, ``last_own`` (number of its last touch, changed in place). ``sort_of`` gives the
    sort of a stratum, ``chance`` the table of :func:`lapwing.evidence.rarity.chances` as at the last border.
    ``found`` holds ``length`` touches, the first of them number ``base``. Returns the history, the touches, the new
    length and the background.
    """
    history = with_room(history, time.shape[0])
    found, background = room_for(found, length, background, subject)
    length, behind, since, _ = _annotate(
        history, found, base, length, background, chance.reshape(chance.shape[0], -1), time, subject, context,
        stratum, sort_of, act, np.bincount(act - act[0]), first_row, circle, watched, last_own, generation,
    )  # fmt: skip
    return history, found, length, background._replace(length=behind, since=since)
