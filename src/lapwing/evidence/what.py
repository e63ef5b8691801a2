"""What: did the mix of a subject's kinds change?

"As usual" predicts the kind of the next act from the subject's own past. With the chance ``g`` the act
repeats the kind of the one before; else it is a fresh draw from an updating Dirichlet-multinomial::

    d(k)  = (alpha_k + n_k) / sum_j (alpha_j + n_j)
    p0(k) = g [k = previous] + (1 - g) d(k)

``alpha`` is how mixes differ in the population, ``n_k`` the fresh draws so far (a repeat counts by its
chance ``(1 - g) d(k) / p0(k)`` of having been fresh), fading with ``memory``; ``g`` is the subject's own
share of repeats, shrunk to the population's with the weight ``firmness``. People act in runs (ten replies,
then ten reposts), and a model without ``g`` takes a long run for a new mix.

"Something began" bets that a share ``eps`` of the fresh draws comes from a new mix, itself learnt since the
start::

    q(k)  = (h alpha_k + m_k) / sum_j (h alpha_j + m_j),   h = min(1, 3 / sum_j alpha_j)
    ratio = (g [k = previous] + (1 - g) ((1 - eps) d(k) + eps q(k))) / p0(k)

``m_k`` are the fresh draws since the best start, the one from which the product of ratios is greatest
(CUSUM form); while nothing happens that start is the act before, so a new mix is learnt from its first act
on and not from old ones. They fade after a span of 20 or of 100 acts, always sooner than the baseline:
otherwise ``q`` would in the end be ``d``, and nothing could begin any more. Every pair of ``eps`` and span
is one model; each runs its own restart mixture ``R <- (R + mass of starts since / models) ratio``, and
their sum decides. An act loses at most ``log2(1 / (1 - eps))`` bits.

The acts of a busy day hang together (one topic, one task, one script), so whoever acted ``a`` times lately, fading
with a day, has :data:`VOTES` votes a day and no more: beyond that every ratio is raised to ``VOTES / a``.

**Why the promise holds.** Both ``p0`` and the numerator are distributions over the kinds that depend on the
past only, so under the law that ``p0`` defines ``E[ratio | past] = 1``, and ``P(some R up to t >= A) <=
mass / A``, as in :mod:`lapwing.evidence.when`; a ratio raised to a power below 1 that the past tells has a smaller mean
still. With ``g = 0`` and no fading, that law is exactly a
population whose mixes are Dirichlet distributed. A frozen estimate in place of ``d`` breaks the promise (a
test shows it).

Sources: the Dirichlet-multinomial is textbook; bets of the form ``1 - eps + eps q / p`` are those of the
game-theoretic testing literature (Shafer and Vovk, 2019); the restart mixture as in
:mod:`lapwing.evidence.when`.

>>> import numpy as np
>>> usual = Population(alpha=np.array([1.0, 1.0, 0.1]))
>>> kinds = np.array([0, 1] * 20 + [2, 2, 2, 2])
>>> days = np.arange(44) * DAY
>>> state, step = update(start(1, 3), usual, np.zeros(44, int), kinds, days)
>>> np.round(step.log2_r[[39, 40, 41, 42, 43]], 1)
array([ 4.9,  7.5, 10.7, 13.8, 16.8])
>>> reading = read(state, usual)
>>> int(reading.onset[0] // DAY), np.round(reading.now[0], 1)
(40, array([0.2, 0.2, 0.7]))
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
EPS = np.array([0.1, 0.3, 0.9, 0.1, 0.3, 0.9])
"""Shares of the acts that the new mix takes, one for each model."""
SPAN = np.array([20.0, 20.0, 20.0, 100.0, 100.0, 100.0])
"""Acts after which the new mix of the model has faded to ``1/e``; half the memory of the baseline at most."""
LOOSE = 3.0
"""A new mix is held by the population's with the weight of so many acts at most: where mixes hardly differ, what is
new would else be learnt too slowly."""
VOTES = 12.0
"""Acts a day that count in full."""
CEILING = 2.0**256
"""No restart mixture grows beyond this."""
SAMPLE = 100_000
"""Acts a population is learnt from, at most."""


@dataclass(frozen=True, slots=True)
class Population:
    """How the kinds of one population's subjects behave "as usual"; from :func:`learn`."""

    alpha: F64
    """Dirichlet parameters of the mixes over subjects, shape (kinds,), all above 0."""
    repeat: float = 0.0
    """``g``: chance that an act repeats the kind of the one before, 0 to 1."""
    firmness: float = math.inf
    """How firmly a subject's own ``g`` is shrunk to the population's, in acts."""
    memory: float = math.inf
    """Acts after which the baseline has faded to ``1/e``."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of every subject."""

    drawn: F64
    """``n_k``: fresh draws so far, fading, shape (subjects, kinds)."""
    repeats: F64
    """Expected number of repeats so far, shape (subjects,)."""
    acts: I64
    """Acts so far, shape (subjects,)."""
    previous: I32
    """Kind of the last act, -1 before the first, shape (subjects,)."""
    last: I64
    """Time of the last act, microseconds, shape (subjects,)."""
    lately: F64
    """Acts so far, fading with a day, shape (subjects,)."""
    r: F64
    """Restart mixtures, shape (subjects, models)."""
    fresh: F64
    """``m_k``: fresh draws since the best start, fading, shape (subjects, models, kinds)."""
    run: F64
    """Product of ratios since the best start (CUSUM form), at least 1, shape (subjects, models)."""
    onset: I64
    """Time of the first act of that best run, microseconds, shape (subjects, models)."""


