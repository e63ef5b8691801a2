"""What an act touches when nobody is copied: popularity laws, tastes, favourites, cascades."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.worlds.activity import DAY, START
from lapwing.worlds.scenario import KINDS, Scenario

MIX = (0.45, 0.22, 0.20, 0.08, 0.02, 0.01, 0.004, 0.006, 0.01)
"""Parts of the contexts that each kind touches, in the order of :data:`KINDS`; texts come with links."""

FAVOURITES = 4
"""First contexts of a subject among which it repeats itself."""

MEMORY = 2_048
"""Touches that a community remembers."""

WHOLE = 30
"""How many times as many touches the population remembers, and as long a context lasts in it."""

WARM_UP = 1_000
"""Choices of a community before the world starts."""


def choices(
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    community: NDArray[np.int32],
    bot: NDArray[np.bool_],
    scenario: Scenario,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """The context each act touches, as numbers from 0, for acts in order of time."""
    if scenario.communities:
        context = np.empty(len(time), np.int64)
        _tastes(
            subject,
            community,
            bot,
            context,
            np.zeros((len(community), FAVOURITES), np.int64),
            np.zeros(len(community), np.int8),
            np.zeros((scenario.communities + WHOLE) * MEMORY, np.int64),
            np.zeros(scenario.communities + 1, np.int64),
            scenario.loyalty,
            scenario.births,
            scenario.fashion,
            scenario.favourites,
            np.uint64(rng.integers(2**63)),
        )
    else:
        context = _by_rank(rng.random(len(time)), scenario)
    return _with_cascades(time, context, scenario, rng)


def _by_rank(u: NDArray[np.float64], scenario: Scenario) -> NDArray[np.int64]:
    """Ranks k from 0 under the law ``(k + flatness) ** -steepness`` (Mandelbrot), by its inverse."""
    q, n, power = scenario.flatness, scenario.contexts, 1.0 - scenario.steepness
    least, most = q**power, (n + q) ** power
    rank: NDArray[np.int64] = ((least + u * (most - least)) ** (1.0 / power) - q).astype(np.int64)
    return np.minimum(rank, n - 1, out=rank)


@kernel
def _uniform(state: NDArray[np.uint64]) -> float:
    """The next number of SplitMix64 (Steele, Lea and Flood 2014) as a float in [0, 1)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel
def _tastes(
    subject: NDArray[np.int32],
    community: NDArray[np.int32],
    bot: NDArray[np.bool_],
    context: NDArray[np.int64],
    favourite: NDArray[np.int64],
    known: NDArray[np.int8],
    touches: NDArray[np.int64],
    filled: NDArray[np.int64],
    loyalty: float,
    births: float,
    fashion: float,
    favourites: float,
    seed: np.uint64,
) -> None:
    """Fill ``context``: each choice repeats a favourite, or takes up an earlier touch, or bears a context.

    An earlier touch is taken up from the subject's community or from everybody, ``a`` touches ago with chance
    proportional to ``(a + fashion) ** -1.5``: popular contexts are taken up more, old ones less. Bots take up
    what is new to everybody. The first ``WARM_UP`` choices per community happen before the world starts, so
    that it doesn't begin with nothing to touch.
    """
    state = np.empty(1, np.uint64)
    state[0] = seed
    pools = len(filled) - 1
    born = 0
    for i in range(-WARM_UP * pools, len(subject)):
        s = subject[i] if i >= 0 else int(_uniform(state) * len(community))
        if i >= 0 and known[s] == FAVOURITES and _uniform(state) < (0.5 if bot[s] else favourites):
            context[i] = favourite[s, int(_uniform(state) * FAVOURITES)]
            continue
        own = _uniform(state) < loyalty and not bot[s]
        pool = community[s] if own else pools
        memory = MEMORY if own else WHOLE * MEMORY
        scale = fashion if own or bot[s] else WHOLE * fashion
        n = filled[pool]
        if n == 0 or _uniform(state) < births:
            chosen = born
            born += 1
        else:
            reach = float(min(n, memory))
            within = 1.0 - (1.0 + reach / scale) ** -0.5
            age = int(scale * ((1.0 - within * _uniform(state)) ** -2.0 - 1.0))
            chosen = touches[pool * MEMORY + (n - 1 - min(age, int(reach) - 1)) % memory]
        home = community[s]
        touches[home * MEMORY + filled[home] % MEMORY] = chosen
        filled[home] += 1
        touches[pools * MEMORY + filled[pools] % (WHOLE * MEMORY)] = chosen
        filled[pools] += 1
        if i >= 0:
            context[i] = chosen
            if known[s] < FAVOURITES:
                favourite[s, known[s]] = chosen
                known[s] += 1


def _with_cascades(
    time: NDArray[np.int64], context: NDArray[np.int64], scenario: Scenario, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Hand acts over to cascades: a cascade takes the acts that lie nearest to the times of its touches.

    Activity stays as it was. Waits are Gamma(2), so a cascade rises, peaks and dies; sizes are log-normal.
    """
    fresh = int(context.max(initial=-1)) + 1
    for cascade in range(scenario.cascades):
        size = int(scenario.cascade_touches * rng.lognormal(-0.125, 0.5))
        start = START + rng.random() * scenario.days * DAY
        when = start + rng.gamma(2.0, scenario.cascade_hours * 1800, size)
        touched = np.unique(np.searchsorted(time, when))
        context[touched[touched < len(time)]] = fresh + cascade
    return context


def kind_of(context: NDArray[np.int64]) -> NDArray[np.int8]:
    """The kind of act that touches each context, as a place in :data:`KINDS`: one kind per context."""
    kind = np.searchsorted(np.cumsum(MIX), fraction(context, 1), side="right")
    return np.minimum(kind, len(MIX) - 1).astype(np.int8)


def taken_up(
    context: NDArray[np.int64], rows: NDArray[np.int64], kind: str, rng: np.random.Generator
) -> None:
    """Let the acts at ``rows`` touch a context of that kind which some act before touched, in place."""
    pool = np.flatnonzero(kind_of(context) == KINDS.index(kind))
    before = np.searchsorted(pool, rows)
    chosen = pool[(rng.random(len(rows)) * before).astype(np.int64)[before > 0]]
    context[rows[before > 0]] = context[chosen]


def fraction(number: NDArray[np.int64], salt: int) -> NDArray[np.float64]:
    """A fixed number in [0, 1) for every context, so that what belongs to a context never changes."""
    z = number.astype(np.uint64) + np.uint64(salt << 40)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * (1.0 / 9007199254740992.0)
