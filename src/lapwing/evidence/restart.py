"""Restart: did something begin in a group, on one of the last days, that was not so before?

"As usual" is what the group did before: relative to ``p``, ``u = 1 + sum_tau c_tau y_tau`` with ``y = min(1, e q) (x
/ q - 1)``, ``c_tau`` the posterior mean of the share of copied acts in the group's own past. For a start on day ``d``
the past ends a day before ``d``; it is not updated afterwards, since coming together means *more than before*.
"Something began" is a share ``rho`` of copied acts on top of what is usual, of those for which there was something to
copy, so the likelihood ratio of the act is ``1 + rho (x_tau / u - q_tau)``: copying less than before is no evidence
of anything, and neither is an act at a time at which nobody else was active. As usual ``x_tau / u`` has mean
``q_tau`` at most, so the ratio has mean 1 at most. A habit is held to explain all of a copy that comes within
``tau``, so that two who always follow one another are as usual, however seldom they act.

Every day of start and every pair of ``tau`` and ``rho`` has its own restart mixture
``R_t = (R_{t-1} + days since, while it is day d) x ratio``; ``R`` is their sum over days and mean over pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.whom import DAY, SECOND, TAU, Acts

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

RHO = np.array([0.05, 0.2, 0.5])
"""Shares of copied acts under "something began"."""
RHO0 = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.9])
"""Shares of copied acts under "as usual", besides 0."""
MODELS = TAU.size * RHO.size
SHARES0 = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.1]) / 6.1
"""Their prior. That nearly all is copied is rare, and soon known by who does so."""
HABITS = 0.2
"""Prior of a habit, that is, of any share of copied acts but 0 under "as usual"."""
GAP = DAY
"""The group's own past ends this long before the day of a start, so that what begins is not yet usual."""
STARTS = 10
"""Starts of the last so many days are weighed."""
CAP = 12.0
"""No single act brings more than this many bits."""
LARGEST = 2.0**CAP
FAR = 1e100
"""Numbers beyond this, or below its inverse, are carried on by their logarithm."""


class Trace(NamedTuple):
    """The evidence of one group, act by act."""

    parts: F64
    """log2 of the restart mixture after the last act, by day of start (modulo ``STARTS``) and model, shape
    (STARTS, MODELS)."""
    usual: F64
    """``c_tau`` of every day of start, shape (STARTS, taus)."""
    path: F64
    """log2 of the restart mixture after each act, shape (acts,)."""


@kernel
def _as_usual(past: F64, none: float, shares: F64) -> None:
    """Write the posterior mean of the share of copied acts to ``shares``, shape (taus,)."""
    norm = none + past.sum()
    for t in range(shares.shape[0]):
        shares[t] = np.sum(past[t] * RHO0) / norm


@kernel
def _no_habit_yet() -> F64:
    past = np.empty((TAU.shape[0], RHO0.shape[0]))
    past[:] = HABITS / TAU.shape[0] * SHARES0
    return past


@kernel
def _lift(gain: float, offered: float) -> float:
    """``min(1, e q) (x / q - 1)``: what an act tells of a habit. Whoever always copies what came within ``tau`` is
    explained in full; when there was nothing to copy nothing is told."""
    return gain * min(1.0 / offered, np.e) if offered > 0.0 else 0.0


