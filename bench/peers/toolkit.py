"""coordination-network-toolkit: its co-link network with a window of one hour, computed anew at the end of every week.

The toolkit reads posts with links; here every context is a link, and an act is a post. The score of a pair is the
weight of its edge, in both directions: how often one of them followed the other within the hour.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from coordination_network_toolkit.compute_networks import compute_co_link_network
from coordination_network_toolkit.database import initialise_db
from coordination_network_toolkit.preprocess import preprocess_data
from stream import DAY, SECOND, asked, highest, read_events, write_signals

WINDOW = 3_600
EVERY = 7
"""Days."""

if __name__ == "__main__":
    arguments = asked(__doc__)
    events = read_events(arguments.events)
    days = int(events.time[-1] // DAY) + 1
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for day in [*range(EVERY, days, EVERY), days]:
            upto = int(np.searchsorted(events.time, day * DAY))
            path = Path(folder) / f"{day}.db"
            initialise_db(str(path)).close()
            columns = (events.time[:upto] // SECOND, events.subject[:upto], events.context[:upto])
            posts = (
                (str(row), str(who), "", "", "", "", when, [f"http://c.example/{what}"])
                for row, (when, who, what) in enumerate(zip(*(c.tolist() for c in columns), strict=True))
            )
            preprocess_data(str(path), posts)
            compute_co_link_network(str(path), WINDOW, n_threads=1)
            weights: Counter[tuple[int, int]] = Counter()
            database = initialise_db(str(path))
            for one, other, weight in database.execute("select user_1, user_2, weight from co_link_network"):
                if one != other:
                    weights[min(int(one), int(other)), max(int(one), int(other))] += weight
            database.close()
            pairs = np.array(list(weights), np.int64).reshape(-1, 2)
            score = np.fromiter(weights.values(), float, len(weights))
            found.append((np.full(len(score), day * DAY), pairs[:, 0], pairs[:, 1], score))
    time, first, second, score = (np.concatenate(column) for column in zip(*found, strict=True))
    kept = highest(first * len(events.names) + second, score)
    undated = np.full(len(kept), -1)
    write_signals(arguments.out, events, time[kept], first[kept], second[kept], score[kept], undated)
