"""Running count: in how many contexts did the pair meet within the last seven days?"""

from __future__ import annotations

import numpy as np
from co_touches import CoTouches
from stream import asked, highest, read_events, write_signals

if __name__ == "__main__":
    arguments = asked(__doc__)
    events = read_events(arguments.events)
    met = CoTouches(events)
    rows, sums, _, begins = met.risen(np.ones(len(met.pair)))
    kept = highest(met.pair[rows], sums)
    rows, sums, begins = rows[kept], sums[kept], begins[kept]
    write_signals(arguments.out, events, met.when[rows], *met.both(rows), sums, met.since[begins])
