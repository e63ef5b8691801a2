"""With whom: did a group begin to take up one another's contexts?

For a first touch by member ``i`` of group ``G``, of a context whose chance is ``p``, the chance under copying is::

    pi_tau = (1 / others) sum_j exp(-lag_j / tau) / max(1, m_j_tau)

over the other members ``j``, active in the last week, that touched the context before; ``m_j_tau`` is j's decayed
number of touches of that sort of context, ``others`` how many members are active. An act is the mean over its
contexts, ``x_tau = mean(pi_tau / p)``, where a context the subject had touched before tells nothing and counts as 1.

"As usual" is what the group did before: relative to ``p``, ``u = 1 + sum_tau c_tau (x_tau - 1)``, ``c_tau`` the
posterior mean of the share of copied acts in the group's own past. For a start on day ``d`` the past ends a day
before ``d``; it is not updated afterwards, since coming together means *more than before*. "Something began" is a
share ``rho`` of copied acts on top of what is usual, so the likelihood ratio of the act is
``1 + rho (x_tau / u - 1)``: copying less than before is no evidence of anything.

Every day of start and every pair of ``tau`` and ``rho`` has its own restart mixture
``R_t = (R_{t-1} + days since, while it is day d) x ratio``; ``R`` is their sum over days and mean over pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.touches import Touches

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

SECOND = 1_000_000
DAY = 86_400 * SECOND
TAU = np.array([3_600.0, 86_400.0, 7 * 86_400.0]) * SECOND
"""Memory of copying: an hour, a day, a week (microseconds)."""
RHO = np.array([0.05, 0.2, 0.5])
"""Shares of copied acts under "something began"."""
RHO0 = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3])
"""Shares of copied acts under "as usual", besides 0."""
HABITS = 0.2
"""Prior of a habit, that is, of any share of copied acts but 0 under "as usual"."""
GAP = DAY
"""The group's own past ends this long before the day of a start, so that what begins is not yet usual."""
STARTS = 10
"""Starts of the last so many days are weighed."""
ACTIVE = 7 * DAY
"""A member without a touch for this long is not waited for."""
CAP = 12.0
"""No single act brings more than this many bits."""
STEPS = 64
"""How many previous touches of a context are looked at."""


class Trace(NamedTuple):
    """The evidence of one group, act by act, in time order."""

    log2_r: float
    """log2 of the restart mixture after the last act."""
    parts: F64
    """log2 of its parts, by day of start (modulo ``STARTS``) and model, shape (STARTS, models)."""
    usual: F64
    """``c_tau`` of every day of start, shape (STARTS, taus)."""
    path: F64
    """log2 of the restart mixture after each act, shape (acts,)."""
    gain: F64
    """``x_tau - 1`` of each act, shape (acts, taus)."""
    first: I64
    """Where each act begins in ``seqs``, shape (acts + 1,)."""
    hit: NDArray[np.bool_]
    """Whether another member had touched one of the act's contexts, shape (acts,)."""


@kernel
def touches_of(members: I32, found: Touches, base: int, last_own: I64) -> I64:
    """Numbers of all touches of the members that are still in memory, in stream order."""
    count = 0
    for i in range(members.shape[0]):
        seq = last_own[members[i]]
        while seq >= base:
            count += 1
            seq = found.own[seq - base]
    seqs = np.empty(count, np.int64)
    count = 0
    for i in range(members.shape[0]):
        seq = last_own[members[i]]
        while seq >= base:
            seqs[count] = seq
            count += 1
            seq = found.own[seq - base]
    seqs.sort()
    return seqs


@kernel
def _log2_mean(r: F64, scale: F64) -> float:
    """log2 of the mean over models of the sum over days of ``r * 2 ** scale``; -inf if nothing has begun."""
    top = -np.inf
    for start in range(r.shape[0]):
        whole = r[start].sum()
        if whole > 0.0:
            top = max(top, np.log2(whole) + scale[start])
    if top == -np.inf:
        return top
    total = 0.0
    for start in range(r.shape[0]):
        total += r[start].sum() * 2.0 ** (scale[start] - top)
    return float(np.log2(total / r.shape[1]) + top)