@kernel
def log2_r(acts: Acts, since: int) -> float:
    """log2 of the restart mixture after the last act, all that the search needs. Nothing begins before ``since``
    (microseconds); what lies before only teaches what is usual.

    Equal to the last of :func:`trace`'s path. Acts that followed nobody, which are most, have one ratio
    ``1 - rho q_tau`` for all days: they are carried in one number a model.
    """
    n, taus, rhos = acts.time.shape[0], TAU.shape[0], RHO.shape[0]
    if n == 0:
        return -np.inf
    first_day = acts.time[n - 1] // DAY - STARTS + 1
    none = 1.0 - HABITS
    past = _no_habit_yet()
    learnt = 0
    plain = np.zeros(taus, np.int64)  # acts that followed nobody where all habits would have
    usual = np.zeros((STARTS, taus))
    r = np.zeros((STARTS, taus, rhos))  # times carried[t, k] times 2 ** scale
    scale = np.zeros(STARTS)
    started = np.zeros((taus, rhos))  # what began today since the last hit, times 2 ** scale of today
    carried = np.ones((taus, rhos))
    slot = -1
    at = np.searchsorted(acts.time, first_day * DAY)
    before = acts.time[at - 1] if at > 0 else acts.time[0]
    while at < n:
        now = acts.time[at]
        if now // DAY - first_day != slot:
            if slot >= 0:
                r[slot] += started / carried
                started[:] = 0.0
            slot = now // DAY - first_day
            plain[:] = 0
            while learnt < n and acts.time[learnt] < (now // DAY) * DAY - GAP:
                for t in range(taus):
                    lift = _lift(acts.gain[learnt, t], acts.offered[learnt, t])
                    if lift == -1.0:
                        plain[t] += 1
                    elif lift != 0.0:
                        for k in range(RHO0.shape[0]):
                            past[t, k] *= 1.0 + RHO0[k] * lift
                learnt += 1
            for t in range(taus):
                for k in range(RHO0.shape[0]):
                    past[t, k] *= (1.0 - RHO0[k]) ** plain[t]
            norm = none + past.sum()
            none /= norm
            past /= norm
            _as_usual(past, none, usual[slot])
        mass = max(now - max(before, since), 0) / DAY * 2.0 ** -scale[slot]
        before = now
        if not acts.hit[at] and acts.gain[at, 0] == -acts.offered[at, 0]:
            for t in range(taus):
                for k in range(rhos):
                    ratio = 1.0 - RHO[k] * acts.offered[at, t]
                    started[t, k] = (started[t, k] + mass) * ratio
                    carried[t, k] *= ratio
                    if carried[t, k] < 1.0 / FAR:
                        r[:, t, k] *= carried[t, k]
                        carried[t, k] = 1.0
        else:
            for t in range(taus):
                for k in range(rhos):
                    r[slot, t, k] += (started[t, k] + mass) / carried[t, k]
                    started[t, k] = 0.0
            for start in range(slot + 1):
                biggest = 0.0
                as_usual = 1.0
                for t in range(taus):
                    as_usual += usual[start, t] * _lift(acts.gain[at, t], acts.offered[at, t])
                as_usual = 1.0 / as_usual
                for t in range(taus):
                    offered = acts.offered[at, t]
                    excess = (acts.gain[at, t] + offered) * as_usual - offered
                    for k in range(rhos):
                        r[start, t, k] *= min(1.0 + RHO[k] * excess, LARGEST)
                        biggest = max(biggest, r[start, t, k])
                if biggest > FAR:
                    r[start] /= biggest
                    scale[start] += np.log2(biggest)
        at += 1
    total = 0.0
    top = scale[: slot + 1].max()
    r[slot] += started / carried
    for start in range(slot + 1):
        total += (r[start] * carried).sum() * 2.0 ** (scale[start] - top)
    return float(np.log2(total / (taus * rhos)) + top) if total > 0.0 else -np.inf


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
def trace(acts: Acts, since: int) -> Trace:
    """The evidence after every act; nothing begins before ``since`` (microseconds)."""
    n, taus = acts.time.shape[0], TAU.shape[0]
    path = np.zeros(n)
    none = 1.0 - HABITS
    past = _no_habit_yet()
    learnt = 0
    usual = np.zeros((STARTS, taus))
    r = np.zeros((STARTS, MODELS))  # times 2 ** scale, day by day
    scale = np.zeros(STARTS)
    today = np.int64(-1)
    before = acts.time[0] if n > 0 else 0
    for at in range(n):
        now = acts.time[at]
        if now // DAY != today:
            first_day = max(today + 1, now // DAY - STARTS + 1)
            today = now // DAY
            for day in range(first_day, today + 1):
                while learnt < at and acts.time[learnt] < day * DAY - GAP:
                    for t in range(taus):
                        past[t] *= 1.0 + RHO0 * _lift(acts.gain[learnt, t], acts.offered[learnt, t])
                    learnt += 1
                    norm = none + past.sum()
                    none /= norm
                    past /= norm
                r[day % STARTS] = 0.0
                scale[day % STARTS] = 0.0
                _as_usual(past, none, usual[day % STARTS])
        slot = today % STARTS
        r[slot] += max(now - max(before, since), 0) / DAY * 2.0 ** -scale[slot]
        before = now
        for start in range(STARTS):
            biggest = 0.0
            as_usual = 1.0
            for t in range(taus):
                as_usual += usual[start, t] * _lift(acts.gain[at, t], acts.offered[at, t])
            for t in range(taus):
                offered = acts.offered[at, t]
                excess = (acts.gain[at, t] + offered) / as_usual - offered
                for k in range(RHO.shape[0]):
                    model = t * RHO.shape[0] + k
                    r[start, model] *= min(1.0 + RHO[k] * excess, LARGEST)
                    biggest = max(biggest, r[start, model])
            if biggest > FAR or 0.0 < biggest < 1.0 / FAR:
                r[start] /= biggest
                scale[start] += np.log2(biggest)
        path[at] = _log2_mean(r, scale)
    parts = np.full((STARTS, MODELS), -np.inf)
    for start in range(STARTS):
        for model in range(MODELS):
            if r[start, model] > 0.0:
                parts[start, model] = np.log2(r[start, model]) + scale[start]
    return Trace(parts, usual, path)


@kernel
def _ratio(gain: F64, offered: F64, model: int, usual: F64) -> float:
    """The likelihood ratio of one act under one model; all arrays have the shape (taus,)."""
    as_usual = 1.0
    for t in range(gain.shape[0]):
        as_usual += usual[t] * _lift(gain[t], offered[t])
    memory = model // RHO.shape[0]
    excess = (gain[memory] + offered[memory]) / as_usual - offered[memory]
    return float(min(1.0 + RHO[model % RHO.shape[0]] * excess, LARGEST))


@kernel
def bits_of(gain: F64, offered: F64, model: int, usual: F64) -> F64:
    """Bits of each act under one model and one day of start, shape (acts,)."""
    bits = np.empty(gain.shape[0])
    for i in range(gain.shape[0]):
        bits[i] = np.log2(_ratio(gain[i], offered[i], model, usual))
    return bits


class Onset(NamedTuple):
    """When it began, as numbers of acts."""

    begin: int
    earliest: int
    latest: int
    bits: F64
    """Bits of each act, shape (acts,); from ``begin`` on they add up to the evidence (the CUSUM form)."""


@kernel
def onset(path: Trace, acts: Acts, since: int, until: int) -> Onset:
    """The best start under the best model, and the interval that holds 90 % of the weight of all starts.

    It began at or after ``since`` and before ``until`` (microseconds).
    """
    model = int(np.argmax(path.parts)) % MODELS
    n = acts.time.shape[0]
    today = acts.time[-1] // DAY
    weight = np.full(n, -np.inf)
    bits = np.zeros(n)
    begin = -1
    for day in range(today - STARTS + 1, today + 1):
        mine = bits_of(acts.gain, acts.offered, model, path.usual[day % STARTS])
        after = 0.0
        for i in range(n - 1, -1, -1):
            after += mine[i]
            if acts.time[i] // DAY < day:
                break
            if acts.time[i] // DAY == day:
                wait = acts.time[i] - acts.time[i - 1] if i > 0 else 0
                weight[i] = after + np.log2(max(wait, SECOND) / DAY)
                if acts.time[i] < since or acts.time[i] >= until:
                    weight[i] = -np.inf
                    continue
                if begin < 0 or weight[i] > weight[begin]:
                    begin = i
                    bits = mine
    if begin < 0:  # nothing in memory is old enough: the oldest act there is
        begin = int(np.searchsorted(acts.time, max(since, (today - STARTS + 1) * DAY)))
        begin = min(begin, n - 1)
        usual = path.usual[acts.time[begin] // DAY % STARTS]
        return Onset(begin, begin, begin, bits_of(acts.gain, acts.offered, model, usual))
    peak = weight[begin]
    total = np.sum(2.0 ** (weight - peak))
    so_far = 0.0
    earliest, latest = -1, begin
    for i in range(n):
        so_far += 2.0 ** (weight[i] - peak)
        if earliest < 0 and so_far >= 0.05 * total:
            earliest = i
        if so_far >= 0.95 * total:
            latest = i
            break
    return Onset(begin, min(earliest, begin), max(latest, begin), bits)
