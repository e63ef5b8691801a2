"""Who touched what another had touched within two hours, and what a window of seven days makes of it, pair by pair.

The three simplest peers share this, and all are told the lag of the cells: with co-touches at any lag they find less.
To touch what more than :data:`LATEST` others touched counts for the latest of them only, so that a viral context costs
no more than others.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from stream import DAY, HOUR, Events

LAG = 2 * HOUR
"""From one touch to the other, at most."""
WINDOW = 7 * DAY
LATEST = 32


@njit(cache=True)
def _co_touches(
    time: np.ndarray, subject: np.ndarray, context: np.ndarray, contexts: int, rare: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number of the later and of the earlier touch of each pair, and how often the context had been touched in the
    window; contexts touched more than ``rare`` times in it are left out."""
    n = time.shape[0]
    latest = np.full(contexts, -1, np.int64)
    before = np.full(n, -1, np.int64)
    total = 0
    for turn in range(2):
        if turn == 1:
            later, earlier, touched = (
                np.empty(total, np.int64),
                np.empty(total, np.int64),
                np.empty(total, np.int32),
            )
            latest[:] = -1
            total = 0
        for i in range(n):
            if turn == 0:
                before[i] = latest[context[i]]
            latest[context[i]] = i
            j = before[i]
            step = 0
            near = 0
            while j >= 0 and step <= max(LATEST, rare) and time[i] - time[j] <= WINDOW:
                step += 1
                near += time[i] - time[j] <= LAG
                j = before[j]
            if step > rare:
                continue
            j = before[i]
            for _ in range(min(near, LATEST)):
                if turn == 1:
                    later[total], earlier[total], touched[total] = i, j, step
                total += 1
                j = before[j]
    return later, earlier, touched


@njit(cache=True)
def _risen(
    pair: np.ndarray, when: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows (ordered by pair, then time) at which the windowed sum of weights of the pair is higher than ever; the
    sum, the number of weights in it, and the row the window begins with."""
    n = pair.shape[0]
    rows, sums, sizes, begins = (
        np.empty(n, np.int64),
        np.empty(n, np.float64),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
    )
    found = 0
    begin = 0
    total, most = 0.0, 0.0
    for i in range(n):
        if i == 0 or pair[i] != pair[i - 1]:
            begin, total, most = i, 0.0, 0.0
        total += weight[i]
        while when[i] - when[begin] > WINDOW:
            total -= weight[begin]
            begin += 1
        if total > most + 1e-9:
            most = total
            rows[found], sums[found], sizes[found], begins[found] = i, total, i - begin + 1, begin
            found += 1
    return rows[:found], sums[:found], sizes[:found], begins[:found]


class CoTouches:
    """All co-touches of a stream, ordered by pair and then by time. Arrays have shape (co-touches,)."""

    def __init__(self, events: Events, *, rare: int = 10**9) -> None:
        contexts = int(events.context.max(initial=-1)) + 1
        later, earlier, touched = _co_touches(events.time, events.subject, events.context, contexts, rare)
        low = np.minimum(events.subject[later], events.subject[earlier])
        high = np.maximum(events.subject[later], events.subject[earlier])
        pair = low * len(events.names) + high
        order = np.lexsort((later, pair))
        self.pair = pair[order]
        self.when = events.time[later[order]]
        self.since = events.time[earlier[order]]
        self.touched = touched[order]
        """How often the context was touched in the seven days before, at most counted to the limit."""
        self.later = later[order]
        self._subjects = len(events.names)

    def risen(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """See :func:`_risen`."""
        return _risen(self.pair, self.when, weight)

    def both(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The two subjects of rows."""
        return self.pair[rows] // self._subjects, self.pair[rows] % self._subjects
