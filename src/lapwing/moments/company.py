"""Company: what a group's members took up from one another, as a factor of other evidence about the same group.

How often somebody acts, which kinds these acts are of, and which contexts of a kind are touched are three factors of
one chance. So the evidence of `whom` since a start on some day, times other evidence since the end of that day, grows
by no more than either: the end of a day is known beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.restart import MODELS, STARTS, trace
from lapwing.evidence.whom import DAY, everyone
from lapwing.moments.finding import Entry
from lapwing.moments.scene import Scene, sheet_of


def company_by_day(members: NDArray[np.int32], scene: Scene) -> list[tuple[int, float]]:
    """Of every day of start that is weighed, its end (microseconds) and log2 of the restart mixture of `whom` of the
    starts on it; empty when the group touched nothing lately."""
    acts = everyone(sheet_of(members, scene))
    if acts.time.size == 0:
        return []
    path = trace(acts, scene.since)
    today = int(acts.time[-1]) // DAY
    return [
        ((day + 1) * DAY, float(np.logaddexp2.reduce(path.parts[day % STARTS])) - float(np.log2(MODELS)))
        for day in range(today - STARTS + 1, today + 1)
    ]


def merged(ledger: Sequence[Entry], company: Sequence[Entry]) -> tuple[Entry, ...]:
    """Two ledgers as one, in the order of events: what an act brought by itself and by whom it followed."""
    entries = {entry.row: entry for entry in ledger}
    for entry in company:
        other = entries.get(entry.row)
        bits = entry.bits if other is None else entry.bits + other.bits
        entries[entry.row] = Entry(entry.row, entry.with_, bits)
    return tuple(entries[row] for row in sorted(entries))
