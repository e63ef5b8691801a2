"""The result depends on the stream, not on how it arrives or what happens on the way."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from watching import START, Row, results, run, some_rows, write_rows

from lapwing.watch import run as run_module
from lapwing.watch import snapshot, texts
from lapwing.watch.error import StateError
from lapwing.watch.roster import Roster
from lapwing.watch.stop import Stop

ROWS = some_rows()


@pytest.fixture
def undisturbed(tmp_path: Path) -> tuple[bytes, bytes]:
    run([write_rows(tmp_path / "whole.csv", ROWS)], tmp_path / "undisturbed")
    found = results(tmp_path / "undisturbed")
    assert found[0].count(b"\n") > 40
    return found


@st.composite
def streams(draw: st.DrawFn) -> list[Row]:
    """Rows in order of time but for less than the tolerance, of few subjects, contexts and ids.

    No two rows without id are equal: of those, runs on different files take one.
    """
    steps = draw(st.lists(st.integers(0, 50), min_size=1, max_size=60))
    rows, now = [], 0
    for at, step in enumerate(steps):
        now += step
        rows.append(
            Row(
                max(0, now - draw(st.integers(0, 20))),
                draw(st.sampled_from(["", "a", "b", "c"])),
                draw(st.sampled_from(["link:x", "link:y", "tag:z", "no sort"])),
                draw(st.sampled_from(["share", "like"])),
                draw(st.sampled_from(["", "", f"i{at}", "i0", "i1"])),
                draw(st.sampled_from(["", "k1", "k2"])),
            )
        )
    return [row for at, row in enumerate(rows) if row.id or row not in rows[:at]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=streams(), data=st.data())
def test_files_and_runs_may_be_cut_anywhere(
    stream: list[Row], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    run([write_rows(folder / "whole.csv", stream)], folder / "whole")
    cut = data.draw(st.integers(0, len(stream)))
    first = write_rows(folder / "first.csv", stream[:cut])
    second = write_rows(folder / "second.csv", stream[cut:])
    run([second, first], folder / "two files")
    assert results(folder / "two files") == results(folder / "whole")
    run([first], folder / "two runs")
    run([second], folder / "two runs")
    assert results(folder / "two runs") == results(folder / "whole")
    run([first], folder / "again")
    run([first, second], folder / "again")
    assert results(folder / "again") == results(folder / "whole")


def test_a_finished_run_reports_everything_in_its_input(tmp_path: Path) -> None:
    rows = [Row(minute, subject, "link:x") for minute in range(3) for subject in ("a", "b")]
    outcome = run([write_rows(tmp_path / "short.csv", rows)], tmp_path / "out")
    assert outcome.record.read.accepted == 6
    assert outcome.moments == 1


def test_the_same_command_again_changes_nothing(tmp_path: Path, undisturbed: tuple[bytes, bytes]) -> None:
    for _ in range(3):
        outcome = run([tmp_path / "whole.csv"], tmp_path / "undisturbed")
        assert results(tmp_path / "undisturbed") == undisturbed
        assert outcome.record.read.accepted == len(ROWS)


def test_many_runs_on_a_growing_file_are_one_run(tmp_path: Path, undisturbed: tuple[bytes, bytes]) -> None:
    for end in [*range(1, len(ROWS), 61), len(ROWS)]:
        run([write_rows(tmp_path / "growing.csv", ROWS[:end])], tmp_path / "out")
    assert results(tmp_path / "out") == undisturbed


def test_many_runs_on_new_files_are_one_run(tmp_path: Path, undisturbed: tuple[bytes, bytes]) -> None:
    for start in range(0, len(ROWS), 61):
        path = write_rows(tmp_path / f"{start}.csv", ROWS[start : start + 61])
        outcome = run([path], tmp_path / "out")
    assert results(tmp_path / "out") == undisturbed
    read = outcome.record.read
    assert read.rows == read.accepted == len(ROWS)
    assert read.already_taken == 0


def test_a_row_with_id_that_comes_again_in_the_next_file_is_taken_once(tmp_path: Path) -> None:
    first = [Row(minute, "a", f"link:{minute}", id=f"i{minute}") for minute in range(0, 300, 10)]
    second = [first[-1], first[-2], *(Row(minute, "a", "link:x") for minute in range(300, 400, 10))]
    run([write_rows(tmp_path / "1.csv", first)], tmp_path / "out")
    outcome = run([write_rows(tmp_path / "2.csv", second)], tmp_path / "out")
    assert outcome.record.read.accepted == 30 + 10


def test_two_equal_rows_without_id_are_two_acts_in_one_file_and_one_event_in_two_runs(tmp_path: Path) -> None:
    rows = [Row(0, "a", "link:x"), Row(0, "a", "link:x")]
    run([write_rows(tmp_path / "1.csv", rows)], tmp_path / "out")
    outcome = run([write_rows(tmp_path / "2.csv", [*rows, Row(1, "a", "link:x")])], tmp_path / "out")
    assert outcome.record.read.accepted == 3


def test_rows_from_before_the_border_are_counted_as_taken_already(tmp_path: Path) -> None:
    run([write_rows(tmp_path / "1.csv", ROWS)], tmp_path / "out")
    outcome = run([write_rows(tmp_path / "2.csv", [Row(0, "late", "link:x")])], tmp_path / "out")
    assert outcome.record.read.already_taken == 1
    assert outcome.record.read.accepted == len(ROWS)


# --- stopped and killed ------------------------------------------------------------------------------------


@pytest.fixture
def at_every_border(monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot at every border, whatever it costs."""
    monkeypatch.setattr(run_module, "SHARE", 0)


