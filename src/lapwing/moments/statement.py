"""Stating a moment: onset, ledger, ties and curve of a group, from its evidence act by act."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.touches import Touches
from lapwing.evidence.whom import DAY, STEPS, onset
from lapwing.moments.finding import Entry
from lapwing.moments.scene import Scene

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

LANES = 600
"""So many events of the members are kept for the timeline."""
LANES_BEFORE = 3 * DAY
FOLLOWED = 8
"""So many of those who touched a context before are named in a ledger line."""
TIES = 2000
"""So many pairs are kept for the network."""
POINTS = 200
"""So many points of the curve are kept."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the evidence says of a group: numbers of subjects and events, microseconds, bits."""

    onset: int
    onset_between: tuple[int, int]
    bits: float
    """Sum since the onset."""
    ledger: tuple[Entry, ...]
    last: int
    """Time of the last act that followed another member."""
    lanes: tuple[int, ...]
    lanes_left_out: int
    ties_before: tuple[tuple[int, int, int], ...]
    ties_after: tuple[tuple[int, int, int], ...]
    curve: tuple[tuple[int, float], ...]


def state_moment(members: I32, scene: Scene, raised: int) -> Statement:
    """State what the group's acts show at this border, of a moment that began before it was ``raised``."""
    path, seqs, times = scene.trace(members)
    start = onset(path, times, scene.since, raised)
    found, base = scene.found, scene.base
    begin = int(times[start.begin])
    ledger = []
    last = begin
    for act in range(start.begin, times.size):
        if path.hit[act]:
            row, followed = _followed(
                members, seqs[path.first[act] : path.first[act + 1]], found, base, scene.place, FOLLOWED
            )
            ledger.append(Entry(int(found.row[row]), tuple(map(int, followed)), float(start.bits[act])))
            last = int(times[act])
    rows = found.row[seqs - base]
    shown = np.flatnonzero(found.time[seqs - base] >= begin - LANES_BEFORE)
    lanes = sorted({int(rows[i]) for i in shown[:LANES]} | {entry.row for entry in ledger[:LANES]})
    before, after = _ties(members, seqs, found, base, scene.place, begin)
    begun = np.flatnonzero(np.isfinite(path.path))
    points = begun[np.unique(np.linspace(0, max(begun.size - 1, 0), min(POINTS, begun.size)).astype(int))]
    return Statement(
        onset=begin,
        onset_between=(int(times[start.earliest]), int(times[start.latest])),
        bits=float(start.bits[start.begin :].sum()),
        ledger=tuple(ledger),
        last=last,
        lanes=tuple(lanes),
        lanes_left_out=max(0, shown.size - LANES),
        ties_before=_pairs(members, before),
        ties_after=_pairs(members, after),
        curve=tuple((int(times[i]), float(path.path[i])) for i in points),
    )


@kernel
def _followed(
    members: I32, seqs: I64, found: Touches, base: int, place: I32, most: int
) -> tuple[int, NDArray[np.int32]]:
    """Of one act: the touch with the rarest context that other members had touched, and who they were."""
    for i in range(members.shape[0]):
        place[members[i]] = i
    best = seqs[0] - base
    rarest = 2.0
    who = np.empty(0, np.int32)
    for at in range(seqs.shape[0]):
        entry = seqs[at] - base
        sources = np.empty(most, np.int32)
        count = 0
        seq = found.previous[entry]
        step = 0
        while seq >= base and step < STEPS and count < most:
            other = found.subject[seq - base]
            if place[other] >= 0 and other != found.subject[entry]:
                sources[count] = other
                count += 1
            seq = found.previous[seq - base]
            step += 1
        if count > 0 and found.chance[entry] < rarest:
            rarest = found.chance[entry]
            best = entry
            who = sources[:count].copy()
    for i in range(members.shape[0]):
        place[members[i]] = -1
    return best, who


@kernel
def _ties(
    members: I32, seqs: I64, found: Touches, base: int, place: I32, begin: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Contexts that both members of a pair touched, the later of them before and since ``begin``."""
    size = members.shape[0]
    for i in range(size):
        place[members[i]] = i
    before = np.zeros((size, size), np.int32)
    after = np.zeros((size, size), np.int32)
    for at in range(seqs.shape[0]):
        entry = seqs[at] - base
        me = place[found.subject[entry]]
        counts = before if found.time[entry] < begin else after
        seq = found.previous[entry]
        step = 0
        while seq >= base and step < STEPS:
            other = place[found.subject[seq - base]]
            if other >= 0 and other != me:
                counts[min(me, other), max(me, other)] += 1
            seq = found.previous[seq - base]
            step += 1
    for i in range(size):
        place[members[i]] = -1
    return before, after


def _pairs(members: I32, counts: NDArray[np.int32]) -> tuple[tuple[int, int, int], ...]:
    first, second = np.nonzero(counts)
    shared = counts[first, second]
    order = np.lexsort((second, first, -shared))[:TIES]
    return tuple((int(members[first[i]]), int(members[second[i]]), int(shared[i])) for i in order)
