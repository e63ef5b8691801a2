"""Ladder: do these acts climb ordered stages?

The acts of a subject, or the pooled acts of a group, against a left-to-right hidden Markov model. In stage
``s`` a share ``eps`` of the acts is of the stage's own kinds, with the weights ``w_s``::

    ratio(s, eps) = 1 - eps + eps min(w_s(k) / p0(k), 2^12)

``p0(k)`` is the chance of the act's kind given the *own* past of whoever did it (``Step.chance`` of
:mod:`lapwing.evidence.what`), so what is routine for a member brings nothing. Over the days ``d`` between
two acts a stage is left for the next one with the chance ``1 - exp(-d / days_s)``. The forward algorithm,
with the restart mixture in it, carries for every stage and ``eps``::

    V(s) <- ratio(s) sum_s' (V(s') + d enters(s')) 2^(-d / half_life) P(s' -> s | d)

``R = sum V`` is the evidence, ``V / R`` the chance of each stage if there is a climb at all. Gaps longer
than the shortest stage are cut into equal steps, at most as many as there are stages.

**Weak kinds add no more than strong kinds brought.** A strong act adds its bits to a credit; a weak act may
bring bits only as far as the credit goes, and uses it up. The credit ends with the run (when the sum of
bits falls to 0). While a run has had no bits from a strong act, ``log2_r`` is minus infinity: weak kinds
alone never raise a moment.

**Why the promise holds.** Given the past, every ratio has mean at most 1 under ``p0``, transitions only
move mass, fading, caps and credit only take away. So ``R`` grows in the mean by at most the days that pass,
and ``P(some R up to t >= A) <= t / A``, as in :mod:`lapwing.evidence.when`.

Source: the forward algorithm is textbook (Rabiner, 1989); restart mixture as in :mod:`lapwing.evidence.when`.

>>> import numpy as np
>>> rungs = Rungs(
...     weights=np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]),  # meet, then order
...     days=np.array([30.0, 30.0]),
...     enters=np.array([0.8, 0.2]),
...     weak=np.array([True, False, False, False]),
...     half_life=90.0,
... )
>>> kinds = np.array([0, 1, 1, 0, 1, 2, 2])
>>> chance = np.where(kinds == 0, 0.9, 0.01)
>>> state, step = update(start(1, rungs), rungs, np.zeros(7, int), kinds, chance, np.arange(7) * 5 * DAY)
>>> np.round(step.bits, 1)
array([ 0. ,  4.1,  5. , -0.9,  4.9,  3. ,  5.5])
>>> reading = read(state, rungs)
>>> int(reading.stage[0]), float(reading.stages[0, 1].round(2)), round(float(reading.since[0, 1]) / DAY)
(1, 1.0, 22)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lapwing.evidence.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

DAY = 86_400_000_000
"""Microseconds; one unit of mass of starts."""
EPS = np.array([0.05, 0.2, 0.5])
"""Shares of the acts that are of the stage's own kinds."""
CAP = 12.0
"""No single act brings more than this many bits."""
CEILING = 2.0**256
"""No chance of a stage grows beyond this."""


@dataclass(frozen=True, slots=True)
class Rungs:
    """A ladder as arrays; the file behind it says what the stages mean."""

    weights: F64
    """``w_s(k)``: how the acts of a stage's own kinds spread over the kinds, shape (stages, kinds), rows
    sum to 1."""
    days: F64
    """How long a stage usually lasts, shape (stages,)."""
    enters: F64
    """Where a climb is first seen, shape (stages,), sums to 1."""
    weak: NDArray[np.bool_]
    """Kinds too common to mean anything alone, shape (kinds,)."""
    half_life: float
    """Days after which evidence counts half."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of every unit, a subject or a group."""

    v: F64
    """``V``: shape (units, eps, stages)."""
    began: F64
    """Time of the start, mean over what is in ``v``, microseconds, same shape; (units, 0, 0) where times are not
    told."""
    entered: F64
    """Time at which the stage was entered, mean over what is in ``v``, microseconds, shape of ``began``."""
    run: F64
    """Product of ratios since the best start (CUSUM form), at least 1, shape (units,)."""
    onset: I64
    """Time of the first act of that run, microseconds."""
    credit: F64
    """Bits that weak acts may still bring."""
    strong: F64
    """Bits that strong acts brought in this run."""
    acts: I64
    """Acts so far."""
    last: I64
    """Time of the last act, microseconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """Evidence act by act, shape (acts,)."""

    log2_r: F64
    """log2 of the unit's ``R`` after the act; minus infinity while no strong act brought bits."""
    bits: F64
    """What the act brought, after cap and credit: log2 of ``R`` after the act over ``R`` before it."""
    withheld: F64
    """Bits of a weak act that did not count for want of credit."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What people are shown; chances are given that there is a climb."""

    stages: F64
    """Chance of each stage now, shape (units, stages)."""
    stage: I64
    """The likeliest stage, shape (units,)."""
    since: F64
    """When each stage was entered, microseconds, shape (units, stages); 0 where it was not."""
    began: F64
    """When the climb began, microseconds, mean over what is possible, shape (units,)."""
    onset: I64
    """Time of the first act of the best run, microseconds, shape (units,)."""
    bits: F64
    """Sum of the bits since the onset, fading included, shape (units,)."""
    strong: F64
    """Bits that strong acts brought since the onset, shape (units,)."""
    following: F64
    """Chance of each stage a usual stay from now, shape (units, stages)."""
    expected: F64
    """Kinds that would be expected next in a climb, shape (units, kinds), rows sum to 1."""


