"""When: did the rate of a subject shift?

Counts per bin are held against a clock: ``c_t`` is the exposure of bin ``t``, measured on the population,
so day and night, quiet weeks and breaking news cancel. "As usual" predicts the next count ``x`` of a
subject from its own past by a negative binomial of mean ``m`` and shape ``k`` (variance ``m + m^2 / k``)::

    s = a + n / F        n acts over a clock T so far; gamma(a, b) is how rates differ in the population
    l = s / (b + T / F)  the usual rate; F = D (1 + burst + spread l c) / (1 - carry)^2 is the variance
                         of its long-run counts over their mean
    m = l c + carry (1 - decay) echo,   echo <- decay echo + (x - l c)
    m + m^2 / k = D (1 + burst + spread m) m + ((1 - carry) l c)^2 / s

``burst`` and ``spread`` are over-dispersion (in proportion to the mean, and to its square), ``carry`` is
the share of acts that earlier acts set off, ``D`` the subject's own dispersion, shrunk to 1 with the weight
``firmness``; old acts and old clock fade with ``memory``, and ``a`` and ``b`` to ``1 - (T / memory)^4`` of what
they were, at least :data:`LEFT`: would the population's mean rate stay and the subject's past go, whoever acts
once a year would be expected to act more, week after week, and be called silent in the end. The last term of the
variance is what is not known about the rate: a short history is a wide prediction, and this is why it is never
trusted.

"Something began" multiplies the rate by one of :data:`RATES`, at any start. With ``m_r`` its mean, one bin is
worth::

    ratio_r = (m_r / m)^x ((k + m) / (k + m_r))^(k + x)

and every ``r`` runs its own restart mixture ``R_r <- (R_r + mass weight_r) ratio_r``; ``R = sum R_r``
decides. In ``m_r = carry part + r (1 - carry) c s / (b + (T + (r - 1) B) / F)``, ``B`` is the clock since
the start (its mean over the starts in ``R_r``), so that the acts of the shift do not pass for baseline.

**Why the promise holds.** ``p0(x | past)``, the negative binomial above, sums to one, and so does its
numerator, which depends on the past only. So under the law that ``p0`` defines, ``E[ratio_r | past] = 1``,
``R_t - mass t`` is a martingale, and by Doob's inequality ``P(some R up to t >= A) <= mass t / A``: a bound
on early false alarms, not only on their mean time, which is at least ``A / mass``. No estimate is ever
plugged in and then believed: the rate is integrated out. With ``burst = spread = carry = 0`` and no fading,
``p0`` is exactly the posterior prediction of Poisson counts whose rates are gamma distributed over the
population, so the bound then holds *exactly for the share of subjects*, whatever the length of their
histories. In the other cases ``p0`` has the mean, the variance and the echo of the population but not its
exact shape, so the bound is measured (see the card), and :func:`learn` takes the parameters under which
``p0`` itself predicts the population's histories best.

Sources: Shiryaev (1963) and Roberts (1966) for the restart mixture; Pollak and Siegmund (1991), for a
baseline that is not known; the gamma-Poisson prediction is textbook; the restart average ``B`` is this
project's.

>>> import numpy as np
>>> usual = Population(shape=1.0, clock=0.5)
>>> counts = np.array([[2] * 50 + [9] * 3, [2] * 53])
>>> state, step = update(start(2), usual, counts, np.ones(53), mass=1.0)
>>> np.round(step.log2_r[:, [49, 50, 51, 52]], 1)
array([[ 3. ,  7. , 14.4, 22.1],
       [ 3. ,  3. ,  3. ,  3. ]])
>>> reading = read(state)
>>> float(reading.factor[0]), int(reading.onset[0])
(4.0, 50)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lapwing.evidence.kernel import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]

RATES = np.array([0.0, 0.25, 0.5, 0.7, 1.5, 2.0, 4.0, 8.0])
"""What a shift multiplies the rate by; 0 is "went dark"."""
WEIGHTS = np.array([0.05, 0.05, 0.08, 0.05, 0.40, 0.20, 0.11, 0.06])
"""Their shares of the mass of starts. A small rise brings few bits a bin, so it gets the largest share."""
CEILING = 2.0**256
"""No restart mixture grows beyond this: far above every budget, far below what a float can hold."""
TINY = 1e-300
"""Stands for a mean of 0 where its logarithm is taken: one act and the ratio is 0."""
HISTORY = 4.0
"""A baseline is remembered for at most so many times the clock over which the population was learnt."""
LEFT = 0.1
"""What the population says of a subject fades like the subject's own past, but never further than this."""
OUTLIER = 25.0
"""One bin adds at most so much observed variance to a subject's own dispersion."""
LN2 = math.log(2.0)
SHIFT = np.uint64(52)
"""Bits of the fraction of a float."""
HALF_UP = np.uint64((1 << 52) - 0x6A09E667F3BCD)
"""Added to a float's bits, it carries into the exponent from ``sqrt(2)`` on."""
ONE = np.uint64(1023 << 52)
"""The bits of 1.0."""
BLOCK = 64
"""Subjects taken at once, so that the compiler can do several logarithms in one instruction."""
SAMPLE = 100_000
"""Subject-bins a population is learnt from, at most."""


