"""The oracle: told the true chances and the true group, it is a fair test, and the yardstick of efficiency."""

import io
import json
from math import log2

import numpy as np
import pytest
from rich.console import Console

from lapwing.moments.moment import Bits, Moment
from lapwing.worlds.cell import Plan
from lapwing.worlds.choice import MIX, Asked, chances, choices, kind_of
from lapwing.worlds.oracle import tell
from lapwing.worlds.population import Population
from lapwing.worlds.scenario import load_scenario
from lapwing.worlds.score import Yardstick, score, score_file, yardstick
from lapwing.worlds.scorecard import picture, scorecard, yardstick_sentence
from lapwing.worlds.truth import Cell, Truth
from lapwing.worlds.world import make_world

HOUR = 3_600_000_000
START = 1_735_516_800
ONSET = (START + 10 * 86_400) * 1_000_000
CELL = tuple(f"c{n}" for n in range(8))


@pytest.mark.claim
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("plain", {"contexts": 300}),
        ("tastes", {"communities": 4, "births": 0.1, "fashion": 20.0, "favourites": 0.0}),
        (
            "viral",
            {"communities": 4, "births": 0.1, "fashion": 20.0, "favourites": 0.0, "cascades": 3, "days": 0.2}
            | {"cascade_touches": 600, "cascade_hours": 6.0},
        ),
    ],
)
def test_contexts_of_a_stated_chance_are_touched_that_often(name, changes):
    """Predicted against counted: of any fixed question (is it what that community touched a while ago?), the mean
    chance is the share of yes."""
    predicted, happened, kinds = 0.0, 0.0, 0.0
    scenario = load_scenario(name).with_(subjects=40, cells=0, **{"bots": 0} | changes)
    acts, last = 3_000, 300
    subject = (np.arange(acts) * 7 % 40).astype(np.int32)
    community = (np.arange(40) % max(1, scenario.communities)).astype(np.int32)
    args = (START + np.arange(acts) * 6, subject, community, np.zeros(40, bool), scenario)
    at = np.arange(acts - last, acts)
    for seed in range(30):
        context = choices(*args, np.random.default_rng(seed))
        for back in (4, 12, 40):
            guess = context[at - back]  # the same community acted that many choices ago
            chance = chances(*args, np.random.default_rng(seed), Asked(at, subject[at], guess))
            # Given the kind of what was touched: only then does the question arise.
            same = kind_of(context[at]) == kind_of(guess)
            predicted += chance[same].sum()
            happened += (context[at] == guess)[same].sum()
            kinds += (chance * (1 - chance))[same].sum()
    assert happened == pytest.approx(predicted, abs=4 * kinds**0.5)
    assert happened > 100


def members_of(seed, copy, pi_from, acts=400):
    """Acts of eight members who choose alone from few contexts of the stated chances."""
    rng = np.random.default_rng(seed)
    crowd = Population(
        rates=np.full(20, 3.0),
        community=np.zeros(20, np.int32),
        bot=np.zeros(20, bool),
        watched=np.arange(20, dtype=np.int32),
        cells=[Plan(np.arange(8, dtype=np.int32), START, copy)],
        climbs=[],
        shifts=[],
    )
    time = np.sort(START + rng.integers(10 * 86_400, size=acts))
    person = rng.integers(8, size=acts).astype(np.int32)
    context = rng.integers(pi_from, size=acts)
    kind = kind_of(np.arange(pi_from))
    per_kind = np.bincount(kind, minlength=len(MIX))

    def usual(when, whom, which):
        return 1.0 / per_kind[kind[which]]

    return tell(crowd, load_scenario("plain"), time, person, context, usual)[0].bits


@pytest.mark.claim
def test_by_chance_the_oracle_passes_a_threshold_no_more_often_than_promised():
    """A fixed start and a fair ratio: the chance of ever reaching A is at most 1 / A (Ville 1939)."""
    runs = 300
    peaks = np.array([np.max(np.cumsum(members_of(seed, 0.2, 200_000, acts=250))) for seed in range(runs)])
    crowded = np.array([np.max(np.cumsum(members_of(seed, 0.2, 3_000, acts=250))) for seed in range(runs)])
    for threshold in (4.0, 16.0):
        limit = 1 / threshold + 3 * (1 / threshold / runs) ** 0.5
        assert (peaks >= log2(threshold)).mean() <= limit
        assert (crowded >= log2(threshold)).mean() <= limit


def test_the_told_bits_equal_the_formula_written_out():
    world = make_world("plain", seed=2, subjects=300, days=10.0, cells=1, size=4, copy=0.5)
    (cell,) = world.truth.cells
    assert len(cell.told) == len(cell.acts)
    scenario = world.scenario
    edges = (np.arange(scenario.contexts + 1) + scenario.flatness) ** (1 - scenario.steepness)
    assert np.diff(edges).sum() / (edges[-1] - edges[0]) == pytest.approx(1.0)
    # An act that follows nobody brings at least log2(1 - copy), and nothing when there was nobody to follow; none
    # brings more than the cap.
    assert log2(0.5) <= min(cell.told) < log2(0.8)
    assert sum(abs(bits) < 0.1 for bits in cell.told) > len(cell.told) / 4
    assert max(cell.told) <= 12.0
    assert sum(bits > 0 for bits in cell.told) == pytest.approx(cell.copies, abs=3)


