"""The watch inside the desk: what comes in reaches pages and detectors once, under mandates, until it is stopped."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from django.db import connection
from mandate_files import REASONS, in_force

from lapwing.desk import clock, oversight
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.entry import Entry
from lapwing.desk.intake import cover, settling, taking
from lapwing.desk.intake.journal import Covered, Journal, Origin, entries
from lapwing.desk.intake.models import Event
from lapwing.desk.intake.posted import checked
from lapwing.desk.live.models import Progress
from lapwing.desk.live.watcher import StoppedError, Watcher, stored
from lapwing.desk.mandates import steps
from lapwing.desk.moments.models import Budget, Moment, Statement
from lapwing.desk.oversight import machine
from lapwing.desk.subjects.models import Subject
from lapwing.events.vocabulary import Vocabulary
from lapwing.watch.build import BUILD
from lapwing.watch.engine import HOUR, Parameters
from lapwing.worlds.world import make_world

pytestmark = pytest.mark.django_db

VOCABULARY = Vocabulary.load()
PARAMETERS = Parameters(training=2 * 24 * HOUR)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return make_world("plain", seed=7, subjects=300, days=8, cells=3, size=8, copy=0.8).events.table()


@pytest.fixture(scope="module")
def posts(table: pa.Table) -> list[bytes]:
    """The world as posts, a day each."""
    rows = table.to_pylist()
    days = [str(row["time"].date()) for row in rows]
    told = [json.dumps({**row, "time": row["time"].isoformat()}).encode() + b"\n" for row in rows]
    return [
        b"".join(line for day, line in zip(days, told, strict=True) if day == one)
        for one in sorted(set(days))
    ]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a journal of its own."""
    journal = Journal(tmp_path / "journal.sqlite3", now=lambda: clock.now().timestamp())
    for module in (taking, settling):
        monkeypatch.setattr(module, "journal", lambda: journal)
    monkeypatch.setattr(taking, "_cover", cover.Cover())
    yield tmp_path
    journal.close()


def everybody(origins: frozenset[Origin]) -> Covered:
    return Covered(origins, origins, frozenset(subject for subject, _source in origins))


def hand_in(posts: list[bytes], covered: Callable[[frozenset[Origin]], Covered] = everybody) -> None:
    """Take posts in; the subjects are known to the desk."""
    for at, post in enumerate(posts):
        found = checked(post, VOCABULARY, now=int(clock.now().timestamp() * 1_000_000))
        assert found.rows is not None
        assert not found.faults
        names = {name for name in found.rows.columns["subject"].to_pylist() if name}
        Subject.objects.bulk_create([Subject(pseudonym=name) for name in names], ignore_conflicts=True)
        taking.journal().add(found.rows, found.lines, post=str(at), covered=covered)


def run(home: Path, *, save: bool = False) -> Watcher:
    """A watcher that has taken all there is, as it is left behind by a kill."""
    watcher = Watcher(home, PARAMETERS, VOCABULARY)
    try:
        while watcher.step():
            pass
        if save:
            watcher.save()
    finally:
        watcher.close()
    return watcher


def said() -> list[tuple[str, object]]:
    return [(one.moment_id, one.line) for one in Statement.objects.order_by("pk")]


def test_what_comes_in_becomes_events_moments_and_entries_of_the_log(
    home: Path, posts: list[bytes], table: pa.Table
) -> None:
    hand_in(posts)
    watcher = run(home)
    assert Event.objects.count() == len(table)
    assert Moment.objects.exists()
    progress = Progress.objects.now()
    assert progress.rows == len(table), "those included that wait for their border"
    assert len(table) > watcher.position.rows > len(table) * 0.95
    assert progress.state == "watching"
    runs = Entry.objects.filter(action="watch.run")
    assert len(runs) == len({entry.about for entry in runs}) >= 24 * 7
    told = json.loads(runs[len(runs) - 1].words)["detail"]
    assert told["version"]
    assert told["parameters"]["training"] == PARAMETERS.training
    total = sum(json.loads(entry.words)["detail"]["statements"] for entry in runs)
    assert total == Statement.objects.count()


def test_killed_without_a_snapshot_or_with_one_it_says_everything_once(
    home: Path, posts: list[bytes]
) -> None:
    hand_in(posts[:5])
    run(home)
    run(home, save=True)
    hand_in(posts[5:])
    run(home)
    run(home, save=True)
    events, lines, runs = Event.objects.count(), said(), Entry.objects.filter(action="watch.run").count()
    run(home)
    assert (Event.objects.count(), said(), Entry.objects.filter(action="watch.run").count()) == (
        events,
        lines,
        runs,
    )
    assert max(Counter(json.dumps(line) for line in lines).values()) == 1


def test_a_stopped_machine_says_nothing_more_and_then_goes_on_where_it_was(
    home: Path, posts: list[bytes], overseer: Person
) -> None:
    hand_in(posts[:5])
    run(home)
    before = said()
    machine.stop(overseer, "Too many alarms since noon.")
    assert oversight.stopped()
    hand_in(posts[5:])
    with pytest.raises(StoppedError):
        run(home)
    assert said() == before
    machine.start_again(overseer, "The budget was corrected.")
    run(home)
    assert len(said()) > len(before)


