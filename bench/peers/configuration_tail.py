"""Poisson configuration model on rare contexts: how unlikely are so many meetings of two subjects that act so much?

Of contexts touched at most :data:`RARE` times in seven days, a pair with ``d_i`` and ``d_j`` touches in that time is
expected to share ``d_i d_j sum_c k_c (k_c - 1) / (sum_c k_c)^2``; the score is ``-log10`` of the Poisson tail of
what it does share.
"""

from __future__ import annotations

import numpy as np
from co_touches import WINDOW, CoTouches
from scipy.stats import poisson
from stream import asked, highest, read_events, write_signals

RARE = 10

if __name__ == "__main__":
    arguments = asked(__doc__)
    events = read_events(arguments.events)
    met = CoTouches(events, rare=RARE)
    rows, _, sizes, begins = met.risen(np.ones(len(met.pair)))
    several = sizes > 1
    rows, sizes, begins = rows[several], sizes[several], begins[several]
    first, second = met.both(rows)
    when = met.when[rows]
    # Touches of each subject in the window: its touches up to now less those up to a window ago.
    span = int(events.time[-1]) + WINDOW + 1
    keys = np.sort(events.subject * span + events.time)

    def touches(who: np.ndarray) -> np.ndarray:
        upto = np.searchsorted(keys, who * span + when, side="right")
        return upto - np.searchsorted(keys, who * span + np.maximum(when - WINDOW, 0))

    # Chance that two touches of the window land on one rare context: its meetings over its pairs of touches.
    upto = np.searchsorted(events.time, when, side="right")
    within = upto - np.searchsorted(events.time, np.maximum(when - WINDOW, 0))
    met_times = np.sort(met.when)
    meetings = np.searchsorted(met_times, when, side="right") - np.searchsorted(
        met_times, np.maximum(when - WINDOW, 0)
    )
    expected = touches(first) * touches(second) * 2.0 * meetings / within.astype(float) ** 2
    score = -poisson.logsf(sizes - 1, expected) / np.log(10)
    kept = highest(met.pair[rows], score)
    write_signals(
        arguments.out,
        events,
        when[kept],
        first[kept],
        second[kept],
        score[kept],
        met.since[begins[kept]],
    )
