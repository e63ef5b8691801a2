"""Texts: rows of the event store that a moment may want to show, kept when they come and erased when nobody asks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lapwing.events.store import SEGMENT, STORED, Store
from lapwing.watch.batch import Batch
from lapwing.watch.intake import Stretch

_TOLD = ("time", "subject", "kind", "context")


def keep(
    store: Store,
    tables: Sequence[pa.Table],
    stretches: Sequence[Stretch],
    wanted: NDArray[np.bool_] | None = None,
) -> None:
    """Store the rows of those subjects that are ``wanted`` (shape (subjects,); None: of all subjects)."""
    subject = np.concatenate([stretch.batch.subject for stretch in stretches])
    kept_of = subject >= 0 if wanted is None else np.append(wanted, False)[subject]  # -1 is at the end
    first, start = stretches[0].batch.first_row, 0
    for table in tables:
        kept = np.flatnonzero(kept_of[start : start + len(table)])
        columns = table if len(kept) == len(table) else table.take(pa.array(kept))
        told = {name: columns[name] for name in _TOLD} | {"seq": pa.array(first + start + kept)}
        store.append(pa.table([told.get(f.name, pa.nulls(len(kept), f.type)) for f in STORED], schema=STORED))
        start += len(table)


class Erasing:
    """Which events of the store nobody will ask for any more."""

    def __init__(self) -> None:
        self._starts: deque[tuple[int, int]] = deque()
        """Number and time of the first event of each batch."""
        self._oldest = 0
        """The oldest event that the snapshot before the last may ask for."""
        self._erased = 0

    def passed(self, batch: Batch) -> None:
        """Know of a batch whose events may be erased one day."""
        self._starts.append((batch.first_row, int(batch.time[0])))

    def erase(self, store: Store, oldest: int) -> None:
        """After a snapshot that may ask for events from number ``oldest`` on: erase what neither it nor the one
        before will ask for, many events at a time."""
        until, self._oldest = self._oldest, oldest
        while len(self._starts) > 1 and self._starts[1][0] <= until:
            self._starts.popleft()
        # The first batch that a resumed watch knows may be younger than what is still asked for.
        if self._starts and self._erased + SEGMENT <= self._starts[0][0] <= until:
            self._erased, start = self._starts[0]
            store.expire(start)
