"""Stating a moment: onset, ledger, ties and curve of a group, from its evidence act by act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.restart import onset, trace
from lapwing.evidence.whom import DAY, Sheet, everyone
from lapwing.moments.finding import Entry
from lapwing.moments.scene import Scene, sheet_of

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

LANES = 600
"""So many events of the members are kept for the timeline."""
LANES_BEFORE = 3 * DAY
"""The timeline begins so long before the onset."""
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
    sheet = sheet_of(members, scene)
    acts = everyone(sheet)
    path = trace(acts, scene.since)
    start = onset(path, acts, scene.since, raised)
    begin = int(acts.time[start.begin])
    rows = scene.found.row[sheet.seq - scene.base]
    ends = np.append(acts.first[1:], sheet.time.size)
    ledger = []
    last = begin
    for act in range(start.begin, acts.time.size):
        if acts.hit[act]:
            touch, followed = _followed(sheet, acts.first[act], ends[act])
            with_ = tuple(map(int, members[followed]))
            ledger.append(Entry(int(rows[touch]), with_, float(start.bits[act])))
            last = int(acts.time[act])
    lanes, left_out = lanes_of(rows[sheet.time >= begin - LANES_BEFORE], ledger)
    before, after = _ties(sheet, begin)
    begun = np.flatnonzero(np.isfinite(path.path))
    points = begun[np.unique(np.linspace(0, max(begun.size - 1, 0), min(POINTS, begun.size)).astype(int))]
    return Statement(
        onset=begin,
        onset_between=(int(acts.time[start.earliest]), int(acts.time[start.latest])),
        bits=float(start.bits[start.begin :].sum()),
        ledger=tuple(ledger),
        last=last,
        lanes=lanes,
        lanes_left_out=left_out,
        ties_before=_pairs(members, before),
        ties_after=_pairs(members, after),
        curve=tuple((int(acts.time[i]), float(path.path[i])) for i in points),
    )


def lanes_of(shown: I64, ledger: Sequence[Entry]) -> tuple[tuple[int, ...], int]:
    """The events of the timeline, and how many are left out: the first of those ``shown`` (numbers of the members'
    events from :data:`LANES_BEFORE` the onset on, in stream order) and of the ledger's."""
    rows = {*shown[:LANES].tolist()} | {entry.row for entry in ledger[:LANES]}
    return tuple(sorted(rows)), max(0, len(shown) - LANES)


def ties_around(
    members: I32, scene: Scene, begin: int
) -> tuple[tuple[tuple[int, int, int], ...], tuple[tuple[int, int, int], ...]]:
    """(member, member, contexts both touched) before ``begin`` (microseconds), and since."""
    before, after = _ties(sheet_of(members, scene), begin)
    return _pairs(members, before), _pairs(members, after)


@kernel
def _followed(sheet: Sheet, begin: int, end: int) -> tuple[int, I32]:
    """Of the act with the touches ``begin .. end - 1``: the touch with the rarest context that other members had
    touched, and who they were, most recent first, as places among the members."""
    best = begin
    rarest = 2.0
    who = np.empty(0, np.int32)
    for at in range(begin, end):
        sources = np.empty(FOLLOWED, np.int32)
        count = 0
        source = sheet.earlier[at]
        while source >= 0 and count < FOLLOWED:
            if sheet.who[source] != sheet.who[at]:
                sources[count] = sheet.who[source]
                count += 1
            source = sheet.earlier[source]
        if count > 0 and sheet.chance[at] < rarest:
            rarest = sheet.chance[at]
            best = at
            who = sources[:count].copy()
    return best, who


@kernel
def _ties(sheet: Sheet, begin: int) -> tuple[I32, I32]:
    """Contexts that both members of a pair touched, the later of them before and since ``begin``."""
    size = sheet.members.shape[0]
    before = np.zeros((size, size), np.int32)
    after = np.zeros((size, size), np.int32)
    for at in range(sheet.time.shape[0]):
        counts = before if sheet.time[at] < begin else after
        me = sheet.who[at]
        source = sheet.earlier[at]
        while source >= 0:
            other = sheet.who[source]
            if other != me:
                counts[min(me, other), max(me, other)] += 1
            source = sheet.earlier[source]
    return before, after


def _pairs(members: I32, counts: I32) -> tuple[tuple[int, int, int], ...]:
    first, second = np.nonzero(counts)
    shared = counts[first, second]
    order = np.lexsort((second, first, -shared))[:TIES]
    return tuple((int(members[first[i]]), int(members[second[i]]), int(shared[i])) for i in order)