def test_background_stands_in_no_table(home: Path, posts: list[bytes]) -> None:
    hand_in(posts[:3], covered=lambda origins: Covered(frozenset(), frozenset(), frozenset()))
    watcher = run(home)
    assert not Event.objects.exists()
    assert watcher.position.background == watcher.position.rows > 0


def test_what_may_be_read_but_not_detected_is_shown_and_counts_for_nothing(
    home: Path, posts: list[bytes]
) -> None:
    def read_only(origins: frozenset[Origin]) -> Covered:
        return Covered(origins, frozenset(), frozenset(subject for subject, _source in origins))

    hand_in(posts, covered=read_only)
    watcher = run(home)
    assert Event.objects.exists()
    assert watcher.position.background == watcher.position.rows > 0
    assert not Moment.objects.exists()


def test_the_end_of_a_mandate_reaches_the_detectors_within_a_minute(
    home: Path,
    posts: list[bytes],
    analyst: Person,
    approver: Person,
    later: Callable[[timedelta], None],
) -> None:
    hand_in(posts[:5])
    names = sorted(taking.journal().roster())
    staying, leaving = names[10:], names[:10]
    in_force(analyst, approver, staying, days=90)
    mandate = in_force(analyst, approver, leaving, days=7)
    settling.settle()
    assert run(home, save=True).position.out == ()
    assert mandate.ends is not None
    later(mandate.ends - clock.now() + timedelta(seconds=59))
    assert settling.settle() == settling.Settled(len(leaving), 0)
    assert run(home, save=True).position.out == tuple(leaving)
    hand_in(posts[5:], covered=taking._cover.covered)
    run(home)
    assert said()
    assert not {name for _, line in said() for name in line["subjects"]} & set(leaving)  # type: ignore[index]


def test_a_cancelled_mandate_takes_its_subjects_out_and_a_new_one_brings_them_back(
    home: Path, posts: list[bytes], analyst: Person, approver: Person
) -> None:
    hand_in(posts[:1])
    names = sorted(taking.journal().roster())
    mandate = in_force(analyst, approver, names)
    assert settling.settle() == settling.Settled(0, 0)
    steps.cancel(approver, mandate, reasons=REASONS)
    assert settling.settle() == settling.Settled(len(names), 0)
    assert settling.settle() == settling.Settled(0, 0)
    in_force(analyst, approver, names)
    assert settling.settle() == settling.Settled(0, len(names))
    assert run(home).position.out == ()


def test_the_budget_of_the_manager_is_that_of_the_watch(
    home: Path, posts: list[bytes], approver: Person
) -> None:
    Budget.objects.create(days=100, reasons="Two officers, one hour a day each.", by=approver)
    hand_in(posts[:1])
    settling.settle()
    settling.settle()
    assert [
        entry.budget() for entry in entries(home / "journal.sqlite3", 0, 10**9) if entry.sort == "budget"
    ] == [100.0]
    assert run(home).position.budget_days == 100.0


def test_after_an_upgrade_it_is_built_anew_and_says_nothing_twice(
    home: Path, posts: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(posts)
    run(home, save=True)
    before = said()
    monkeypatch.setattr("lapwing.watch.live.BUILD", "9.9")
    watcher = run(home, save=True)
    assert said() == before
    assert watcher.position.rows > 0
    assert Entry.objects.filter(action="watch.rebuild").count() == 1
    assert [path.name for path in sorted(home.iterdir()) if path.name.startswith("watch")] == [
        "watch",
        f"watch-{BUILD}",
    ]


def test_built_anew_it_does_not_name_who_has_left_the_watch(home: Path, posts: list[bytes]) -> None:
    hand_in(posts)
    run(home)
    first = said()[0][1]["subjects"]  # type: ignore[index]
    taking.journal().change_roster(first, [])
    shutil.rmtree(home / "watch")
    watcher = Watcher(home, PARAMETERS, VOCABULARY)
    assert watcher.position.out == tuple(sorted(first))
    watcher.close()


def test_events_that_came_too_late_are_kept_for_the_pages_and_counted(home: Path, posts: list[bytes]) -> None:
    hand_in(posts[1:4])
    run(home, save=True)
    count = Event.objects.count()
    hand_in(posts[:1])
    watcher = run(home)
    assert Event.objects.count() > count
    assert Progress.objects.now().late == watcher.position.late == Event.objects.count() - count


def test_events_have_their_time_and_order(home: Path, posts: list[bytes], table: pa.Table) -> None:
    hand_in(posts[:1])
    run(home)
    stored = list(Event.objects.order_by("number").values_list("time", flat=True))
    assert stored == table["time"].to_pylist()[: len(stored)]
    assert np.all(np.diff([time.timestamp() for time in stored]) >= 0)


def test_times_are_stored_as_django_would_store_them() -> None:
    times = [0, 1, 999_999, 1_700_000_000_000_000, 1_700_000_000_123_456, -62_135_596_800_000_000]
    assert stored(times) == [connection.ops.adapt_datetimefield_value(clock.at(time)) for time in times]