def start(units: int, rungs: Rungs, *, timed: bool = True) -> State:
    """Nothing known yet of ``units`` units. A state that is not ``timed`` cannot tell when climbs began and stages were
    entered (:func:`read`); this is two thirds of it and most of the work."""
    shape = (units, EPS.shape[0], rungs.days.shape[0])
    times = shape if timed else (units, 0, 0)
    return State(
        v=np.zeros(shape),
        began=np.zeros(times),
        entered=np.zeros(times),
        run=np.ones(units),
        onset=np.zeros(units, np.int64),
        credit=np.zeros(units),
        strong=np.zeros(units),
        acts=np.zeros(units, np.int64),
        last=np.zeros(units, np.int64),
    )


def grow(state: State, units: int, rungs: Rungs) -> State:
    """The state with room for ``units`` units; those that are new start with nothing known."""
    new = start(units - state.run.shape[0], rungs, timed=state.began.shape[1] > 0)
    return State(
        *(np.concatenate([getattr(state, field.name), getattr(new, field.name)]) for field in fields(State))
    )


def update(
    state: State, rungs: Rungs, units: ArrayLike, kinds: ArrayLike, chance: ArrayLike, times: ArrayLike
) -> tuple[State, Step]:
    """The state after some more acts, and the evidence of each.

    ``units`` and ``kinds`` are numbers, ``chance`` is ``p0`` of the kind given the past of whoever acted,
    ``times`` are microseconds; all of shape (acts,), in time order. One unit of mass of starts passes per
    day; a unit's first act has none.

    Raises ``ValueError`` when the shapes differ, a number is out of range, or a chance is not within 0 and 1.
    """
    after = State(*(getattr(state, field.name).copy() for field in fields(State)))
    return after, take(after, rungs, units, kinds, chance, times)


def take(
    state: State, rungs: Rungs, units: ArrayLike, kinds: ArrayLike, chance: ArrayLike, times: ArrayLike
) -> Step:
    """Like :func:`update`, but the state itself is changed; for streams, where to copy it would take longest."""
    who, what = np.asarray(units, np.int32), np.asarray(kinds, np.int32)
    p0, when = np.asarray(chance, np.float64), np.asarray(times, np.int64)
    if not who.shape == what.shape == p0.shape == when.shape or who.ndim != 1:
        raise ValueError(
            "units, kinds, chance and times must be of one length, not "
            f"{who.shape}, {what.shape}, {p0.shape}, {when.shape}"
        )
    for name, column, limit in (("unit", who, state.run.shape[0]), ("kind", what, rungs.weak.shape[0])):
        if column.size and not 0 <= column.min() <= column.max() < limit:
            raise ValueError(f"{name} numbers must be from 0 to {limit - 1}")
    if p0.size and not 0.0 < p0.min() <= p0.max() <= 1.0:
        raise ValueError("a chance must be above 0 and at most 1")
    log2_r, bits, withheld = (np.empty(who.shape[0]) for _ in range(3))
    climb(
        rungs.weights,
        rungs.days,
        rungs.enters,
        rungs.weak,
        rungs.half_life,
        who,
        what,
        p0,
        when,
        state.v,
        state.began,
        state.entered,
        state.run,
        state.onset,
        state.credit,
        state.strong,
        state.acts,
        state.last,
        log2_r,
        bits,
        withheld,
    )
    return Step(log2_r, bits, withheld)


def read(state: State, rungs: Rungs) -> Reading:
    """What the state says to people: the stage, since when, how sure, and what would come next."""
    total = state.v.sum(axis=(1, 2), keepdims=True)
    share = np.divide(state.v, total, out=np.zeros_like(state.v), where=total > 0)
    stages = share.sum(axis=1)
    entered = (share * state.entered).sum(axis=1)
    leave = 1.0 - math.exp(-1.0)
    following = stages * np.append(np.full(stages.shape[1] - 1, 1.0 - leave), 1.0)
    following[:, 1:] += stages[:, :-1] * leave
    expected = following @ rungs.weights
    return Reading(
        stages=stages,
        stage=np.argmax(stages, axis=1),
        since=np.divide(entered, stages, out=np.zeros_like(stages), where=stages > 0),
        began=(share * state.began).sum(axis=(1, 2)),
        onset=state.onset.copy(),
        bits=np.log2(state.run),
        strong=state.strong.copy(),
        following=following,
        expected=expected,
    )