@dataclass(frozen=True, slots=True)
class Step:
    """Evidence act by act, shape (acts,)."""

    log2_r: F64
    """log2 of the subject's restart mixture after the act; minus infinity after its first."""
    bits: F64
    """log2 of ``R_t / (R_{t-1} + mass)``: what the act brought; ``2**bits`` has mean 1 under "as usual",
    given the past, so these bits may be added to those of other detectors over the same acts."""
    chance: F64
    """``p0`` of the kind given the subject's past, against which :mod:`lapwing.evidence.ladder` bets."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What people are shown."""

    eps: F64
    """The best share of :data:`EPS`, shape (subjects,)."""
    onset: I64
    """Time of the first act of the best run, microseconds, shape (subjects,)."""
    bits: F64
    """Sum of the bits of that share since the onset, shape (subjects,)."""
    usual: F64
    """The usual mix, shape (subjects, kinds)."""
    now: F64
    """The new mix since the start, as far as it is known, shape (subjects, kinds)."""


def start(subjects: int, kinds: int) -> State:
    """Nothing known yet of ``subjects`` subjects, for a vocabulary of ``kinds`` kinds."""
    models = EPS.shape[0]
    return State(
        drawn=np.zeros((subjects, kinds)),
        repeats=np.zeros(subjects),
        acts=np.zeros(subjects, np.int64),
        previous=np.full(subjects, -1, np.int32),
        last=np.zeros(subjects, np.int64),
        lately=np.zeros(subjects),
        r=np.zeros((subjects, models)),
        fresh=np.zeros((subjects, models, kinds)),
        run=np.ones((subjects, models)),
        onset=np.zeros((subjects, models), np.int64),
    )


def grow(state: State, subjects: int) -> State:
    """The state with room for ``subjects`` subjects; those that are new start with nothing known.

    >>> grow(start(2, 3), 5).drawn.shape
    (5, 3)
    """
    new = start(subjects - state.acts.shape[0], state.drawn.shape[1])
    return State(
        *(np.concatenate([getattr(state, field.name), getattr(new, field.name)]) for field in fields(State))
    )


def settle(state: State, subjects: ArrayLike) -> State:
    """Let the present mix of ``subjects`` (numbers) become their "as usual": the baseline is learnt anew."""
    new = start(1, state.drawn.shape[1])
    which = np.asarray(subjects)
    columns = {}
    for field in fields(State):
        columns[field.name] = getattr(state, field.name).copy()
        if field.name != "last":
            columns[field.name][which] = getattr(new, field.name)[0]
    return State(**columns)


