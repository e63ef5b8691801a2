"""Rarity-weighted sum: what the contexts that a pair met in within the last seven days weigh together.

A context weighs ``-log2`` of its share of all touches so far.
"""

from __future__ import annotations

import numpy as np
from co_touches import CoTouches
from stream import asked, highest, read_events, write_signals

if __name__ == "__main__":
    arguments = asked(__doc__)
    events = read_events(arguments.events)
    met = CoTouches(events)
    order = np.argsort(events.context, kind="stable")
    sizes = np.bincount(events.context)
    so_far = np.empty(len(order), np.int64)
    so_far[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    weight = np.log2((met.later + 1.0) / so_far[met.later])
    rows, sums, _, begins = met.risen(weight)
    kept = highest(met.pair[rows], sums)
    rows, sums, begins = rows[kept], sums[kept], begins[kept]
    write_signals(arguments.out, events, met.when[rows], *met.both(rows), sums, met.since[begins])