@kernel
def restart(members: I32, seqs: I64, found: Touches, base: int, place: I32, since: int, full: bool) -> Trace:
    """The evidence that ``members`` (subject numbers, at least 2) came together.

    ``seqs`` are their touches (:func:`touches_of`); ``place`` is scratch, shape (subjects,), all -1 on entry
    and on return. Nothing begins before ``since`` (microseconds), what lies before only teaches what is usual.
    Only if ``full`` are the arrays by act filled; the search needs ``log2_r`` alone.
    """
    size = members.shape[0]
    for i in range(size):
        place[members[i]] = i
    n = seqs.shape[0]
    taus, rhos, nulls = TAU.shape[0], RHO.shape[0], RHO0.shape[0]
    models = taus * rhos
    kept = n if full else 0
    path = np.zeros(kept)
    first = np.zeros(kept + 1, np.int64)
    hit = np.zeros(kept, np.bool_)
    gain = np.zeros((n, taus))  # x - 1, by act
    times = np.zeros(n, np.int64)
    sorts = 0
    for i in range(n):
        sorts = max(sorts, found.sort[seqs[i] - base] + 1)
    decayed = np.zeros((size, sorts, taus))
    counted = np.zeros((size, sorts), np.int64)  # when decayed was last brought up to date
    seen = np.full(size, -1, np.int64)
    active = np.zeros(size, np.bool_)
    actives = 0
    check = np.int64(0)
    none = 1.0 - HABITS
    past = np.full((taus, nulls), HABITS / taus / nulls)
    usual = np.zeros((STARTS, taus))
    r = np.zeros((STARTS, models))
    scale = np.zeros(STARTS)  # r stands for r * 2 ** scale, day by day
    today = -1
    last_day = found.time[seqs[n - 1] - base] // DAY if n > 0 else 0
    x = np.zeros(taus)
    acts = 0
    learnt = 0
    top = 2.0**CAP
    before = found.time[seqs[0] - base] if n > 0 else 0
    at = 0
    while at < n:
        entry = seqs[at] - base
        act = found.act[entry]
        who = found.subject[entry]
        me = place[who]
        now = found.time[entry]
        if full:
            first[acts] = at
        if now > check:
            actives = 0
            check = now + ACTIVE
            for j in range(size):
                active[j] = seen[j] >= 0 and now - seen[j] <= ACTIVE
                if active[j]:
                    actives += 1
                    check = min(check, seen[j] + ACTIVE)
        others = actives - 1 if active[me] else actives
        x[:] = 0.0
        touched = False
        rows = 0
        while at < n and found.act[seqs[at] - base] == act and found.subject[seqs[at] - base] == who:
            entry = seqs[at] - base
            sort = found.sort[entry]
            seq = found.previous[entry]
            step = 0
            while seq >= base and step < STEPS:
                source = place[found.subject[seq - base]]
                if source >= 0 and source != me and active[source]:
                    touched = True
                    lag = now - found.time[seq - base]
                    idle = now - counted[source, sort]
                    for t in range(taus):
                        m = decayed[source, sort, t] * np.exp(-idle / TAU[t])
                        x[t] += np.exp(-lag / TAU[t]) / max(1.0, m) / others / found.chance[entry]
                seq = found.previous[seq - base]
                step += 1
            rows += 1
            at += 1
        for t in range(taus):
            gain[acts, t] = (x[t] - rows) / found.rows[entry]
        times[acts] = now
        if now // DAY != today:
            # starts of a new day: what is usual is learnt from all that lies a day back
            first_day = max(today + 1, now // DAY - STARTS + 1)
            today = now // DAY
            for day in range(first_day, today + 1):
                while learnt < acts and times[learnt] < day * DAY - GAP:
                    for t in range(taus):
                        for k in range(nulls):
                            past[t, k] *= 1.0 + RHO0[k] * gain[learnt, t]
                    learnt += 1
                    if learnt % 16 == 0:
                        norm = none + past.sum()
                        none /= norm
                        past /= norm
                norm = none + past.sum()
                slot = day % STARTS
                r[slot] = 0.0
                scale[slot] = 0.0
                for t in range(taus):
                    usual[slot, t] = np.sum(past[t] * RHO0) / norm
        slot = today % STARTS
        r[slot] += max(now - max(before, since), 0) / DAY * 2.0 ** -scale[slot]
        before = now
        if full or today > last_day - STARTS:  # what began earlier will have been forgotten by the last act
            for start in range(STARTS):
                biggest = 0.0
                as_usual = 1.0
                for t in range(taus):
                    as_usual += usual[start, t] * gain[acts, t]
                as_usual = 1.0 / as_usual
                for t in range(taus):
                    excess = (gain[acts, t] + 1.0) * as_usual - 1.0
                    for k in range(rhos):
                        model = t * rhos + k
                        r[start, model] *= min(1.0 + RHO[k] * excess, top)
                        biggest = max(biggest, r[start, model])
                if biggest > 1e100 or 0.0 < biggest < 1e-100:
                    r[start] /= biggest
                    scale[start] += np.log2(biggest)
        if full:
            path[acts] = _log2_mean(r, scale)
            hit[acts] = touched
        # what this member has touched by now
        for i in range(at - rows, at):
            sort = found.sort[seqs[i] - base]
            for t in range(taus):
                decayed[me, sort, t] = (
                    decayed[me, sort, t] * np.exp(-(now - counted[me, sort]) / TAU[t]) + 1.0
                )
            counted[me, sort] = now
        seen[me] = now
        if not active[me]:
            active[me] = True
            actives += 1
            check = min(check, now + ACTIVE)
        acts += 1
    for i in range(size):
        place[members[i]] = -1
    if full:
        first[acts] = n
        path, first, hit = path[:acts], first[: acts + 1], hit[:acts]
    parts = np.full((STARTS, models), -np.inf)
    for start in range(STARTS):
        for model in range(models):
            if r[start, model] > 0.0:
                parts[start, model] = np.log2(r[start, model]) + scale[start]
    return Trace(_log2_mean(r, scale), parts, usual, path, gain[:acts], first, hit)


class Onset(NamedTuple):
    """When it began, as numbers of acts in a :class:`Trace`."""

    begin: int
    earliest: int
    latest: int
    bits: F64
    """Bits of each act, shape (acts,); from ``begin`` on they add up to the evidence (the CUSUM form)."""


@kernel
def bits_of(gain: F64, model: int, usual: F64) -> F64:
    """Bits of each act under one model and one day of start, shape (acts,)."""
    tau, rho = model // RHO.shape[0], RHO[model % RHO.shape[0]]
    bits = np.zeros(gain.shape[0])
    for i in range(gain.shape[0]):
        as_usual = 1.0
        for t in range(TAU.shape[0]):
            as_usual += usual[t] * gain[i, t]
        bits[i] = min(np.log2(1.0 + rho * ((gain[i, tau] + 1.0) / as_usual - 1.0)), CAP)
    return bits


@kernel
def onset(path: Trace, times: I64, since: int, until: int) -> Onset:
    """The best start under the best model, and the interval that holds 90 % of the weight of all starts.

    ``times`` are those of the acts, microseconds, shape (acts,); it began at or after ``since`` and
    before ``until``.
    """
    best = np.argmax(path.parts)
    model = best % path.parts.shape[1]
    acts = times.shape[0]
    today = times[-1] // DAY
    weight = np.full(acts, -np.inf)
    bits = np.zeros(acts)
    begin = -1
    for day in range(today - STARTS + 1, today + 1):
        mine = bits_of(path.gain, model, path.usual[day % STARTS])
        after = 0.0
        for i in range(acts - 1, -1, -1):
            after += mine[i]
            if times[i] // DAY < day:
                break
            if times[i] // DAY == day:
                wait = times[i] - times[i - 1] if i > 0 else 0
                weight[i] = after + np.log2(max(wait, SECOND) / DAY)
                if times[i] < since or times[i] >= until:
                    weight[i] = -np.inf
                    continue
                if begin < 0 or weight[i] > weight[begin]:
                    begin = i
                    bits = mine
    if begin < 0:  # nothing in memory is old enough: the oldest act there is
        begin = int(np.searchsorted(times, max(since, (today - STARTS + 1) * DAY)))
        begin = min(begin, acts - 1)
        return Onset(begin, begin, begin, bits_of(path.gain, model, path.usual[times[begin] // DAY % STARTS]))
    peak = weight[begin]
    total = np.sum(2.0 ** (weight - peak))
    so_far = 0.0
    earliest, latest = -1, begin
    for i in range(acts):
        so_far += 2.0 ** (weight[i] - peak)
        if earliest < 0 and so_far >= 0.05 * total:
            earliest = i
        if so_far >= 0.95 * total:
            latest = i
            break
    return Onset(begin, min(earliest, begin), max(latest, begin), bits)