@dataclass(frozen=True, slots=True)
class Population:
    """How the subjects of one population behave "as usual"; from :func:`learn`."""

    shape: float
    """``a``: shape of the gamma distribution of rates over subjects."""
    clock: float
    """``b``: its rate parameter, in clock units; the mean rate is ``a / b`` acts per clock unit."""
    burst: float = 0.0
    """Excess of the variance over the mean, in units of the mean."""
    spread: float = 0.0
    """Excess of the variance over the mean, in units of the squared mean (theta)."""
    carry: float = 0.0
    """Share of acts that earlier acts set off, 0 to 1 (branching ratio)."""
    decay: float = 0.5
    """What is left of an echo after one bin, 0 to 1."""
    memory: float = math.inf
    """Clock units after which the baseline has faded to ``1/e``."""
    firmness: float = math.inf
    """How firmly a subject's own dispersion is shrunk to the population's, in observed variance."""

    def row(self) -> F64:
        """The parameters as the kernels read them, shape (8,)."""
        return np.array([getattr(self, field.name) for field in fields(self)])


@dataclass(frozen=True, slots=True)
class State:
    """What is known of every subject; arrays of shape (subjects,) or (subjects, rates)."""

    bins: int
    """Bins seen so far."""
    acts: F64
    """``n``: acts so far, fading with the memory."""
    clock: F64
    """``T``: clock so far, fading with the memory."""
    echo: F64
    """Decayed sum of what came above (or below) the usual rate."""
    seen: F64
    """Squared deviations so far, each weighted by ``1 / (1 + variance)``."""
    due: F64
    """What the population's dispersion would have made of them; ``D = (firmness + seen) / (firmness +
    due)``."""
    r: F64
    """Restart mixtures, one for each of :data:`RATES`."""
    age: F64
    """``B``: clock since the start, mean over the starts in ``r``, fading with the memory like ``T``."""
    run: F64
    """Product of ratios since the best start (CUSUM form), at least 1."""
    onset: I32
    """Bin of that best start."""


@dataclass(frozen=True, slots=True)
class Step:
    """Evidence bin by bin, shape (subjects, bins)."""

    log2_r: F64
    """log2 of the restart mixture after the bin; minus infinity before the first mass."""
    bits: F64
    """log2 of ``R_t / (R_{t-1} + mass)``: what this bin brought. ``2**bits`` has mean 1 under "as usual",
    given the past, so these bits may be added to those of other detectors over the same time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What people are shown, shape (subjects,)."""

    factor: F64
    """The best of :data:`RATES`: 0 went dark, 8 eight times as often as usual."""
    onset: I64
    """Bin in which the best run began, counted like ``State.bins``."""
    bits: F64
    """Sum of the bits of that factor since the onset."""
    usual: F64
    """Usual acts per clock unit, the subject's own mean (0 where nothing is known)."""


def start(subjects: int) -> State:
    """Nothing known yet of ``subjects`` subjects."""

    def zeros() -> F64:
        return np.zeros(subjects)

    def table() -> F64:
        return np.zeros((subjects, RATES.shape[0]))

    return State(
        bins=0,
        acts=zeros(),
        clock=zeros(),
        echo=zeros(),
        seen=zeros(),
        due=zeros(),
        r=table(),
        age=table(),
        run=table() + 1.0,
        onset=np.zeros((subjects, RATES.shape[0]), np.int32),
    )


def grow(state: State, subjects: int) -> State:
    """The state with room for ``subjects`` subjects; those that are new start with nothing known.

    >>> grow(start(2), 5).acts.shape
    (5,)
    """
    new = start(subjects - state.acts.shape[0])
    columns = {
        field.name: np.concatenate([getattr(state, field.name), getattr(new, field.name)])
        for field in fields(State)
        if field.name != "bins"
    }
    return State(bins=state.bins, **columns)


