"""The replay: the past learnt anew from the touches in memory, when circles are others than before.

:func:`with_circles` counts everything again, touches by subjects and by background in the order in which they came;
:func:`with_moved` counts a few circles again, and leaves the population's past as it is.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.history import (
    AHEAD,
    MAX_CIRCLES,
    History,
    bring_near,
    bring_within_near,
    chance_of,
    last_seen,
    new_history,
    recent_pairs,
    room_for_circles,
    sweep,
    touch,
    touch_within,
)
from lapwing.evidence.kernel import kernel
from lapwing.evidence.rarity import OUTSIDE, TICK_CLASSES, TOUCH_CLASSES, UNIT, UNPLACED, chances
from lapwing.evidence.slots import emptied, grown, kept, slot_of
from lapwing.evidence.touches import Background, Touches

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
F64 = NDArray[np.float64]

_STRETCH = 1 << 17
"""Touches that are counted anew before the tables are given more room."""


class _Place(NamedTuple):
    """How far the stream is told again."""

    entry: int
    """The next touch by a subject."""
    behind: int
    """The next touch by background."""
    due: int
    """So many touches by background come before that by a subject."""


@kernel
def _replay_within(history: History, found: Touches, start: int, stop: int, circle: I32, inner: I16) -> int:
    seen = 0
    for i in range(start, stop):
        if (i - start) % AHEAD == 0:
            end = min(i + AHEAD, stop)
            seen ^= bring_within_near(history.within, found.subject, found.context, circle, i, end)
        home = circle[found.subject[i]]
        inner[i] = -1
        if home >= 0:
            inner[i] = touch_within(history, found.stratum[i], found.sort[i], home, found.context[i])
    return seen


@kernel
def _replay(
    history: History,
    found: Touches,
    base: int,
    length: int,
    background: Background,
    place: _Place,
    stop: int,
    most: int,
    sort_of: I32,
    circle: I32,
    watched: NDArray[np.bool_],
    inner: I16,
) -> tuple[int, int, int, int]:
    """Go on from a place up to the touch ``stop`` and the background just before it, or by ``most`` touches;
    returns the new place, and a number that means nothing."""
    contexts = history.contexts
    entry, behind, due = place.entry, place.behind, place.due
    next_ones, keys = np.empty(AHEAD, np.int64), np.empty(AHEAD, np.int64)
    seen, taken = 0, 0
    while taken < most and (behind < due or entry < stop):
        n = 0
        while n < min(AHEAD, most - taken) and (behind < due or entry < stop):
            if behind < due:
                next_ones[n], keys[n] = -1 - behind, background.context[behind]
                behind += 1
            else:
                next_ones[n], keys[n] = entry, found.context[entry]
                entry += 1
                due = due + found.run[entry] if entry < length else background.length
            n += 1
        seen ^= bring_near(contexts, keys, 0, n)
        for at in range(n):
            i, key = next_ones[at], keys[at]
            row = slot_of(contexts, key)
            if i < 0:
                kind = background.stratum[-1 - i]
                touch(history, row, kind, sort_of[kind], -1, -1, key, -1)
                continue
            who = found.subject[i]
            found.cell[i] = touch(
                history, row, found.stratum[i], found.sort[i], who, circle[who], key, inner[i]
            )
            if watched[who]:
                last_seen(contexts, row, base + i)
        taken += n
    return entry, behind, due, seen


def _with_these_touches(
    fresh: History,
    found: Touches,
    base: int,
    length: int,
    background: Background,
    sort_of: I32,
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

    place = _Place(0, 0, int(found.run[0]) if length else background.length)
    # A pool of its own: one that outlives the call would have no thread in a process that was forked.
    with ThreadPoolExecutor(1) as beside:
        ahead = beside.submit(replay_within, fresh, 0)
        for start in range(0, max(length, 1), _STRETCH):
            stop = min(start + _STRETCH, length)
            circles = ahead.result()
            if stop < length:
                ahead = beside.submit(replay_within, circles, stop)
            while place.behind < place.due or place.entry < stop:
                left = length - place.entry + background.length - place.behind
                more = min(_STRETCH, left)
                fresh = fresh._replace(contexts=grown(fresh.contexts, int(fresh.used[0]), more))
                *reached, _ = _replay(
                    fresh, found, base, length, background, place, stop, _STRETCH, sort_of, circle, watched, inner
                )  # fmt: skip
                place = _Place(*reached)
        return fresh._replace(within=ahead.result().within)


@kernel
def _touches_by_circle(subject: I32, circle: I32, circles: int) -> I64:
    """How many touches are by subjects of each circle."""
    touches = np.zeros(circles, np.int64)
    for who in subject:
        if circle[who] >= 0:
            touches[circle[who]] += 1
    return touches


@kernel
def _measure(found: Touches, length: int, chance: F64, inner: I16) -> None:
    """Give every touch its chance; ``inner`` is the cell that it fell in within its circle, -1 for none."""
    for i in range(length):
        found.chance[i] = chance_of(chance[found.stratum[i]], found.cell[i], inner[i])


def with_circles(
    history: History,
    found: Touches,
    base: int,
    length: int,
    background: Background,
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
    pairs, used = kept(history.pairs, recent_pairs(history.pairs, generations))
    fresh = room_for_circles(new_history(strata, sorts), circles)._replace(
        contexts=emptied(history.contexts, min(length + background.length, int(history.used[0]) + _STRETCH)),
        within=emptied(history.within, min(length, int(history.used[1]) + _STRETCH)),
        pairs=pairs,
    )
    fresh.used[2] = used
    fresh.share[:] = homes * UNIT // max(int(homes.sum()), 1)
    inner = np.empty(length, np.int16)
    fresh = _with_these_touches(fresh, found, base, length, background, sort_of, circle, watched, inner)
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
        if circle[who] < 0 or not counted_anew[circle[who]]:
            continue
        kind = found.stratum[i]
        inner = touch_within(history, kind, found.sort[i], circle[who], found.context[i])
        if found.cell[i] >= placed:
            found.cell[i] -= placed
        found.chance[i] = chance_of(chance[kind], found.cell[i], inner)
