"""With whom: did the members of a group take up one another's contexts?

For a first touch by member ``i`` of group ``G``, of a context whose chance is ``p``, the chance under copying is::

    pi_tau = sum_j exp(-lag_j / tau) / max(1, m_j_tau)  /  max(1, sum_j min(1, m_j_tau))

over the other members ``j``; ``lag_j`` is the time since ``j`` touched that context (a ``j`` that did not adds
nothing above), ``m_j_tau`` its decayed number of touches of that sort of context. So it is the mean over the others
that were active within about ``tau``, and what it sums to over all contexts is at most::

    q_tau = min(1, sum_j min(1, m_j_tau))

how much there was to copy: 1 if somebody was active within ``tau``, nearly 0 while all others slept.

An act is the mean over its contexts, ``x_tau = mean(pi_tau / p)`` and ``q_tau`` likewise, where a context the subject
had touched before tells nothing and counts as 1 in both. :mod:`lapwing.evidence.restart` makes bits of these numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.touches import Touches, back

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

SECOND = 1_000_000
DAY = 86_400 * SECOND
TAU = np.array([3_600.0, 86_400.0, 7 * 86_400.0]) * SECOND
"""Memory of copying: an hour, a day, a week (microseconds)."""


class Sheet(NamedTuple):
    """All touches of some subjects in memory, side by side in stream order: the evidence of any group of them is
    read from here. ``n`` touches."""

    members: I32
    """Numbers of the subjects, ascending."""
    seq: I64
    """Number of the touch."""
    time: I64
    who: I32
    """Place of the subject among ``members``."""
    sort: I32
    chance: F64
    act: I64
    rows: I32
    """Contexts of the act, repeats included."""
    earlier: I32
    """Place of the previous touch of the same context on this sheet, or -1."""
    forward: F64
    """``exp(time since midnight / tau)``, shape (n, taus): touches of one day are decayed by dividing."""


class Acts(NamedTuple):
    """The acts of a group in time order, ``a`` of them."""

    time: I64
    gain: F64
    """``x_tau - q_tau``, shape (a, taus)."""
    offered: F64
    """``q_tau``, same shape."""
    hit: Bools
    """Whether another member had touched one of the act's contexts."""
    first: I32
    """Place of the act's first touch on the sheet; the others of the act follow it."""


@kernel
def gather(members: I32, found: Touches, base: int, last_own: I64) -> Sheet:
    """The sheet of the subjects ``members`` (ascending). ``found`` begins with touch number ``base``; ``last_own``
    is the last touch of every subject."""
    n = 0
    for i in range(members.shape[0]):
        at = last_own[members[i]]
        while at >= base:
            n += 1
            at = back(found.own, at, base)
    seq = np.empty(n, np.int64)
    n = 0
    for i in range(members.shape[0]):
        at = last_own[members[i]]
        while at >= base:
            seq[n] = at
            n += 1
            at = back(found.own, at, base)
    seq.sort()
    time = np.empty(n, np.int64)
    who = np.empty(n, np.int32)
    sort = np.empty(n, np.int32)
    chance = np.empty(n)
    act = np.empty(n, np.int64)
    rows = np.empty(n, np.int32)
    earlier = np.empty(n, np.int32)
    forward = np.empty((n, TAU.shape[0]))
    slots = 16
    while slots < 2 * n:
        slots *= 2
    key = np.zeros(slots, np.int64)
    latest = np.empty(slots, np.int32)
    for i in range(n):
        entry = seq[i] - base
        time[i] = found.time[entry]
        who[i] = np.searchsorted(members, found.subject[entry])
        sort[i] = found.sort[entry]
        chance[i] = found.chance[entry]
        act[i] = found.act[entry]
        rows[i] = found.rows[entry]
        context = found.context[entry]
        slot = context & (slots - 1)
        while key[slot] != 0 and key[slot] != context:
            slot = (slot + 1) & (slots - 1)
        earlier[i] = latest[slot] if key[slot] == context else -1
        key[slot] = context
        latest[slot] = i
        for t in range(TAU.shape[0]):
            forward[i, t] = np.exp((time[i] % DAY) / TAU[t])
    return Sheet(members, seq, time, who, sort, chance, act, rows, earlier, forward)


@kernel
def copying(sheet: Sheet, chosen: Bools, part: I32) -> Acts:
    """The acts of the group of those ``chosen`` among the sheet's subjects, who take up contexts of those in the
    same ``part`` only; both of shape (subjects of the sheet,)."""
    n, taus, size = sheet.time.shape[0], TAU.shape[0], chosen.shape[0]
    sorts = 0
    for i in range(n):
        sorts = max(sorts, sheet.sort[i] + 1)
    # how much a day that has passed leaves of what was counted
    decay = np.exp(-DAY / TAU)
    counted = np.zeros((sorts, taus, size))
    """Touches so far, each times its ``forward``, decayed to the midnight before ``day``."""
    day = sheet.time[0] // DAY if n > 0 else 0
    parts = 0
    for j in range(size):
        parts = max(parts, part[j] + 1)
    mates = np.zeros((parts, size))
    """1 for those chosen of each part."""
    for j in range(size):
        if chosen[j]:
            mates[part[j], j] = 1.0
    present = np.empty(taus)
    x = np.empty(taus)
    q = np.empty(taus)
    time = np.empty(n, np.int64)
    gain = np.empty((n, taus))
    offered = np.empty((n, taus))
    hit = np.zeros(n, np.bool_)
    first = np.empty(n, np.int32)
    acts = 0
    at = 0
    while at < n:
        me = sheet.who[at]
        if not chosen[me]:
            at += 1
            continue
        begin = at
        now = sheet.time[at]
        if now // DAY > day:
            for t in range(taus):
                counted[:, t] *= decay[t] ** (now // DAY - day)
            day = now // DAY
        mine = mates[part[me]]
        mine[me] = 0.0
        x[:] = 0.0
        q[:] = 0.0
        asked = -1
        while at < n and sheet.act[at] == sheet.act[begin] and sheet.who[at] == me:
            sort = sheet.sort[at]
            if sort != asked:
                asked = sort
                for t in range(taus):
                    left = 1.0 / sheet.forward[at, t]
                    there = 0.0
                    for j in range(size):
                        there += mine[j] * min(1.0, counted[sort, t, j] * left)
                    present[t] = there
            for t in range(taus):
                q[t] += min(1.0, present[t])
            source = sheet.earlier[at]
            while source >= 0:
                other = sheet.who[source]
                if mine[other] > 0.0:
                    hit[acts] = True
                    for t in range(taus):
                        m = counted[sort, t, other] / sheet.forward[at, t]
                        pi = np.exp((sheet.time[source] - now) / TAU[t]) / max(1.0, m)
                        x[t] += pi / max(1.0, present[t]) / sheet.chance[at]
                source = sheet.earlier[source]
            at += 1
        mine[me] = 1.0
        known = sheet.rows[begin] - (at - begin)
        for t in range(taus):
            gain[acts, t] = (x[t] - q[t]) / sheet.rows[begin]
            offered[acts, t] = (q[t] + known) / sheet.rows[begin]
        for i in range(begin, at):
            for t in range(taus):
                counted[sheet.sort[i], t, me] += sheet.forward[i, t]
        time[acts] = now
        first[acts] = begin
        acts += 1
    return Acts(time[:acts], gain[:acts], offered[:acts], hit[:acts], first[:acts])


@kernel
def everyone(sheet: Sheet) -> Acts:
    """The acts of the group of all subjects of the sheet."""
    size = sheet.members.shape[0]
    return copying(sheet, np.ones(size, np.bool_), np.zeros(size, np.int32))
