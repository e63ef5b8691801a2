"""FOCuS for Poisson counts (Ward, Dilillo, Eckley and Fearnhead 2023), one subject at a time, up and down.

The baseline is the subject's rate in the first week. The statistic is the largest log-likelihood ratio over all
starts and all rates after them; only starts on the convex hull of the cumulative counts can reach it, and they are
kept in a stack.
"""

from __future__ import annotations

import numpy as np
from activity import BIN, Activity
from numba import njit
from stream import DAY, asked, highest, read_events, write_signals

FLOOR = 5.0
"""Lower values of the statistic are not written."""


@njit(cache=True)
def focus(counts: np.ndarray, clock: np.ndarray, learning: int) -> tuple[np.ndarray, ...]:
    """The statistic of every subject and bin after the learning, and the bin of the best start; shape of counts."""
    subjects, bins = counts.shape
    most = np.zeros((subjects, bins))
    start = np.zeros((subjects, bins), np.int64)
    hull_x, hull_y, hull_at = np.empty(bins + 1), np.empty(bins + 1), np.empty(bins + 1, np.int64)
    for i in range(subjects):
        base = (counts[i, :learning].sum() + 0.5) / (clock[:learning].sum() + 0.5)
        for up in (True, False):
            sign = 1.0 if up else -1.0
            x, y, size = 0.0, 0.0, 0
            for b in range(learning, bins):
                # The start before this bin joins the hull; those above the line to it can never be best again.
                while (
                    size >= 2
                    and sign
                    * (
                        (hull_y[size - 1] - hull_y[size - 2]) * (x - hull_x[size - 2])
                        - (y - hull_y[size - 2]) * (hull_x[size - 1] - hull_x[size - 2])
                    )
                    >= 0
                ):
                    size -= 1
                hull_x[size], hull_y[size], hull_at[size] = x, y, b
                size += 1
                x += base * clock[b]
                y += counts[i, b]
                for h in range(size):
                    expected, seen = x - hull_x[h], y - hull_y[h]
                    if sign * (seen - expected) <= 0:
                        continue
                    value = expected - seen + (seen * np.log(seen / expected) if seen > 0 else 0.0)
                    if value > most[i, b]:
                        most[i, b], start[i, b] = value, hull_at[h]
    return most, start


if __name__ == "__main__":
    arguments = asked(__doc__)
    events = read_events(arguments.events, repeats=True)
    activity = Activity.of(events)
    most, start = focus(activity.counts, activity.clock, 7 * DAY // BIN)
    best = np.maximum.accumulate(most, axis=1)
    risen = (most >= FLOOR) & (np.diff(best, axis=1, prepend=0.0) > 0)
    who, bins = np.nonzero(risen)
    subject, score = activity.subject[who], most[who, bins]
    kept = highest(subject, score)
    who, bins, subject, score = who[kept], bins[kept], subject[kept], score[kept]
    write_signals(arguments.out, events, (bins + 1) * BIN, subject, subject, score, start[who, bins] * BIN)