def settle(state: State, subjects: ArrayLike) -> State:
    """Let the present of ``subjects`` (numbers) become their "as usual": the baseline is learnt anew.

    Called after a shift was raised and dealt with; without it a subject that went dark and comes back would
    only have become itself again, and its return would not be a shift.
    """
    new = start(state.acts.shape[0])
    columns = {}
    for field in fields(State):
        if field.name == "bins":
            continue
        column = getattr(state, field.name).copy()
        column[np.asarray(subjects)] = state.bins if field.name == "onset" else getattr(new, field.name)[0]
        columns[field.name] = column
    return State(bins=state.bins, **columns)


def update(
    state: State, population: Population, counts: ArrayLike, clock: ArrayLike, mass: float
) -> tuple[State, Step]:
    """The state after some more bins, and the evidence in each of them.

    ``counts``: acts (or sessions), whole numbers of shape (subjects, bins). ``clock``: exposure of each
    bin, shape (bins,), or (subjects, bins) where subjects keep different clocks; 0 where a bin was not
    observed, which brings no evidence. ``mass``: mass of starts per bin; 1/24 for hours and a promise in
    days, 0 to learn only.

    Raises ``ValueError`` when the shapes do not fit, a count is negative or not whole, or a clock is
    negative.
    """
    after = State(
        state.bins, *(getattr(state, field.name).copy() for field in fields(State) if field.name != "bins")
    )
    return take(after, population, counts, clock, mass)