class StopAt(Stop):
    """A request to stop that comes by itself when it has been looked at so many times."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        super().__init__()

    @property
    def requested(self) -> bool:  # type: ignore[override]
        self._looks -= 1
        return self._looks < 0

    @requested.setter
    def requested(self, value: bool) -> None:
        pass


def test_stopped_again_and_again_it_ends_as_if_it_had_not_been(
    tmp_path: Path, undisturbed: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = iter([StopAt(looks) for looks in (0, 3, 9, 2, 12, 5)])
    monkeypatch.setattr(run_module, "Stop", lambda: next(stops, Stop()))
    stopped = []
    for _ in range(7):
        outcome = run([tmp_path / "whole.csv"], tmp_path / "out")
        stopped.append(outcome.stopped is not None)
    assert stopped == [True] * 6 + [False]
    assert results(tmp_path / "out") == undisturbed


def test_a_stopped_run_wants_the_rest_of_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, other = write_rows(tmp_path / "whole.csv", ROWS), write_rows(tmp_path / "other.csv", ROWS[-9:])
    monkeypatch.setattr(run_module, "Stop", lambda: StopAt(9))
    run([whole], tmp_path / "out")
    with pytest.raises(StateError) as refused:
        run([other], tmp_path / "out")
    assert str(refused.value) == (
        f"The last run on {tmp_path}/out was stopped before the end of its input.\n"
        f"Name that again, and what is new after it if you like: {whole}"
    )
    monkeypatch.undo()


def in_a_child(work: Callable[[], None]) -> int:
    """Do the work in a child process and return its number; the child never returns."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


def ended_by(child: int) -> int:
    """The signal that ended a child, 0 when it ended by itself and well."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed_now_and_then(work: Callable[[], None], kills: int, takes: float, luck: random.Random) -> int:
    """Start the work again and again and kill it somewhere in the time that it takes; how often it died of it.

    The time left shrinks as the work gets on.
    """
    died = 0
    for attempt in range(10 * kills):
        child = in_a_child(work)
        time.sleep(luck.random() * takes / (1 + attempt / 2))
        os.kill(child, signal.SIGKILL)
        died += ended_by(child) == signal.SIGKILL
        if died == kills:
            break
    return died


@pytest.mark.usefixtures("at_every_border")
def test_killed_at_random_points_it_ends_as_if_it_had_not_been(
    tmp_path: Path, undisturbed: tuple[bytes, bytes]
) -> None:
    def work() -> None:
        run([tmp_path / "whole.csv"], tmp_path / "out")

    began = time.monotonic()
    assert ended_by(in_a_child(work)) == 0
    takes = time.monotonic() - began
    for attempt in range(6):
        shutil.rmtree(tmp_path / "out")
        assert killed_now_and_then(work, 4, takes, random.Random(attempt)) == 4
        assert ended_by(in_a_child(work)) == 0
        assert results(tmp_path / "out") == undisturbed


@pytest.mark.usefixtures("at_every_border")
def test_killed_at_any_step_to_disk_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    """Every new name and every sync is a step; a process is killed just before every second one of them."""
    rows = some_rows(60, every=9)
    whole = write_rows(tmp_path / "whole.csv", rows)
    run([whole], tmp_path / "undisturbed")
    steps = 0

    def work() -> None:
        left = steps

        def step(real: Callable[..., object]) -> Callable[..., object]:
            def counted(*args: object, **kwargs: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)

            return counted

        for name in ("fsync", "replace", "rename", "unlink", "truncate", "ftruncate"):
            setattr(os, name, step(getattr(os, name)))
        run([whole], tmp_path / f"{steps}")

    killed = 0
    for steps in range(0, 60, 2):
        killed += ended_by(in_a_child(work)) == signal.SIGKILL
        run([whole], tmp_path / f"{steps}")
        assert results(tmp_path / f"{steps}") == results(tmp_path / "undisturbed")
    assert killed > 25


def test_a_damaged_snapshot_is_replaced_by_the_one_before(
    tmp_path: Path, undisturbed: tuple[bytes, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "SHARE", 0)
    run([tmp_path / "whole.csv"], tmp_path / "out")
    snapshots = sorted((tmp_path / "out" / "state").glob("snapshot-*.npz"))
    assert len(snapshots) == snapshot.GENERATIONS
    snapshots[-1].write_bytes(snapshots[-1].read_bytes()[:-100])
    run([tmp_path / "whole.csv"], tmp_path / "out")
    assert results(tmp_path / "out") == undisturbed


def test_the_store_forgets_what_no_moment_can_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "SHARE", 0)
    monkeypatch.setattr(texts, "SEGMENT", 20)
    run([write_rows(tmp_path / "whole.csv", ROWS)], tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "state" / "events" / "manifest.json").read_text())
    assert sum(segment["rows"] for segment in manifest["segments"]) < 150
    assert min(segment["oldest"] for segment in manifest["segments"]) > START


def test_only_watched_subjects_are_stored(tmp_path: Path) -> None:
    run([write_rows(tmp_path / "whole.csv", ROWS)], tmp_path / "out", Roster(watched=frozenset({"s1", "s2"})))
    manifest = json.loads((tmp_path / "out" / "state" / "events" / "manifest.json").read_text())
    assert sum(segment["rows"] for segment in manifest["segments"]) == sum(
        row.subject in ("s1", "s2") for row in ROWS
    )


def test_the_state_trails_the_stream_by_the_tolerance(tmp_path: Path) -> None:
    whole = write_rows(tmp_path / "whole.csv", [Row(at, "a", "link:x") for at in range(0, 600, 7)])
    outcome = run([whole], tmp_path / "out")
    an_hour_before_its_end = write_rows(tmp_path / "more.csv", [Row(595 - 60, "b", "link:y")])
    again = run([an_hour_before_its_end], tmp_path / "out")
    assert again.record.read.accepted == outcome.record.read.accepted + 1
