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
def _take_up(sheet: Sheet, at: int, place: I32, mates: F64, m: F64, present: F64, x: F64) -> bool:
    """Write ``pi_tau / p`` of touch ``at`` to ``x``, and say whether one of the ``mates`` (1, others 0) had touched its
    context. ``m``, of shape (taus, mates), and ``present``, the sum of ``min(1, m)`` over the mates, are as at the
    touch; ``place`` says where among these a subject of the sheet stands, -1 for nowhere."""
    found = False
    source = sheet.earlier[at]
    while source >= 0:
        other = place[sheet.who[source]]
        if other >= 0 and mates[other] > 0.0:
            found = True
            for t in range(TAU.shape[0]):
                pi = np.exp((sheet.time[source] - sheet.time[at]) / TAU[t]) / max(1.0, m[t, other])
                x[t] += pi / max(1.0, present[t]) / sheet.chance[at]
        source = sheet.earlier[source]
    return found


@kernel
def _acts(sheet: Sheet, chosen: Bools, x: F64, present: F64, hit: Bools) -> Acts:
    """The acts of those ``chosen``, of what is said of each of their touches; ``x`` and ``present`` have the shape
    (n, taus), ``hit`` (n,)."""
    n, taus = sheet.time.shape[0], TAU.shape[0]
    time = np.empty(n, np.int64)
    gain, offered = np.empty((n, taus)), np.empty((n, taus))
    hits = np.zeros(n, np.bool_)
    first = np.empty(n, np.int32)
    acts = at = 0
    while at < n:
        me = sheet.who[at]
        if not chosen[me]:
            at += 1
            continue
        begin = at
        gain[acts] = 0.0
        offered[acts] = 0.0
        while at < n and sheet.act[at] == sheet.act[begin] and sheet.who[at] == me:
            hits[acts] |= hit[at]
            for t in range(taus):
                q = min(1.0, present[at, t])
                gain[acts, t] += x[at, t] - q
                offered[acts, t] += q
            at += 1
        if sheet.rows[begin] > 1:
            known = sheet.rows[begin] - (at - begin)
            for t in range(taus):
                gain[acts, t] /= sheet.rows[begin]
                offered[acts, t] = (offered[acts, t] + known) / sheet.rows[begin]
        time[acts] = sheet.time[begin]
        first[acts] = begin
        acts += 1
    return Acts(time[:acts], gain[:acts], offered[:acts], hits[:acts], first[:acts])


@kernel
def _sorts_on(sheet: Sheet) -> int:
    sorts = 0
    for sort in sheet.sort:
        sorts = max(sorts, sort + 1)
    return sorts


@kernel
def _pass_days(counted: F64, days: int) -> None:
    """Have what was counted up to a midnight, shape (taus, subjects), decay to one so many days later."""
    for t in range(counted.shape[0]):
        left = np.exp(-days * DAY / TAU[t])
        for j in range(counted.shape[1]):
            counted[t, j] *= left


