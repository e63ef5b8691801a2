"""What is touched: tastes, favourites, births, cascades."""

import numpy as np
import pytest

from lapwing.worlds.choice import MIX, choices, kind_of
from lapwing.worlds.scenario import load_scenario
from lapwing.worlds.world import make_world


def chosen(people=500, acts=100_000, **changes):
    """Subjects, their communities and choices in a small world of tastes."""
    scenario = load_scenario("tastes").with_(subjects=people, communities=10, **changes)
    rng = np.random.default_rng(5)
    subject = rng.integers(people, size=acts).astype(np.int32)
    community = (np.arange(people) % 10).astype(np.int32)
    time = np.arange(acts) + 1_735_516_800
    return subject, community, choices(time, subject, community, np.zeros(people, bool), scenario, rng)


def test_births_make_their_share_of_the_choices():
    *_, context = chosen(births=0.15, favourites=0.0)
    fresh = len(np.unique(context))
    # Contexts born before the start are touched as well, so there are a few more.
    assert 0.14 < fresh / len(context) < 0.20


def test_loyal_subjects_touch_what_their_community_touches():
    subject, community, context = chosen(loyalty=1.0, births=0.1, favourites=0.0)
    homes = {}
    for home, touched in zip(community[subject].tolist(), context.tolist(), strict=True):
        homes.setdefault(touched, set()).add(home)
    assert max(len(home) for home in homes.values()) == 1


def test_contexts_are_born_spread_and_die():
    *_, context = chosen(favourites=0.0)
    where = {}
    for place, touched in enumerate(context.tolist()):
        where.setdefault(touched, []).append(place)
    spread = [np.array(places) for places in where.values() if len(places) >= 20]
    spans = [np.quantile(places, 0.9) - np.quantile(places, 0.1) for places in spread]
    assert len(spread) > 300
    assert np.median(spans) < 0.6 * len(context)


def test_favourites_are_repeated():
    def repeats(favourites):
        subject, _, context = chosen(favourites=favourites)
        return 1 - len(np.unique(np.stack([subject, context]), axis=1).T) / len(context)

    assert repeats(0.3) > repeats(0.0) + 0.15


def test_a_cascade_reaches_thousands_within_hours():
    world = make_world("viral", seed=3, subjects=20_000, days=20.0)
    calm = make_world("tastes", seed=3, subjects=20_000, days=20.0)

    def busiest(events):
        """Most first touches of one context within twelve hours."""
        top = np.argsort(-np.bincount(events.context))[:30]
        most = 0
        for context in top.tolist():
            rows = np.flatnonzero(events.context == context)
            _, first = np.unique(events.subject[rows], return_index=True)
            time = np.sort(events.time[rows][first])
            most = max(
                most, int((np.searchsorted(time, time + 12 * 3_600_000_000) - np.arange(len(time))).max())
            )
        return most

    assert busiest(world.events) > 1_000
    assert busiest(world.events) > 3 * busiest(calm.events)


def test_every_context_is_touched_by_one_kind_only():
    events = make_world("tastes", seed=3, subjects=2_000, days=10.0).events
    assert np.array_equal(events.kind, events.context_kind[events.context])


def test_contexts_are_of_the_kinds_of_the_mix():
    shares = np.bincount(kind_of(np.arange(200_000)), minlength=len(MIX)) / 200_000
    assert shares == pytest.approx(np.array(MIX), abs=0.005)