def take(
    state: State, population: Population, counts: ArrayLike, clock: ArrayLike, mass: float
) -> tuple[State, Step]:
    """Like :func:`update`, but the arrays of the state are changed; for streams, where to copy them would take as long
    as the rest."""
    acts, exposure = checked(counts, clock)
    subjects, bins = acts.shape
    if subjects != state.acts.shape[0]:
        raise ValueError(
            f"counts of {subjects} subjects, but the state knows {state.acts.shape[0]}; call grow() first"
        )
    before_r, after_r = np.empty((subjects, bins)), np.empty((subjects, bins))
    advance(
        population.row(),
        acts,
        exposure,
        mass,
        state.bins,
        state.acts,
        state.clock,
        state.echo,
        state.seen,
        state.due,
        state.r,
        state.age,
        state.run,
        state.onset,
        before_r,
        after_r,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        log2_r = np.log2(after_r)
        bits = np.where(before_r > 0.0, log2_r - np.log2(before_r), 0.0)
    return replace(state, bins=state.bins + bins), Step(log2_r, bits)


def learn(counts: ArrayLike, clock: ArrayLike) -> Population:
    """The population under which "as usual" predicts these histories best.

    ``counts`` (subjects, bins) and ``clock`` as in :func:`update`; the more subjects the better, since what
    is learnt (how rates differ, bursts, echoes, fading) is pooled over them. At most :data:`SAMPLE`
    subject-bins are used, whole subjects drawn with a fixed seed. The search goes along one parameter after
    the other, doubling its precision four times; a step must save a bit in all, so what the histories do not
    show is not learnt. It takes a second or two.

    Raises ``ValueError`` like :func:`update`, and when the histories hold no act at all.
    """
    acts, exposure = checked(counts, clock)
    if exposure.shape[0] == 1:
        exposure = np.repeat(exposure, acts.shape[0], axis=0)
    total = float(np.sum(acts, where=exposure > 0))
    if total == 0.0:
        raise ValueError("nothing can be learnt: no subject has an act in an observed bin")
    order = np.random.default_rng(0).permutation(acts.shape[0])[: max(1, SAMPLE // acts.shape[1])]
    acts, exposure = np.ascontiguousarray(acts[order]), np.ascontiguousarray(exposure[order])
    length = float(exposure.sum()) / acts.shape[0]
    rate = total / float(exposure.sum())
    unit = length / acts.shape[1]
    axes = (
        Axis(0.05, 500.0, 1.0, 1.0),
        Axis(rate / 20.0, rate * 20.0, rate, 0.5),
        Axis(1e-3, 50.0, 0.3, 1.5),
        Axis(1e-3, 10.0, 0.03, 1.5),
        Axis(0.002, 2.0, 0.02, 1.5),
        Axis(0.05, 9.0, 1.0, 1.0),
        Axis(min(10.0 * unit, HISTORY * length), HISTORY * length, HISTORY * length, 1.0),
        Axis(1.0, 1e4, 100.0, 1.5),
    )
    place = [math.log(axis.begin) for axis in axes]
    worth = 1.0 / float(np.count_nonzero(exposure))
    best = surprise(at(place).row(), acts, exposure)
    for halving in range(4):
        for number, axis in enumerate(axes):
            for direction in (1.0, -1.0):
                moved = False
                while True:
                    there = list(place)
                    step = place[number] + direction * axis.step / 2.0**halving
                    there[number] = min(max(step, math.log(axis.low)), math.log(axis.high))
                    if there[number] == place[number]:
                        break
                    value = surprise(at(there).row(), acts, exposure)
                    if value > best - worth:
                        break
                    place, best, moved = there, value, True
                if moved:
                    break
    return at(place)


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of the search of :func:`learn`."""

    low: float
    high: float
    begin: float
    step: float
    """First step, in logarithms."""


def at(place: list[float]) -> Population:
    """The population at a place of the search: logarithms of shape, mean rate, burst, spread, odds of carry
    and of decay, memory, firmness."""
    shape, rate, burst, spread, carry, decay, memory, firmness = (math.exp(value) for value in place)
    return Population(
        shape=shape,
        clock=shape / rate,
        burst=burst,
        spread=spread,
        carry=carry / (1.0 + carry),
        decay=decay / (1.0 + decay),
        memory=memory,
        firmness=firmness,
    )


def checked(counts: ArrayLike, clock: ArrayLike) -> tuple[I32, F64]:
    """Counts as 32-bit integers and a clock of shape (1 or subjects, bins), or ``ValueError``."""
    given = np.asarray(counts)
    if given.ndim != 2:
        raise ValueError(f"counts must have the shape (subjects, bins), not {given.shape}")
    acts = given.astype(np.int32)
    if not np.array_equal(acts, given) or (acts.size and acts.min() < 0):
        raise ValueError("counts must be whole numbers from 0 to 2147483647")
    exposure = np.atleast_2d(np.asarray(clock, np.float64))
    if exposure.shape not in ((1, acts.shape[1]), acts.shape):
        raise ValueError(
            f"clock has the shape {np.shape(clock)}; ({acts.shape[1]},) or {acts.shape} would fit the counts"
        )
    if not np.all(np.isfinite(exposure)) or (exposure.size and exposure.min() < 0):
        raise ValueError("clock must be finite and not negative; use 0 for a bin that was not observed")
    return acts, np.ascontiguousarray(exposure)


def read(state: State) -> Reading:
    """What the state says to people: the best factor, since when, how many bits, against which usual rate."""
    best = np.argmax(state.run, axis=1)
    rows = np.arange(best.shape[0])
    usual = np.divide(state.acts, state.clock, out=np.zeros_like(state.acts), where=state.clock > 0)
    return Reading(
        factor=RATES[best],
        onset=state.onset[rows, best].astype(np.int64),
        bits=np.log2(state.run[rows, best]),
        usual=usual,
    )


@kernel
def predict(
    population: F64, acts: float, clock: float, echo: float, seen: float, due: float, c: float
) -> tuple[float, float, float, float, float]:
    """``m``, ``k``, ``F``, ``s`` and ``b + T / F`` of the next bin, of exposure ``c``."""
    left = prior_left(population[6], clock)
    a, b, burst, spread = left * population[0], left * population[1], population[2], population[3]
    carry, decay, firmness = population[4], population[5], population[7]
    own = 1.0 if math.isinf(firmness) else (firmness + seen) / (firmness + due)
    fresh = (1.0 - carry) * c
    fano = max(1.0, own * (1.0 + burst + spread * c * (a + acts) / (b + clock))) / (1.0 - carry) ** 2
    s = a + acts / fano
    v = b + clock / fano
    rate = s / v
    mean = max(rate * c + carry * (1.0 - decay) * echo, rate * fresh)
    excess = max(0.0, own * (1.0 + burst + spread * mean) - 1.0) * mean + (rate * fresh) ** 2 / s
    return mean, mean * mean / excess, fano, s, v


@kernel
def logarithms(x: F64, bits: U64, out: F64) -> None:
    """Natural logarithms of the positive normal numbers ``x``, whose bits are ``bits``; spoils ``x``.

    Written out, like :func:`exponentials`, so that the compiler does several at once: calls of the C
    library took two thirds of the time. With ``x = 2^e y``, ``y`` within ``sqrt(1/2)`` and ``sqrt(2)``, and
    ``z = (y - 1) / (y + 1)``, ``log x = e log 2 + 2 atanh z``. Accurate to 1e-14.
    """
    n = x.shape[0]
    for i in range(n):
        e = (bits[i] + HALF_UP) >> SHIFT
        bits[i] = bits[i] + ONE - (e << SHIFT)
        out[i] = np.float64(np.int32(e)) - 1023.0
    for i in range(n):
        z = np.divide(x[i] - 1.0, x[i] + 1.0)  # "/" would check for zero, and one at a time
        w = z * z
        tail = 1.0 / 13.0 + w * (1.0 / 15.0 + w * (1.0 / 17.0))
        tail = 1.0 / 7.0 + w * (1.0 / 9.0 + w * (1.0 / 11.0 + w * tail))
        tail = 1.0 + w * (1.0 / 3.0 + w * (0.2 + w * tail))
        out[i] = out[i] * LN2 + 2.0 * z * tail


@kernel
def exponentials(x: F64, bits: U64, out: F64) -> None:
    """``exp(x)``, with ``x`` first held within -700 and 700; ``bits`` is scratch whose floats are ``out``.

    With ``x = e log 2 + y``: ``2^e`` times the Taylor sum of ``exp(y)``. Accurate to 1e-14.
    """
    n = x.shape[0]
    for i in range(n):
        y = min(max(x[i], -700.0), 700.0)
        e = np.int32(y * (1.0 / LN2) + 1024.5)
        bits[i] = np.uint64(np.uint32(e - np.int32(1))) << SHIFT
        x[i] = y - (np.float64(e) - 1024.0) * LN2
    for i in range(n):
        y = x[i]
        tail = 1.0 / 362880.0 + y * (1.0 / 3628800.0 + y * (1.0 / 39916800.0 + y * (1.0 / 479001600.0)))
        tail = 1.0 / 720.0 + y * (1.0 / 5040.0 + y * (1.0 / 40320.0 + y * tail))
        tail = 1.0 / 6.0 + y * (1.0 / 24.0 + y * (1.0 / 120.0 + y * tail))
        out[i] = out[i] * (1.0 + y * (1.0 + y * (0.5 + y * tail)))


@kernel
def advance(
    population: F64,
    counts: I32,
    exposure: F64,
    mass: float,
    bins: int,
    acts: F64,
    clock: F64,
    echo: F64,
    seen: F64,
    due: F64,
    r: F64,
    age: F64,
    run: F64,
    onset: I32,
    before_r: F64,
    after_r: F64,
) -> None:
    """The restart mixtures over all bins, subject by subject; the state's arrays are changed in place."""
    rates = RATES.shape[0]
    carry, memory = population[4], population[6]
    subjects, steps = counts.shape
    shared = exposure.shape[0] == 1
    mean, rate, s = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    power = np.empty(BLOCK)
    quotient, shifted = np.ones(BLOCK * rates), np.ones(BLOCK * rates)
    quotient_bits, shifted_bits = quotient.view(np.uint64), shifted.view(np.uint64)
    log_quotient, log_shifted = np.empty(BLOCK * rates), np.empty(BLOCK * rates)
    last, keep = 0.0, 1.0  # most subjects have the exposure of the one before
    for first in range(0, subjects, BLOCK):
        size = min(BLOCK, subjects - first)
        for t in range(steps):
            exposed_any = False
            for at in range(size):
                i = first + at
                c = exposure[0, t] if shared else exposure[i, t]
                if c == 0.0:
                    continue
                exposed_any = True
                m, shape, fano, s_i, v = predict(population, acts[i], clock[i], echo[i], seen[i], due[i], c)
                mean[at], rate[at], s[at], power[at] = m, s_i / v, s_i, shape + counts[i, t]
                fresh = (1.0 - carry) * c
                kept = m - rate[at] * fresh
                per_fano, per_whole, per_mean = 1.0 / fano, 1.0 / (shape + m), 1.0 / m
                for j in range(rates):
                    exposed = v + (RATES[j] - 1.0) * age[i, j] * per_fano
                    other = kept + np.divide(RATES[j] * fresh * s_i, exposed)
                    quotient[at * rates + j] = (shape + other) * per_whole
                    shifted[at * rates + j] = max(other * per_mean, TINY)
            if exposed_any:
                logarithms(quotient, quotient_bits, log_quotient)
                logarithms(shifted, shifted_bits, log_shifted)
                for at in range(size):
                    x = np.float64(counts[first + at, t])
                    for j in range(at * rates, at * rates + rates):
                        log_quotient[j] = x * log_shifted[j] - power[at] * log_quotient[j]
                exponentials(log_quotient, quotient_bits, quotient)
            for at in range(size):
                i = first + at
                c = exposure[0, t] if shared else exposure[i, t]
                before = 0.0
                after = 0.0
                if c == 0.0:
                    for j in range(rates):
                        before += r[i, j]
                    after = before
                else:
                    if c != last:
                        last, keep = c, kept_after(memory, c)
                    for j in range(rates):
                        ratio = quotient[at * rates + j]
                        was = r[i, j] + mass * WEIGHTS[j]
                        before += was
                        if was > 0.0:
                            age[i, j] = keep * age[i, j] * np.divide(r[i, j], was) + c
                        r[i, j] = min(was * ratio, CEILING)
                        after += r[i, j]
                        if run[i, j] <= 1.0:
                            run[i, j] = 1.0
                            onset[i, j] = bins + t
                        run[i, j] = min(run[i, j] * ratio, CEILING)
                    absorb(
                        population,
                        i,
                        acts,
                        clock,
                        echo,
                        seen,
                        due,
                        counts[i, t],
                        c,
                        mean[at],
                        rate[at],
                        s[at],
                        keep,
                    )
                before_r[i, t] = before
                after_r[i, t] = after


@kernel
def prior_left(memory: float, clock: float) -> float:
    """The share of what is known of the population that still speaks for a subject whose own clock is ``clock``."""
    return 1.0 if math.isinf(memory) else max(1.0 - (clock / memory) ** 4, LEFT)


@kernel
def kept_after(memory: float, c: float) -> float:
    """What the memory keeps over the clock ``c``."""
    return 1.0 if math.isinf(memory) else math.exp(-c / memory)


@kernel
def absorb(
    population: F64,
    i: int,
    acts: F64,
    clock: F64,
    echo: F64,
    seen: F64,
    due: F64,
    x: int,
    c: float,
    mean: float,
    rate: float,
    s: float,
    keep: float,
) -> None:
    """Let subject ``i`` learn from the bin: ``x`` acts in the exposure ``c`` where ``mean`` were due; ``keep`` is what
    the memory keeps over ``c``."""
    burst, spread, carry, decay = population[2], population[3], population[4], population[5]
    variance = (1.0 + burst + spread * mean) * mean + (rate * (1.0 - carry) * c) ** 2 / s
    weight = 1.0 / (1.0 + variance)
    seen[i] += min(weight * (x - mean) ** 2, OUTLIER)
    due[i] += weight * variance
    echo[i] = decay * echo[i] + x - rate * c
    acts[i] = keep * acts[i] + x
    clock[i] = keep * clock[i] + c


@kernel
def surprise(population: F64, counts: I32, exposure: F64) -> float:
    """Bits per bin by which histories surprise "as usual": the mean of ``-log2 p0(x | past)``."""
    shared = exposure.shape[0] == 1
    none = np.zeros(1)
    acts, clock, echo, seen, due = none.copy(), none.copy(), none.copy(), none.copy(), none.copy()
    total = 0.0
    bins = 0
    for i in range(counts.shape[0]):
        acts[0] = clock[0] = echo[0] = seen[0] = due[0] = 0.0
        for t in range(counts.shape[1]):
            c = exposure[0, t] if shared else exposure[i, t]
            if c == 0.0:
                continue
            x = counts[i, t]
            mean, k, _, s, v = predict(population, acts[0], clock[0], echo[0], seen[0], due[0], c)
            total += k * math.log1p(mean / k)
            chance = mean / (k + mean)
            if x <= 32:
                ways = 1.0
                for j in range(x):
                    ways *= (k + j) / (j + 1.0) * chance
                total -= math.log(ways)
            else:
                total -= math.lgamma(k + x) - math.lgamma(k) - math.lgamma(x + 1.0) + x * math.log(chance)
            keep = kept_after(population[6], c)
            absorb(population, 0, acts, clock, echo, seen, due, x, c, mean, s / v, s, keep)
            bins += 1
    return total / math.log(2.0) / max(bins, 1)
