"""With whom: did a group begin to take up one another's contexts? (design 3.1 and 3.4)

For a first touch by member ``i`` of group ``G``, of a context whose chance is ``p``, the chance under copying is::

    pi_tau = (1 / others) sum_j exp(-lag_j / tau) / max(1, m_j_tau)

over the other members ``j`` that touched the context before; ``m_j_tau`` is j's decayed number of touches,
``others`` the number of other members active in the last week. An act is the mean over its contexts,
``x_tau = mean(pi_tau / p)``. With share ``rho`` of copied acts its chance, relative to ``p``, is
``1 + rho (x_tau - 1)``; under the group's own past it is ``1 + rho0 (x - 1)``, ``x`` the mean of ``x_tau`` and
``rho0`` the posterior mean of the share of copied acts in the group's history up to :data:`PAST` ago. Their
quotient is the likelihood ratio of the act. Every pair of ``tau`` and ``rho`` is one model; each runs its own
restart mixture ``R_t = (R_{t-1} + days since) x ratio``, and ``R`` is their mean.
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
HABITS = 0.001
"""Prior of a habit, that is, of any share of copied acts but 0 under "as usual"."""
PAST = 5 * DAY
"""The group's own past ends this long ago, so that what begins now is not yet usual."""
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
    final: F64
    """The same for every model, shape (models,)."""
    path: F64
    """log2 of the restart mixture after each act, shape (acts,)."""
    bits: F64
    """Bits of each act under each model, shape (acts, models)."""
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
def restart(members: I32, seqs: I64, found: Touches, base: int, place: I32, full: bool) -> Trace:
    """The evidence that ``members`` (subject numbers, at least 2) came together.

    ``seqs`` are their touches (:func:`touches_of`); ``place`` is scratch, shape (subjects,), all -1 on entry
    and on return. Only if ``full`` are the arrays by act filled; the search needs ``log2_r`` alone.
    """
    size = members.shape[0]
    for i in range(size):
        place[members[i]] = i
    n = seqs.shape[0]
    taus, rhos, nulls = TAU.shape[0], RHO.shape[0], RHO0.shape[0]
    models = taus * rhos
    kept = n if full else 0
    path = np.zeros(kept)
    bits = np.zeros((kept, models))
    first = np.zeros(kept + 1, np.int64)
    hit = np.zeros(kept, np.bool_)
    gain = np.zeros((n, taus))  # x - 1, by act
    times = np.zeros(n, np.int64)
    decayed = np.zeros((size, taus))
    seen = np.full(size, -1, np.int64)
    active = np.zeros(size, np.bool_)
    actives = 0
    check = np.int64(0)
    none = 1.0 - HABITS
    past = np.full((taus, nulls), HABITS / taus / nulls)
    habit = np.zeros(taus)
    for t in range(taus):
        habit[t] = np.sum(past[t] * RHO0)
    r = np.zeros(models)
    scale = 0.0
    unit = 1.0  # 2 ** -scale
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
            seq = found.previous[entry]
            step = 0
            while seq >= base and step < STEPS:
                source = place[found.subject[seq - base]]
                if source >= 0 and source != me and others > 0:
                    touched = True
                    lag = now - found.time[seq - base]
                    since = now - seen[source]
                    for t in range(taus):
                        m = decayed[source, t] * np.exp(-since / TAU[t])
                        x[t] += np.exp(-lag / TAU[t]) / max(1.0, m) / others / found.chance[entry]
                seq = found.previous[seq - base]
                step += 1
            rows += 1
            at += 1
        for t in range(taus):
            x[t] /= rows
            gain[acts, t] = x[t] - 1.0
        times[acts] = now
        # the group's own past, up to PAST ago
        news = False
        while learnt < acts and times[learnt] <= now - PAST:
            for t in range(taus):
                for k in range(nulls):
                    past[t, k] *= 1.0 + RHO0[k] * gain[learnt, t]
            learnt += 1
            news = True
            if learnt % 16 == 0:
                norm = none + past.sum()
                none /= norm
                past /= norm
        if news:
            norm = none + past.sum()
            for t in range(taus):
                habit[t] = np.sum(past[t] * RHO0) / norm
        usual = 1.0
        for t in range(taus):
            usual += habit[t] * gain[acts, t]
        add = (now - before) / DAY * unit
        before = now
        biggest = 0.0
        for t in range(taus):
            for k in range(rhos):
                model = t * rhos + k
                ratio = min((1.0 + RHO[k] * (x[t] - 1.0)) / usual, top)
                if full:
                    bits[acts, model] = np.log2(ratio)
                r[model] = (r[model] + add) * ratio
                biggest = max(biggest, r[model])
        if biggest > 1e100:
            r /= biggest
            scale += np.log2(biggest)
            unit = 2.0**-scale
        if full:
            path[acts] = np.log2(r.mean() + 1e-300) + scale
            hit[acts] = touched
        # what this member has touched by now
        for t in range(taus):
            if seen[me] >= 0:
                decayed[me, t] *= np.exp(-(now - seen[me]) / TAU[t])
            decayed[me, t] += rows
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
        path, bits, first, hit = path[:acts], bits[:acts], first[: acts + 1], hit[:acts]
    final = np.log2(r + 1e-300) + scale
    return Trace(np.log2(r.mean() + 1e-300) + scale, final, path, bits, first, hit)


class Onset(NamedTuple):
    """When it began, as numbers of acts in a :class:`Trace`."""

    model: int
    begin: int
    earliest: int
    latest: int
    bits: float


@kernel
def onset(log2_final: F64, bits: F64, times: I64) -> Onset:
    """The best start under the best model, and the interval that holds 90 % of the weight of all starts.

    ``times`` are those of the acts, shape (acts,). The bits are the sum since the best start (the CUSUM form).
    """
    model = int(np.argmax(log2_final))
    acts = bits.shape[0]
    after = np.zeros(acts + 1)
    for i in range(acts - 1, -1, -1):
        after[i] = after[i + 1] + bits[i, model]
    begin = int(np.argmax(after[:acts]))
    weight = np.zeros(acts)
    total = 0.0
    for i in range(acts):
        wait = times[i] - times[i - 1] if i > 0 else 0
        weight[i] = wait / DAY * 2.0 ** (after[i] - after[begin])
        total += weight[i]
    earliest, latest = begin, begin
    if total > 0.0:
        so_far = 0.0
        earliest = -1
        for i in range(acts):
            so_far += weight[i]
            if earliest < 0 and so_far >= 0.05 * total:
                earliest = i
            if so_far >= 0.95 * total:
                latest = i
                break
    return Onset(model, begin, min(earliest, begin), max(latest, begin), after[begin])