@kernel
def copying(sheet: Sheet, chosen: Bools, part: I32) -> Acts:
    """The acts of the group of those ``chosen`` among the sheet's subjects, who take up contexts of those in the
    same ``part`` only; both of shape (subjects of the sheet,)."""
    n, taus, size = sheet.time.shape[0], TAU.shape[0], int(np.sum(chosen))
    place = np.full(chosen.shape[0], -1, np.int32)
    place[chosen] = np.arange(size)
    sorts = _sorts_on(sheet)
    counted = np.zeros((sorts, taus, size))
    """Touches so far, each times its ``forward``, decayed to the last midnight before one of that sort."""
    day = np.zeros(sorts, np.int64)
    parts = 0
    for j in range(chosen.shape[0]):
        parts = max(parts, part[j] + 1)
    mates = np.zeros((parts, size))
    """1 for those chosen of each part."""
    for j in range(chosen.shape[0]):
        if chosen[j]:
            mates[part[j], place[j]] = 1.0
    m = np.empty((taus, size))
    x, present, hit = np.zeros((n, taus)), np.empty((n, taus)), np.zeros(n, np.bool_)
    for at in range(n):
        me, sort = place[sheet.who[at]], sheet.sort[at]
        if me < 0:
            continue
        if sheet.time[at] >= (day[sort] + 1) * DAY:
            today = sheet.time[at] // DAY
            _pass_days(counted[sort], today - day[sort])
            day[sort] = today
        mine = part[sheet.who[at]]
        mates[mine, me] = 0.0
        shared = sheet.earlier[at] >= 0
        for t in range(taus):
            left = 1.0 / sheet.forward[at, t]
            there = 0.0
            for j in range(size):
                m[t, j] = counted[sort, t, j] * left
                there += mates[mine, j] * min(1.0, m[t, j])
                if there >= 1.0 and not shared:  # more of them would change nothing
                    break
            present[at, t] = there
        if shared:
            hit[at] = _take_up(sheet, at, place, mates[mine], m, present[at], x[at])
        mates[mine, me] = 1.0
        for t in range(taus):
            counted[sort, t, me] += sheet.forward[at, t]
    return _acts(sheet, chosen, x, present, hit)


@kernel
def active(sheet: Sheet) -> F64:
    """``m_j_tau`` at every touch on the sheet, of the sort of its context, shape (subjects, taus, n). It does not
    depend on who else is in a group, so many groups are read from one sheet at little cost; see :func:`among`."""
    n, taus, size = sheet.time.shape[0], TAU.shape[0], sheet.members.shape[0]
    sorts = _sorts_on(sheet)
    counted, day = np.zeros((sorts, taus, size)), np.zeros(sorts, np.int64)  # as in copying
    m = np.empty((size, taus, n))
    for at in range(n):
        sort = sheet.sort[at]
        if sheet.time[at] >= (day[sort] + 1) * DAY:
            today = sheet.time[at] // DAY
            _pass_days(counted[sort], today - day[sort])
            day[sort] = today
        for t in range(taus):
            left = 1.0 / sheet.forward[at, t]
            for j in range(size):
                m[j, t, at] = counted[sort, t, j] * left
            counted[sort, t, sheet.who[at]] += sheet.forward[at, t]
    return m


@kernel
def joined(sheet: Sheet, m: F64, present: F64, one: int, sign: float) -> F64:
    """``present`` once subject ``one`` of the sheet is in the group as well (``sign`` 1) or no longer (-1)."""
    changed = present.copy()
    for t in range(m.shape[1]):
        for at in range(m.shape[2]):
            if sheet.who[at] != one:
                changed[t, at] += sign * min(1.0, m[one, t, at])
    return changed


@kernel
def among(sheet: Sheet, chosen: Bools, m: F64, present: F64) -> Acts:
    """The same as :func:`copying` for a group in one part, once it is known how :func:`active` everybody was, and
    ``present``, of shape (taus, n): the sum of ``min(1, m)`` over those chosen but the subject itself at every touch on
    the sheet (:func:`joined`)."""
    n = sheet.time.shape[0]
    x, hit = np.zeros((n, TAU.shape[0])), np.zeros(n, np.bool_)
    place, mates = np.arange(chosen.shape[0]).astype(np.int32), chosen.astype(np.float64)
    for at in range(n):
        me = sheet.who[at]
        if chosen[me] and sheet.earlier[at] >= 0:
            mates[me] = 0.0
            hit[at] = _take_up(sheet, at, place, mates, m[:, :, at].T, present[:, at], x[at])
            mates[me] = 1.0
    return _acts(sheet, chosen, x, present.T, hit)


@kernel
def everyone(sheet: Sheet) -> Acts:
    """The acts of the group of all subjects of the sheet."""
    size = sheet.members.shape[0]
    return copying(sheet, np.ones(size, np.bool_), np.zeros(size, np.int32))
