"""What an act touches when nobody is copied: popularity laws, tastes, favourites, cascades."""

from __future__ import annotations

from dataclasses import dataclass

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

AROUND = 500
"""So many acts before and after tell how large a share of them a cascade takes over."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Choices whose chance is asked for: how likely the act would have touched that context, as usual.

    Arrays have shape (choices,), ``at`` ascending.
    """

    at: NDArray[np.int64]
    """Number of the act before which the choice is made."""
    subject: NDArray[np.int32]
    context: NDArray[np.int64]


_NOTHING_ASKED = Asked(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64))


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
        context, _ = _by_taste(subject, community, bot, scenario, rng, _NOTHING_ASKED)
    else:
        context = _by_rank(rng.random(len(time)), scenario)
    for cascade, touched in enumerate(_cascades(time, scenario, rng), int(context.max(initial=-1)) + 1):
        context[touched] = cascade
    return context


def chances(
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    community: NDArray[np.int32],
    bot: NDArray[np.bool_],
    scenario: Scenario,
    rng: np.random.Generator,
    asked: Asked,
) -> NDArray[np.float64]:
    """The chance of each choice that is asked for, among all contexts of the same kind; shape (choices,).

    The other arguments are those of :func:`choices`, with ``rng`` in the state it had there: all choices are
    made again, and asked for as they come. Repeated favourites are left aside, as habits are no first touches.
    """
    if scenario.communities:
        context, chance = _by_taste(subject, community, bot, scenario, rng, asked)
    else:
        context = _by_rank(rng.random(len(time)), scenario)
        of_rank = _rank_chances(scenario)
        kind = kind_of(np.arange(len(of_rank)))
        known = np.minimum(asked.context, len(of_rank) - 1)
        of_kind = np.bincount(kind, of_rank, len(MIX)).astype(np.float64)
        chance = of_rank[known] / of_kind[kind[known]]
    first = int(context.max(initial=-1)) + 1
    kind = kind_of(asked.context)
    alike, other, own = (np.zeros(len(chance)) for _ in range(3))  # shares of the acts that cascades take
    for cascade, touched in enumerate(_cascades(time, scenario, rng), first):
        share = _share_of(touched, asked.at, len(time))
        same = kind == kind_of(np.array([cascade]))[0]
        alike += np.where(same, share, 0.0)
        other += np.where(same, 0.0, share)
        own[asked.context == cascade] = share[asked.context == cascade]
    rest = np.maximum(1.0 - alike - other, 0.0) * np.array(MIX)[kind]
    landed: NDArray[np.float64] = np.where(asked.context >= first, own, rest * chance)
    landed /= np.maximum(rest + alike, 1e-12)
    return landed