@kernel
def evidence(v: F64) -> F64:
    """``R`` of every unit, shape (units,), from :attr:`State.v`."""
    r = np.zeros(v.shape[0])
    for i in range(v.shape[0]):
        for e in range(v.shape[1]):
            for s in range(v.shape[2]):
                r[i] += v[i, e, s]
    return r


@kernel
def pass_days(
    days: float,
    stay: F64,
    enters: F64,
    half_life: float,
    i: int,
    v: F64,
    began: F64,
    entered: F64,
    now: float,
    leave: F64,
) -> None:
    """Let ``days`` pass for unit ``i`` and all ``eps``: starts come in, stages are left for the next, everything fades.
    ``leave`` is scratch, shape (stages,)."""
    _, models, stages = v.shape
    timed = began.shape[1] > 0
    steps = int(min(max(math.ceil(days / stay.min()), 1.0), stages))
    part = days / steps
    fade = 2.0 ** (-part / half_life)
    for s in range(stages - 1):
        alike = s > 0 and stay[s] == stay[s - 1]
        leave[s] = leave[s - 1] if alike else 1.0 - math.exp(-part / stay[s])
    for step in range(steps):
        at = now - days * DAY + (step + 0.5) * part * DAY
        for e in range(models):
            for s in range(stages):
                fresh = part * enters[s] / models
                if timed and fresh > 0.0:
                    share = fresh / (v[i, e, s] + fresh)
                    began[i, e, s] += share * (at - began[i, e, s])
                    entered[i, e, s] += share * (at - entered[i, e, s])
                v[i, e, s] = (v[i, e, s] + fresh) * fade
            for s in range(stages - 2, -1, -1):
                moving = v[i, e, s] * leave[s]
                if timed and moving > 0.0:
                    share = moving / (v[i, e, s + 1] + moving)
                    began[i, e, s + 1] += share * (began[i, e, s] - began[i, e, s + 1])
                    entered[i, e, s + 1] += share * (at - entered[i, e, s + 1])
                v[i, e, s + 1] += moving
                v[i, e, s] -= moving


@kernel
def climb(
    weights: F64,
    stay: F64,
    enters: F64,
    weak: NDArray[np.bool_],
    half_life: float,
    who: I32,
    what: I32,
    p0: F64,
    when: I64,
    v: F64,
    began: F64,
    entered: F64,
    run: F64,
    onset: I64,
    credit: F64,
    strong: F64,
    acts: I64,
    last: I64,
    log2_r: F64,
    bits: F64,
    withheld: F64,
) -> None:
    """The forward algorithm over all acts; the state's arrays are changed in place."""
    stages, models = stay.shape[0], EPS.shape[0]
    top = 2.0**CAP
    leave, times = np.empty(stages), np.empty(stages)
    for act in range(who.shape[0]):
        i, k = who[act], what[act]
        days = 0.0 if acts[i] == 0 else (when[act] - last[i]) / DAY
        if days > 0.0:
            pass_days(days, stay, enters, half_life, i, v, began, entered, float(when[act]), leave)
            if run[i] > 1.0:
                run[i] *= 2.0 ** (-days / half_life)
        if run[i] <= 1.0:
            run[i] = 1.0
            onset[i] = when[act]
            credit[i] = 0.0
            strong[i] = 0.0
        before = 0.0
        after = 0.0
        for s in range(stages):
            times[s] = min(weights[s, k] / p0[act], top)
        for e in range(models):
            for s in range(stages):
                before += v[i, e, s]
                ratio = 1.0 - EPS[e] + EPS[e] * times[s]
                v[i, e, s] = min(v[i, e, s] * ratio, CEILING)
                after += v[i, e, s]
        brought = math.log2(after / before) if before > 0.0 else 0.0
        withheld[act] = 0.0
        if brought > 0.0:
            if not weak[k]:
                credit[i] += brought
                strong[i] += brought
            else:
                allowed = min(brought, credit[i])
                withheld[act] = brought - allowed
                credit[i] -= allowed
                shrink = 2.0 ** (allowed - brought)
                for e in range(models):
                    for s in range(stages):
                        v[i, e, s] *= shrink
                after *= shrink
                brought = allowed
        bits[act] = brought
        run[i] = min(run[i] * 2.0**brought, CEILING)
        log2_r[act] = math.log2(after) if strong[i] > 0.0 and after > 0.0 else -math.inf
        acts[i] += 1
        last[i] = when[act]
