"""Worlds can be made again, their truth is true, and their nulls hide nothing."""

import doctest
from importlib import resources

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from lapwing.worlds import world as world_module
from lapwing.worlds.rows import subject_names
from lapwing.worlds.scenario import KINDS, PREFIXES, scenario_names
from lapwing.worlds.truth import read_truth
from lapwing.worlds.world import make_world, write_world

SMALL = {"subjects": 3_000, "days": 12.0}


def columns(events):
    return (events.time, events.subject, events.kind, events.context, events.act, events.context_kind)


@pytest.mark.parametrize("name", scenario_names())
def test_the_same_seed_makes_the_same_world(name):
    watched = {"watched": 1_000} if name == "origin" else {}
    first = make_world(name, seed=7, **SMALL, **watched)
    again = make_world(name, seed=7, **SMALL, **watched)
    other = make_world(name, seed=8, **SMALL, **watched)
    assert all(
        np.array_equal(a, b) for a, b in zip(columns(first.events), columns(again.events), strict=True)
    )
    assert first.truth == again.truth
    assert not np.array_equal(first.events.time[:100], other.events.time[:100])


@pytest.mark.parametrize("name", scenario_names())
def test_a_null_hides_nothing(name):
    watched = {"watched": 1_000} if name == "origin" else {}
    truth = make_world(f"{name}-null", seed=7, **SMALL, **watched).truth
    assert (truth.cells, truth.climbs, truth.shifts) == ((), (), ())


def test_a_null_has_the_population_of_its_world():
    world, null = make_world("tastes", seed=3, **SMALL), make_world("tastes-null", seed=3, **SMALL)
    members = {name for cell in world.truth.cells for name in cell.members}
    hiding = np.isin(subject_names(3_000), sorted(members))
    assert np.array_equal(world.community, null.community)
    assert np.array_equal(
        np.bincount(world.events.subject[np.unique(world.events.act, return_index=True)[1]], minlength=3_000),
        np.bincount(null.events.subject[np.unique(null.events.act, return_index=True)[1]], minlength=3_000),
    )
    outside, outside_null = ~hiding[world.events.subject], ~hiding[null.events.subject]
    assert np.array_equal(world.events.time[outside], null.events.time[outside_null])


def test_a_world_without_cells_hides_none():
    assert make_world("plain", seed=1, cells=0, **SMALL).truth.cells == ()


def test_events_are_in_order_of_time_and_within_the_world():
    world = make_world("bursty", seed=2, **SMALL)
    time = world.events.time
    assert (np.diff(time) >= 0).all()
    assert world.truth.start <= time[0]
    assert time[-1] < world.truth.end


def test_the_number_of_events_is_the_one_asked_for():
    for name in ("plain", "tastes", "bursty"):
        world = make_world(name, seed=5, subjects=20_000, days=10.0)
        assert len(world.events.time) == pytest.approx(world.scenario.events * 20_000 * 10.0, rel=0.1)


@pytest.mark.parametrize("name", ["plain", "tastes"])
def test_contexts_are_as_common_as_in_real_streams(name):
    world = make_world(name, seed=5)
    events, contexts = len(world.events.time), len(world.events.context_kind)
    assert events == pytest.approx(1_000_000, rel=0.05)
    assert np.bincount(world.events.context).max() / events < 2e-3
    # Streams of accounts and channels have between 1.9 (posts and links) and 4.8 (reposts) rows per context.
    assert 1.9 < events / contexts < 4.8


def test_written_worlds_have_the_columns_of_an_event_stream(tmp_path):
    world = make_world("tastes", seed=1, watched=500, **SMALL)
    write_world(world, tmp_path)
    table = pq.read_table(tmp_path / "events.parquet")
    assert table.column_names == ["time", "subject", "kind", "context", "id"]
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert table["id"].null_count == 0
    assert table["context"][0].as_py().split(":")[0] in PREFIXES
    watched = (tmp_path / "watched.txt").read_text().split()
    assert len(watched) == 500
    assert set(table["subject"].drop_null().to_pylist()) <= set(watched)
    assert table["subject"].null_count == int((world.events.subject < 0).sum()) > 0
    assert read_truth(tmp_path / "truth.json") == world.truth


def test_everybody_watched_needs_no_list(tmp_path):
    write_world(make_world("plain", seed=1, **SMALL), tmp_path)
    assert not (tmp_path / "watched.txt").exists()


def test_cells_are_watched_and_share_no_member():
    world = make_world("tastes", seed=4, watched=1_000, **SMALL)
    members = [name for cell in world.truth.cells for name in cell.members]
    names = np.array(subject_names(3_000))
    assert len(members) == len(set(members))
    assert set(members) <= set(names[world.watched])


def test_an_act_is_one_subject_at_one_time():
    events = make_world("tastes", seed=4, **SMALL).events
    same = np.diff(events.act) == 0
    assert same.any()
    assert (np.diff(events.time)[same] == 0).all()
    assert (np.diff(events.subject)[same] == 0).all()


def test_worlds_use_the_words_of_the_vocabulary():
    words = yaml.safe_load(resources.files("lapwing.events").joinpath("vocabulary.yaml").read_text("utf-8"))
    assert set(KINDS) <= set(words["kinds"])
    assert set(PREFIXES) <= set(words["contexts"])


def test_the_examples_in_the_documentation_hold():
    assert doctest.testmod(world_module).failed == 0