def _by_taste(
    subject: NDArray[np.int32],
    community: NDArray[np.int32],
    bot: NDArray[np.bool_],
    scenario: Scenario,
    rng: np.random.Generator,
    asked: Asked,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The context of every act, and the chance of every choice that is asked for."""
    context = np.empty(len(subject), np.int64)
    chance = np.zeros(len(asked.at))
    known = (scenario.communities + 1) * WARM_UP + len(subject) + scenario.cascades  # contexts, at most
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
        asked.at,
        asked.subject,
        asked.context,
        kind_of(np.arange(known if len(asked.at) else 0)),
        np.array(MIX),
        chance,
    )
    return context, chance


def _by_rank(u: NDArray[np.float64], scenario: Scenario) -> NDArray[np.int64]:
    """Ranks k from 0 under the law ``(k + flatness) ** -steepness`` (Mandelbrot), by its inverse."""
    q, n, power = scenario.flatness, scenario.contexts, 1.0 - scenario.steepness
    least, most = q**power, (n + q) ** power
    rank: NDArray[np.int64] = ((least + u * (most - least)) ** (1.0 / power) - q).astype(np.int64)
    return np.minimum(rank, n - 1, out=rank)


def _rank_chances(scenario: Scenario) -> NDArray[np.float64]:
    """The chance of every rank under the law of :func:`_by_rank`."""
    edges = (np.arange(scenario.contexts + 1) + scenario.flatness) ** (1.0 - scenario.steepness)
    chance: NDArray[np.float64] = np.diff(edges) / (edges[-1] - edges[0])
    return chance


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
    asked_at: NDArray[np.int64],
    asked_subject: NDArray[np.int32],
    asked_context: NDArray[np.int64],
    kind: NDArray[np.int8],
    mix: NDArray[np.float64],
    chance: NDArray[np.float64],
) -> None:
    """Fill ``context``, and ``chance`` for what is asked (see :class:`Asked`).

    Each choice repeats a favourite, or takes up an earlier touch, or bears a context.

    An earlier touch is taken up from the subject's community or from everybody, ``a`` touches ago with chance
    proportional to ``(a + fashion) ** -1.5``: popular contexts are taken up more, old ones less. Bots take up
    what is new to everybody. The first ``WARM_UP`` choices per community happen before the world starts, so
    that it doesn't begin with nothing to touch.
    """
    state = np.empty(1, np.uint64)
    state[0] = seed
    pools = len(filled) - 1
    born = 0
    answered = 0
    for i in range(-WARM_UP * pools, len(subject)):
        while answered < len(asked_at) and asked_at[answered] <= i:
            wanted = asked_context[answered]
            home = community[asked_subject[answered]]
            mine, like = _pull(touches, home, filled[home], MEMORY, fashion, wanted, kind)
            all_, all_like = _pull(
                touches, pools, filled[pools], WHOLE * MEMORY, WHOLE * fashion, wanted, kind
            )
            of_kind = loyalty * like + (1.0 - loyalty) * all_like
            of_kind = births * mix[kind[wanted]] + (1.0 - births) * of_kind
            chance[answered] = (1.0 - births) * (loyalty * mine + (1.0 - loyalty) * all_) / of_kind
            answered += 1
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


@kernel
def _pull(
    touches: NDArray[np.int64],
    pool: int,
    n: int,
    memory: int,
    scale: float,
    wanted: int,
    kind: NDArray[np.int8],
) -> tuple[float, float]:
    """The chances that a touch taken up from a pool is of that context, and that it is of its kind.

    The law of the age is that of :func:`_tastes`: ``P(age >= a) = 1 - (1 - (1 + a / scale) ** -0.5) / within``.
    """
    reach = min(n, memory)
    if reach == 0:
        return 0.0, 0.0
    within = 1.0 - (1.0 + reach / scale) ** -0.5
    mine, like = 0.0, 0.0
    newer = 1.0
    for age in range(reach):
        older = 1.0 / np.sqrt(1.0 + (age + 1) / scale)
        touched = touches[pool * MEMORY + (n - 1 - age) % memory]
        if kind[touched] == kind[wanted]:
            like += newer - older
            if touched == wanted:
                mine += newer - older
        newer = older
    return mine / within, like / within


def _cascades(
    time: NDArray[np.int64], scenario: Scenario, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """The acts that each cascade takes over: those that lie nearest to the times of its touches.

    Activity stays as it was. Waits are Gamma(2), so a cascade rises, peaks and dies; sizes are log-normal.
    """
    taken = []
    for _ in range(scenario.cascades):
        size = int(scenario.cascade_touches * rng.lognormal(-0.125, 0.5))
        start = START + rng.random() * scenario.days * DAY
        when = start + rng.gamma(2.0, scenario.cascade_hours * 1800, size)
        touched = np.unique(np.searchsorted(time, when))
        taken.append(touched[touched < len(time)])
    return taken


def _share_of(touched: NDArray[np.int64], at: NDArray[np.int64], acts: int) -> NDArray[np.float64]:
    """The share of the acts around each place that a cascade took over."""
    low, high = np.maximum(at - AROUND, 0), np.minimum(at + AROUND, acts)
    taken = np.searchsorted(touched, high) - np.searchsorted(touched, low)
    share: NDArray[np.float64] = taken / np.maximum(high - low, 1)
    return share


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