def update(
    state: State, population: Population, subjects: ArrayLike, kinds: ArrayLike, times: ArrayLike
) -> tuple[State, Step]:
    """The state after some more acts, and the evidence of each.

    ``subjects`` and ``kinds`` are numbers, ``times`` microseconds, all of shape (acts,) in time order. One
    unit of mass of starts passes per day; a subject's first act has none.

    Raises ``ValueError`` when the shapes differ or a number is out of range.
    """
    after = State(*(getattr(state, field.name).copy() for field in fields(State)))
    return after, take(after, population, subjects, kinds, times)


def take(
    state: State, population: Population, subjects: ArrayLike, kinds: ArrayLike, times: ArrayLike
) -> Step:
    """Like :func:`update`, but the state itself is changed; for streams, where to copy it would take longest."""
    who, what, when = checked(state.drawn.shape, subjects, kinds, times)
    before_r, after_r, chance = (np.empty(who.shape[0]) for _ in range(3))
    advance(
        population.alpha,
        population.repeat,
        population.firmness,
        population.memory,
        who,
        what,
        when,
        state.drawn,
        state.repeats,
        state.acts,
        state.previous,
        state.last,
        state.lately,
        state.r,
        state.fresh,
        state.run,
        state.onset,
        before_r,
        after_r,
        chance,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        log2_r = np.log2(after_r)
        bits = np.where(before_r > 0.0, log2_r - np.log2(before_r), 0.0)
    return Step(log2_r, bits, chance)


def checked(
    shape: tuple[int, ...], subjects: ArrayLike, kinds: ArrayLike, times: ArrayLike
) -> tuple[I32, I32, I64]:
    """The three columns as arrays, or ``ValueError``; ``shape`` is (subjects, kinds)."""
    who, what = np.asarray(subjects, np.int32), np.asarray(kinds, np.int32)
    when = np.asarray(times, np.int64)
    if not who.shape == what.shape == when.shape or who.ndim != 1:
        raise ValueError(
            f"subjects, kinds and times must be of one length, not {who.shape}, {what.shape}, {when.shape}"
        )
    for name, column, limit in (("subject", who, shape[0]), ("kind", what, shape[1])):
        if column.size and not 0 <= column.min() <= column.max() < limit:
            raise ValueError(f"{name} numbers must be from 0 to {limit - 1}")
    return who, what, when


def learn(subjects: ArrayLike, kinds: ArrayLike, vocabulary: int) -> Population:
    """The population under which "as usual" predicts these histories best.

    ``subjects`` and ``kinds`` (numbers, the latter below ``vocabulary``) of shape (acts,) in time order.
    The mix of ``alpha`` is that of all acts (every subject counts the square root of its acts, so that a
    few busy ones do not speak for all); its sum, the repeats, their firmness and the memory are searched
    like in :func:`lapwing.evidence.when.learn`, on at most :data:`SAMPLE` acts of whole subjects.

    Raises ``ValueError`` when there is no act or a number is out of range.
    """
    given = np.asarray(subjects, np.int32)
    if given.size == 0:
        raise ValueError("nothing can be learnt: there are no acts")
    number = int(given.max()) + 1
    who, what, _ = checked((number, vocabulary), given, kinds, np.zeros(given.shape, np.int64))
    order = np.argsort(who, kind="stable")
    who, what = who[order], what[order]
    acts = np.bincount(who, minlength=number)
    seen = np.bincount(what, weights=1.0 / np.sqrt(acts[who]), minlength=vocabulary) + 0.5
    mix: F64 = np.asarray(seen / seen.sum(), np.float64)
    shuffled = np.random.default_rng(0).permutation(number)
    taken = np.zeros(number, np.bool_)
    taken[shuffled[: max(1, int(np.searchsorted(np.cumsum(acts[shuffled]), SAMPLE)))]] = True
    who, what = who[taken[who]], what[taken[who]]

    def at(place: list[float]) -> Population:
        total, odds, firmness, memory = (math.exp(value) for value in place)
        return Population(alpha=mix * total, repeat=odds / (1.0 + odds), firmness=firmness, memory=memory)

    def cost(place: list[float]) -> float:
        p = at(place)
        return surprise(p.alpha, p.repeat, p.firmness, p.memory, who, what)

    longest = 4.0 * who.shape[0] / taken.sum()
    limits = ((0.2, 200.0), (0.002, 50.0), (1.0, 1e4), (min(10.0, longest), longest))
    place = [math.log(2.0), math.log(0.05), math.log(30.0), math.log(longest)]
    best = cost(place)
    for halving in range(4):
        for axis, (low, high) in enumerate(limits):
            for direction in (1.0, -1.0):
                moved = False
                while True:
                    there = list(place)
                    step = place[axis] + direction / 2.0**halving
                    there[axis] = min(max(step, math.log(low)), math.log(high))
                    if there[axis] == place[axis]:
                        break
                    value = cost(there)
                    if value > best - 1.0:
                        break
                    place, best, moved = there, value, True
                if moved:
                    break
    return at(place)


def read(state: State, population: Population) -> Reading:
    """What the state says to people: since when, how much, from which mix to which."""
    best = np.argmax(state.run, axis=1)
    rows = np.arange(best.shape[0])
    usual = population.alpha + state.drawn
    now = population.alpha + state.fresh[rows, best]
    return Reading(
        eps=EPS[best],
        onset=state.onset[rows, best],
        bits=np.log2(state.run[rows, best]),
        usual=usual / usual.sum(axis=1, keepdims=True),
        now=now / now.sum(axis=1, keepdims=True),
    )


@kernel
def _expected(
    alpha: F64,
    prior: float,
    repeat: float,
    firmness: float,
    drawn: F64 | NDArray[np.float32],
    repeats: float,
    acts: int,
    previous: int,
    i: int,
    k: int,
) -> tuple[float, float, float]:
    """``g [k = previous]``, ``1 - g`` and ``d(k)`` of the next act of subject ``i``; the first act repeats nothing."""
    known = 0.0
    for j in range(alpha.shape[0]):
        known += drawn[i, j]
    own = repeat if math.isinf(firmness) else (firmness * repeat + repeats) / (firmness + acts)
    again = own if previous == k else 0.0
    new = 1.0 if previous < 0 else 1.0 - own
    return again, new, float((alpha[k] + drawn[i, k]) / (prior + known))


@kernel
def advance(
    alpha: F64,
    repeat: float,
    firmness: float,
    memory: float,
    who: I32,
    what: I32,
    when: I64,
    drawn: F64,
    repeats: F64,
    acts: I64,
    previous: I32,
    last: I64,
    lately: F64,
    r: F64,
    fresh: F64,
    run: F64,
    onset: I64,
    before_r: F64,
    after_r: F64,
    chances: F64,
) -> None:
    """The restart mixtures over all acts; the state's arrays are changed in place."""
    kinds, models = alpha.shape[0], EPS.shape[0]
    prior = alpha.sum()
    hold = min(1.0, LOOSE / prior)
    keep = 1.0 if math.isinf(memory) else math.exp(-1.0 / memory)
    keep_new = np.exp(-1.0 / np.minimum(SPAN, memory / 2.0))
    for act in range(who.shape[0]):
        i, k = who[act], what[act]
        first = previous[i] < 0
        again, new, usual = _expected(
            alpha, prior, repeat, firmness, drawn, repeats[i], acts[i], previous[i], i, k
        )
        chance = again + new * usual
        mass = 0.0 if first else (when[act] - last[i]) / DAY
        lately[i] = 1.0 if first else lately[i] * math.exp(-mass) + 1.0
        vote = min(1.0, VOTES / lately[i])
        weight = new * usual / chance
        before = 0.0
        after = 0.0
        for e in range(models):
            if run[i, e] <= 1.0:
                run[i, e] = 1.0
                onset[i, e] = when[act]
                for j in range(kinds):
                    fresh[i, e, j] = 0.0
            started = 0.0
            for j in range(kinds):
                started += fresh[i, e, j]
            q = (hold * alpha[k] + fresh[i, e, k]) / (hold * prior + started)
            ratio = (again + new * ((1.0 - EPS[e]) * usual + EPS[e] * q)) / chance
            for j in range(kinds):
                fresh[i, e, j] *= keep_new[e]
            fresh[i, e, k] += weight
            if vote < 1.0:
                ratio = ratio**vote
            was = r[i, e] + mass / models
            r[i, e] = min(was * ratio, CEILING)
            before += was
            after += r[i, e]
            run[i, e] = min(run[i, e] * ratio, CEILING)
        chances[act] = chance
        before_r[act] = before
        after_r[act] = after
        for j in range(kinds):
            drawn[i, j] *= keep
        drawn[i, k] += weight
        if not first:
            repeats[i] += 1.0 - weight
            acts[i] += 1
        previous[i] = k
        last[i] = when[act]


@dataclass(frozen=True, slots=True)
class Past:
    """What foretells the kind of every subject's next act, and nothing else of :class:`State`."""

    drawn: NDArray[np.float32]
    repeats: F64
    acts: I64
    previous: I32

    @classmethod
    def empty(cls, subjects: int, kinds: int) -> Past:
        """Of subjects that did nothing yet."""
        return cls(
            np.zeros((subjects, kinds), np.float32),
            np.zeros(subjects),
            np.zeros(subjects, np.int64),
            np.full(subjects, -1, np.int32),
        )

    def grown(self, subjects: int) -> Past:
        """The same with room for further subjects."""
        more = Past.empty(subjects - self.acts.size, self.drawn.shape[1])
        return Past(*(np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(Past)))


def foretell(past: Past, population: Population, subjects: ArrayLike, kinds: ArrayLike) -> F64:
    """``p0`` of every act's kind given its subject's acts before, shape (acts,); ``past`` is changed by the acts."""
    who, what, _ = checked(past.drawn.shape, subjects, kinds, np.zeros(np.shape(subjects), np.int64))
    chances = np.empty(who.size)
    _foretell(
        population.alpha,
        population.repeat,
        population.firmness,
        population.memory,
        who,
        what,
        past.drawn,
        past.repeats,
        past.acts,
        past.previous,
        chances,
    )
    return chances


@kernel
def _foretell(
    alpha: F64,
    repeat: float,
    firmness: float,
    memory: float,
    who: I32,
    what: I32,
    drawn: NDArray[np.float32],
    repeats: F64,
    acts: I64,
    previous: I32,
    chances: F64,
) -> None:
    prior = alpha.sum()
    keep = np.float32(1.0 if math.isinf(memory) else math.exp(-1.0 / memory))
    for act in range(who.shape[0]):
        i, k = who[act], what[act]
        again, new, usual = _expected(
            alpha, prior, repeat, firmness, drawn, repeats[i], acts[i], previous[i], i, k
        )
        chances[act] = again + new * usual
        weight = new * usual / chances[act]
        for j in range(alpha.shape[0]):
            drawn[i, j] *= keep
        drawn[i, k] += np.float32(weight)
        if previous[i] >= 0:
            repeats[i] += 1.0 - weight
            acts[i] += 1
        previous[i] = k


@kernel
def surprise(alpha: F64, repeat: float, firmness: float, memory: float, who: I32, what: I32) -> float:
    """Bits by which "as usual" is surprised by acts sorted by subject: the sum of ``-log2 p0``."""
    kinds = alpha.shape[0]
    prior = alpha.sum()
    keep = 1.0 if math.isinf(memory) else math.exp(-1.0 / memory)
    drawn = np.zeros(kinds)
    known = 0.0
    repeats = 0.0
    acts = 0
    previous = -1
    total = 0.0
    for act in range(who.shape[0]):
        k = what[act]
        if act > 0 and who[act] != who[act - 1]:
            drawn[:] = 0.0
            known = 0.0
            repeats = 0.0
            acts = 0
            previous = -1
        own = repeat if math.isinf(firmness) else (firmness * repeat + repeats) / (firmness + acts)
        again = own if previous == k else 0.0
        new = 1.0 if previous < 0 else 1.0 - own
        usual = (alpha[k] + drawn[k]) / (prior + known)
        chance = again + new * usual
        weight = new * usual / chance
        total -= math.log2(chance)
        for j in range(kinds):
            drawn[j] *= keep
        drawn[k] += weight
        known = keep * known + weight
        if previous >= 0:
            repeats += 1.0 - weight
            acts += 1
        previous = k
    return total
