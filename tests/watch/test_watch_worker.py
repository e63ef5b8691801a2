"""What is done beside the engine is done in order, not far ahead, and its errors are not lost."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from watching import Row, results, run, some_rows, write_rows

from lapwing.events import reader as reader_module
from lapwing.events.error import BadRowError
from lapwing.watch import run as run_module
from lapwing.watch import snapshot
from lapwing.watch.batch import Batch
from lapwing.watch.scribe import Scribe
from lapwing.watch.standing import Saved
from lapwing.watch.worker import Worker

ROWS = some_rows()


@pytest.fixture
def small_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream in many tables, so that there is something to be ahead of."""
    monkeypatch.setattr(reader_module, "_PIECE", 32)
    monkeypatch.setattr(reader_module, "_TABLE", 16)


def fails() -> None:
    raise OSError(28, "No space left on device")


def test_work_is_done_in_the_order_in_which_it_was_given() -> None:
    done: list[int] = []
    with Worker() as worker:
        for number in range(500):
            worker.give(lambda number=number: done.append(number))
        assert worker.ask(lambda: len(done)).result() == 500
    assert done == list(range(500))


def test_what_goes_wrong_with_given_work_is_raised_when_the_worker_settles_or_is_given_more() -> None:
    with Worker() as worker:
        worker.give(fails)
        with pytest.raises(OSError, match="No space left"):
            worker.settle()
        worker.give(fails)
        worker.ask(lambda: None).result()
        with pytest.raises(OSError, match="No space left"):
            worker.give(lambda: None)


def test_whoever_gives_more_than_is_done_has_to_wait() -> None:
    held, begun = threading.Event(), threading.Event()
    given: list[int] = []
    with Worker() as worker:

        def give_many() -> None:
            for number in range(200):
                worker.give(held.wait)  # type: ignore[arg-type]
                given.append(number)
            begun.set()

        giver = threading.Thread(target=give_many)
        giver.start()
        assert not begun.wait(0.2)
        assert len(given) <= 64
        held.set()
        giver.join()


@pytest.mark.usefixtures("small_tables")
def test_the_intake_is_one_piece_ahead_of_the_engine_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead: list[int] = []
    taken = 0
    real = run_module._Run._take_in

    def counted(self: run_module._Run, *arguments: object) -> object:
        nonlocal taken
        stretches = real(self, *arguments)  # type: ignore[arg-type]
        taken += sum(len(stretch.batch.time) for stretch in stretches)
        return stretches

    class Slow(FakeEngine):
        def take(self, batch: Batch) -> list[object]:  # type: ignore[override]
            threading.Event().wait(0.005)
            ahead.append(taken - batch.first_row)
            return super().take(batch)  # type: ignore[return-value]

    monkeypatch.setattr(run_module._Run, "_take_in", counted)
    monkeypatch.setattr(run_module, "Engine", Slow)
    run([write_rows(tmp_path / "whole.csv", ROWS)], tmp_path / "out")
    assert 32 < max(ahead) <= 200 < len(ROWS)


@pytest.mark.usefixtures("small_tables")
def test_what_the_reader_refuses_is_raised_after_what_came_before_it_was_taken(tmp_path: Path) -> None:
    whole = write_rows(tmp_path / "whole.csv", ROWS)
    bad = write_rows(tmp_path / "bad.csv", [Row(ROWS[-1].minute + 120, "s1", "link:x", kind="no such kind")])
    with pytest.raises(BadRowError, match=f"{bad}, line 2"):
        run([whole, bad], tmp_path / "out", strict=True)
    assert (tmp_path / "out" / "moments.jsonl").read_bytes()


@pytest.mark.usefixtures("small_tables")
def test_a_snapshot_holds_everything_up_to_the_border_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "SHARE", 0)
    real = snapshot.write_snapshot
    seen = 0

    def checked(folder: Path, arrays: snapshot.Arrays) -> None:
        nonlocal seen
        standing = Saved.of(arrays).standing
        written = [
            path.stat().st_size
            for path in (folder.parent / "moments.jsonl", folder.parent / "exhibits.jsonl")
        ]
        assert tuple(written) == standing.lengths
        seen += 1
        real(folder, arrays)

    monkeypatch.setattr(run_module, "write_snapshot", checked)
    run([write_rows(tmp_path / "whole.csv", ROWS)], tmp_path / "out")
    assert seen > 10


@pytest.mark.usefixtures("small_tables")
def test_tables_of_any_size_give_the_same_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write_rows(tmp_path / "whole.csv", ROWS)
    run([whole], tmp_path / "small")
    monkeypatch.undo()
    monkeypatch.setattr(run_module, "Engine", FakeEngine)
    run([whole], tmp_path / "large")
    assert results(tmp_path / "small") == results(tmp_path / "large")


@pytest.mark.usefixtures("small_tables")
def test_a_scribe_that_cannot_write_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scribe, "write", lambda self, findings: fails())
    with pytest.raises(run_module.OutputError, match=r"cannot be written: No space left on device"):
        run([write_rows(tmp_path / "whole.csv", ROWS)], tmp_path / "out")


@pytest.mark.usefixtures("small_tables")
def test_interrupted_at_once_it_leaves_no_thread_and_goes_on_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_rows(tmp_path / "whole.csv", ROWS)
    run([whole], tmp_path / "undisturbed")

    class Interrupted(FakeEngine):
        def take(self, batch: Batch) -> list[object]:  # type: ignore[override]
            if batch.first_row > 100:
                raise KeyboardInterrupt
            return super().take(batch)  # type: ignore[return-value]

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "Engine", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            run([whole], tmp_path / "out")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lapwing-worker")]
    run([whole], tmp_path / "out")
    assert results(tmp_path / "out") == results(tmp_path / "undisturbed")
