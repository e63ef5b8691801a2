"""A watch that is fed says what a run over the same stream says, whatever way the stream comes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from watching import VOCABULARY

from lapwing.events.reader import stream
from lapwing.watch.engine import HOUR, Parameters
from lapwing.watch.error import StateError
from lapwing.watch.live import Live, Statement
from lapwing.watch.run import watch
from lapwing.watch.settings import Settings
from lapwing.worlds.world import make_world, write_world

DAY = 24 * HOUR
MINUTE = HOUR // 60
PARAMETERS = Parameters(training=3 * DAY)

pytestmark = pytest.mark.usefixtures("real_engine")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(make_world("plain", seed=7, subjects=600, days=11, cells=3, size=9, copy=0.7), folder)
    settings = Settings(PARAMETERS, vocabulary=VOCABULARY)
    watch([folder / "events.parquet"], folder / "run", settings, command="lapwing watch")
    return folder


@pytest.fixture(scope="module")
def said(world: Path) -> list[dict[str, object]]:
    """What a run over the whole file says."""
    lines = [json.loads(line) for line in (world / "run" / "moments.jsonl").read_text("utf-8").splitlines()]
    assert len(lines) > 5
    return lines


@pytest.fixture(scope="module")
def events(world: Path) -> pa.Table:
    return pa.concat_tables(stream(world / "events.parquet", vocabulary=VOCABULARY))


def cut(table: pa.Table, pieces: int) -> list[pa.Table]:
    edges = np.linspace(0, len(table), pieces + 1).astype(int)
    return [table[a:b] for a, b in pairwise(edges)]


def out_of_order(table: pa.Table, by: int) -> pa.Table:
    """The rows as they come when each is under way for up to ``by`` microseconds."""
    delay = np.random.default_rng(3).integers(0, by, len(table))
    return table.take(pa.array(np.argsort(table["time"].to_numpy() + delay, kind="stable")))


def opened(folder: Path) -> Live:
    return Live(folder, PARAMETERS, VOCABULARY, tolerance=10 * MINUTE)


def fed(live: Live, entries: Sequence[pa.Table], first: int = 1) -> Iterator[Statement]:
    for number, table in enumerate(entries, first):
        for passed in live.take(number, table):
            yield from passed.statements


def moments(statements: Sequence[Statement]) -> list[dict[str, object]]:
    return [statement.moment for statement in statements]


def test_what_is_fed_gives_what_a_run_over_the_file_gives(
    events: pa.Table, said: list[dict[str, object]], tmp_path: Path
) -> None:
    with opened(tmp_path / "live") as live:
        fed_ = list(fed(live, cut(events, 50)))
    # The last hours are still held back: their border has not been passed.
    assert moments(fed_) == said[: len(fed_)]
    assert len(said) - len(fed_) <= 2
    assert [statement.exhibit["id"] for statement in fed_] == [moment["id"] for moment in moments(fed_)]


def test_rows_out_of_order_within_the_tolerance_change_nothing(
    events: pa.Table, said: list[dict[str, object]], tmp_path: Path
) -> None:
    with opened(tmp_path / "live") as live:
        fed_ = moments(list(fed(live, cut(out_of_order(events, 9 * MINUTE), 200))))
        assert live.position.late == 0
    assert fed_ == said[: len(fed_)]
    assert len(fed_) > 5


def test_cut_off_anywhere_it_goes_on_from_its_snapshot_and_says_the_same_again(
    events: pa.Table, tmp_path: Path
) -> None:
    entries = cut(events, 40)
    with opened(tmp_path / "undisturbed") as live:
        expected = list(fed(live, entries))
    told: dict[tuple[int, int], Statement] = {}
    saved = 0
    for stop in (7, 18, 25, 31, 40):
        with opened(tmp_path / "live") as live:
            assert live.position.number == saved
            for number in range(saved + 1, stop + 1):
                for statement in fed(live, [entries[number - 1]], number):
                    place = (statement.border, statement.place)
                    assert told.setdefault(place, statement) == statement
                if number == stop - 2:
                    live.save()
                    saved = number
    assert list(told.values()) == expected


def test_rows_that_come_after_their_border_are_counted_and_change_nothing(
    events: pa.Table, said: list[dict[str, object]], tmp_path: Path
) -> None:
    with opened(tmp_path / "live") as live:
        fed_ = moments(list(fed(live, [*cut(events, 10), events[:500]])))
        assert live.position.late == 500
    assert fed_ == said[: len(fed_)]


def test_who_is_taken_out_of_the_watch_is_named_no_more(
    events: pa.Table, said: list[dict[str, object]], tmp_path: Path
) -> None:
    first = said[0]["subjects"]
    assert isinstance(first, list)
    with opened(tmp_path / "live") as live:
        live.change_roster(1, first, ())
        named = {name for statement in fed(live, cut(events, 20), 2) for name in statement.moment["subjects"]}
        assert live.position.out == tuple(sorted(first))
    assert named
    assert not named & set(first)


def test_who_comes_back_is_named_again(
    events: pa.Table, said: list[dict[str, object]], tmp_path: Path
) -> None:
    first = said[0]["subjects"]
    assert isinstance(first, list)
    with opened(tmp_path / "live") as live:
        live.change_roster(1, first, ())
        live.change_roster(2, (), first)
        assert moments(list(fed(live, cut(events, 20), 3)))[:3] == said[:3]


def test_the_roster_survives_a_restart_and_takes_effect_on_rows_held_back(
    events: pa.Table, said: list[dict[str, object]], tmp_path: Path
) -> None:
    first = said[0]["subjects"]
    assert isinstance(first, list)
    entries = cut(events, 20)
    with opened(tmp_path / "live") as live:
        list(fed(live, entries[:4]))
        live.change_roster(5, first, ())
        live.save()
    with opened(tmp_path / "live") as live:
        assert live.position.number == 5
        named = {name for statement in fed(live, entries[4:], 6) for name in statement.moment["subjects"]}
    assert named
    assert not named & set(first)


def test_another_budget_holds_from_where_it_was_set(events: pa.Table, tmp_path: Path) -> None:
    entries = cut(events, 20)
    with opened(tmp_path / "strict") as live:
        live.change_budget(1, 2.0**20)
        strict = list(fed(live, entries, 2))
        live.save()
    assert strict
    assert {statement.exhibit["threshold"] for statement in strict} == {20.0}
    raised = {statement.moment["id"]: statement for statement in reversed(strict)}
    assert min(statement.moment["once_in_days"] for statement in raised.values()) >= 2.0**20
    with opened(tmp_path / "strict") as live:
        assert live.position.budget_days == 2.0**20


def test_nothing_that_was_told_stays_behind_in_the_folder(events: pa.Table, tmp_path: Path) -> None:
    with opened(tmp_path / "live") as live:
        list(fed(live, cut(events, 20)))
        live.save()
    assert sorted(path.name for path in (tmp_path / "live").iterdir()) == ["events", "snapshot-00000001.npz"]


def test_the_state_of_another_version_is_left_alone(
    events: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "live") as live:
        list(fed(live, cut(events, 20)[:2]))
        live.save()
    monkeypatch.setattr("lapwing.watch.live.BUILD", "9.9")
    with pytest.raises(StateError) as error:
        opened(tmp_path / "live")
    assert "was written by Lapwing" in str(error.value)
    assert "this is 9.9" in str(error.value)


def test_circles_that_events_bring_are_those_of_the_exhibit(world: Path, tmp_path: Path) -> None:
    table = pq.read_table(world / "events.parquet")
    circles = [f"circle {int(name[1:]) % 3}" for name in table["subject"].to_pylist()]
    pq.write_table(table.append_column("circle", pa.array(circles)), tmp_path / "events.parquet")
    events = pa.concat_tables(stream(tmp_path / "events.parquet", vocabulary=VOCABULARY))
    with opened(tmp_path / "live") as live:
        told = list(fed(live, cut(events, 20)))
    assert told
    assert {circle for s in told for circle in s.exhibit["circles"].values()} <= {
        f"circle {n}" for n in range(3)
    }


def test_background_alone_is_learnt_from_and_names_nobody(events: pa.Table, tmp_path: Path) -> None:
    names = events.schema.names
    nobody = events.set_column(names.index("subject"), "subject", pa.nulls(len(events), pa.string()))
    with opened(tmp_path / "live") as live:
        assert not list(fed(live, cut(nobody, 20)))
        assert live.position.background == live.position.rows > 0