@pytest.mark.parametrize("name", ["plain", "tastes", "viral", "evasive", "bursty"])
def test_a_cell_that_copies_brings_bits_and_a_null_has_no_oracle(name):
    world = make_world(name, seed=1, subjects=2_000, days=12.0, cells=2, copy=0.4)
    for cell in world.truth.cells:
        assert sum(cell.told) > 20
        assert len(cell.members) * 6 < cell.naming < len(cell.members) * 15
    assert make_world(f"{name}-null", seed=1, subjects=2_000, days=12.0, cells=2).truth.cells == ()


def test_to_touch_long_after_another_what_everybody_forgot_is_no_copy():
    """Contexts that nobody would touch any more have no chance; a week after the other's touch that brings no bits."""
    crowd = Population(
        rates=np.full(4, 3.0),
        community=np.zeros(4, np.int32),
        bot=np.zeros(4, bool),
        watched=np.arange(4, dtype=np.int32),
        cells=[Plan(np.array([0, 1], np.int32), START, 0.2)],
        climbs=[],
        shifts=[],
    )
    time = START + np.array([0, 3_600, 7 * 86_400])
    person, context = np.array([0, 1, 1], np.int32), np.array([5, 5, 5])
    scenario = load_scenario("plain")

    def never(when, whom, which):
        return np.zeros(len(when))

    soon = tell(crowd, scenario, time[:2], person[:2], context[:2], never)[0].bits
    late = tell(crowd, scenario, time[[0, 2]], person[[0, 2]], context[[0, 2]], never)[0].bits
    assert soon[1] < 1.0 + log2(2)  # at most what happens once in as many acts as there are
    assert late[1] == pytest.approx(0.0, abs=1e-4)


def test_naming_is_priced_among_the_watched_alone():
    all_, few = (
        make_world("plain", seed=1, subjects=3_000, days=12.0, cells=1, watched=watched).truth.cells[0].naming
        for watched in (None, 300)
    )
    assert few < all_ - 10


def test_asking_for_chances_leaves_the_choices_as_they_were():
    one, two = (make_world("tastes", seed=4, subjects=500, days=9.0, cells=cells) for cells in (1, 0))
    assert len(one.truth.cells) == 1
    again = make_world("tastes", seed=4, subjects=500, days=9.0, cells=1)
    assert np.array_equal(one.events.context, again.events.context)
    assert one.truth == again.truth
    assert two.truth.cells == ()


def truth_of(told, naming=10.0):
    acts = tuple(range(3600, 3600 * (len(told) + 1), 3600))
    cell = Cell(CELL, ONSET, 0.2, 1.0, 20, acts, told, naming)
    return Truth("plain", 1, START * 1_000_000, ONSET + 20 * 24 * HOUR, (cell,), (), (), {}, {})


def line(raised):
    bits = Bits(when=0.0, what=0.0, whom=60.0, naming=50.0, net=10.0)
    return Moment("m1", "meeting", CELL, ONSET, raised, bits, 1024.0, None, "open", ()).line()


def test_the_oracle_raises_at_the_act_with_which_it_has_paid():
    (cell,) = truth_of((4.0, 4.0, -1.0, 4.0, 4.0)).cells
    assert yardstick(cell, 4.0) == Yardstick(1, 1.0)
    assert yardstick(cell, 9.0) == Yardstick(4, 4.0)
    assert yardstick(cell, 15.1) is None


def test_efficiency_is_oracle_acts_over_acts_needed():
    result = score([line(ONSET + 10 * HOUR)], truth_of((2.0,) * 50), budget_days=32.0)
    (outcome,) = result.outcomes
    assert (outcome.oracle.acts, outcome.unnamed.acts, outcome.acts) == (8, 3, 10)
    assert outcome.efficiency == 0.8
    assert result.oracle.efficiency == 0.8


def test_a_missed_cell_that_the_oracle_raises_has_no_efficiency_left():
    result = score([], truth_of((2.0,) * 50), budget_days=32.0)
    assert result.outcomes[0].efficiency == 0.0
    assert result.oracle.efficiency == 0.0


def test_a_cell_that_not_even_the_oracle_raises_is_left_aside():
    result = score([], truth_of((-0.1,) * 50), budget_days=32.0)
    assert result.outcomes[0].efficiency is None
    assert result.oracle is None
    assert yardstick_sentence(result) == "An oracle would have raised none of 1 cells."


def test_the_budget_of_the_run_is_read_beside_its_moments(tmp_path):
    (tmp_path / "truth.json").write_text(truth_of((2.0,) * 50).text())
    (tmp_path / "moments.jsonl").write_text(line(ONSET + 10 * HOUR) + "\n")
    without = score_file(tmp_path / "moments.jsonl", tmp_path / "truth.json")
    assert without.oracle is None
    assert yardstick_sentence(without).startswith("There is no run.json beside the moments")
    (tmp_path / "run.json").write_text('{"budget_days": 32}')
    with pytest.raises(ValueError, match=r"run.json is not the record of a run \(KeyError: 'read'\)"):
        score_file(tmp_path / "moments.jsonl", tmp_path / "truth.json")


def test_the_scorecard_tells_what_an_oracle_would_have_needed():
    result = score([line(ONSET + 10 * HOUR)], truth_of((2.0,) * 50), budget_days=32.0)
    assert yardstick_sentence(result) == (
        "An oracle would have raised 1 of 1 cells, in the median after 8 acts (8 h), or 3 acts (3 h) if told which "
        "group it is: efficiency 0.80."
    )
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(scorecard(result))
    assert "efficiency 0.80" in console.export_text()
    assert "an oracle would have raised" in picture(result)
    assert json.loads(result.json())["outcomes"][0]["efficiency"] == 0.8
