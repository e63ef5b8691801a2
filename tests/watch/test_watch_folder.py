"""The folder of a run: who may write it, what is refused, and what is left when writing fails."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watching import Row, results, run, some_rows, write_rows

from lapwing.events.error import ColumnError, EventsError
from lapwing.moments.run_record import RunRecord
from lapwing.watch import run as run_module
from lapwing.watch.build import BUILD
from lapwing.watch.error import OutputError, WatchError
from lapwing.watch.lock import sole_writer
from lapwing.watch.roster import Roster

ROWS = some_rows(120)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "whole.csv", ROWS)


def refusal(whole: Path, out: Path, **changes: object) -> str:
    """What a run on the folder is refused with; the folder is as it was."""
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file() and file.name != "lock"}
    with pytest.raises(WatchError) as refused:
        run([whole], out, **changes)
    for file, data in before.items():
        assert file.read_bytes() == data
    return str(refused.value)


# --- one writer ------------------------------------------------------------------------------------------


def test_a_second_writer_is_told_who_writes_since_when(whole: Path, tmp_path: Path) -> None:
    state = tmp_path / "out" / "state"
    state.mkdir(parents=True)
    with sole_writer(state):
        holder = json.loads((state / "lock").read_text())
        assert holder["process"] == os.getpid()
        assert refusal(whole, tmp_path / "out") == (
            f"{tmp_path}/out is being written by process {os.getpid()} on {holder['host']} "
            f"since {holder['since']}.\n"
            "Wait until it has ended, or name another folder: two runs must not share one."
        )
    run([whole], tmp_path / "out")


# --- other settings, other versions ----------------------------------------------------------------------


def test_other_settings_are_refused_with_what_differs(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([whole], out)
    assert refusal(whole, out, roster=Roster(frozenset({"s1"}))) == (
        f"{out} was watched with other settings: the list of watched subjects was not given.\n"
        "Give the same settings to go on, or name a new folder and read all events again."
    )
    assert "tolerance was 3600000000 and is now 7" in refusal(whole, out, tolerance=7)


def test_a_state_of_another_version_is_refused_with_the_way_out(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run([whole], tmp_path / "out")
    monkeypatch.setattr(run_module, "BUILD", "9.9.9")
    assert refusal(whole, tmp_path / "out") == (
        f"{tmp_path}/out/state was written by Lapwing {BUILD}; this is 9.9.9.\n"
        "Go on with that version, or name a new folder and read all events again."
    )


def test_moments_without_their_state_are_not_written_over(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "moments.jsonl").write_text("{}\n")
    assert refusal(whole, tmp_path / "out") == (
        f"{tmp_path}/out holds moments, but not the state of the run that wrote them.\n"
        "Name a new folder, or remove this one to read all events again."
    )


def test_results_that_were_changed_from_outside_are_told(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([whole], out)
    (out / "moments.jsonl").write_bytes(results(out)[0][:100])
    assert refusal(whole, out) == (
        f"{out}/moments.jsonl is shorter than it was when the last snapshot was taken: it was changed from "
        "outside.\nBring it back from a backup, or name a new folder and read all events again."
    )


def test_a_state_of_which_nothing_can_be_read_is_told(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run([whole], out)
    for snapshot in (out / "state").glob("snapshot-*"):
        snapshot.write_bytes(b"PK\x03\x04 and nothing else")
    assert refusal(whole, out) == (
        f"The state in {out}/state cannot be read: File is not a zip file.\n"
        "Bring the folder back from a backup, or name a new one and read all events again."
    )


def test_input_that_cannot_be_read_leaves_the_state_alone(whole: Path, tmp_path: Path) -> None:
    run([whole], tmp_path / "out")
    before = results(tmp_path / "out")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("time,who,kind\n1735689600,a,share\n")
    with pytest.raises(ColumnError):
        run([whole, wrong], tmp_path / "out")
    run([whole], tmp_path / "out")
    assert results(tmp_path / "out") == before


# --- folders that cannot be written ----------------------------------------------------------------------


def test_a_place_where_no_folder_can_be_made_is_told(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as refused:
        run([whole], tmp_path / "file" / "out")
    assert str(refused.value) == (
        f"{tmp_path}/file/out/state cannot be written: Not a directory.\n"
        f"{tmp_path}/file/out held nothing yet. Make room or get the right to write, and run the same command again."
    )


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_folder_that_became_read_only_is_told_and_stays_as_it_is(whole: Path, mounted: Path) -> None:
    run([whole], mounted / "out")
    before = results(mounted / "out")
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    with pytest.raises(
        OutputError, match=r"Read-only file system.*\n.*held at the last snapshot is unharmed"
    ):
        run([whole], mounted / "out")
    assert results(mounted / "out") == before


def run_with(room: int, filler: Path, work: Callable[[], object]) -> None:
    """Do the work with so many bytes left on the disk."""
    disk = os.statvfs(filler.parent)
    filler.write_bytes(bytes(max(0, disk.f_bavail * disk.f_frsize - room)))
    work()


def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(
    whole: Path, mounted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run([whole], tmp_path / "elsewhere")
    monkeypatch.setattr(run_module, "SHARE", 0)
    for room in range(0, 60, 12):
        filler = mounted / "filler"
        with pytest.raises(
            (OutputError, EventsError), match=r"No space left on device[^\n]*\n.*(unharmed|nothing yet)"
        ):
            run_with(room * 1024, filler, lambda: run([whole], mounted / "out"))
        filler.unlink()
    run([whole], mounted / "out")
    assert results(mounted / "out") == results(tmp_path / "elsewhere")


def test_a_file_that_may_not_grow_ends_the_run_and_leave_lets_it_go_on(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run([whole], tmp_path / "elsewhere")
    monkeypatch.setattr(run_module, "SHARE", 0)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in range(500, 12_000, 1_500):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
        try:
            with pytest.raises((OutputError, EventsError), match=r"unharmed|nothing yet"):
                run([whole], tmp_path / "out")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    run([whole], tmp_path / "out")
    assert results(tmp_path / "out") == results(tmp_path / "elsewhere")


# --- the run record --------------------------------------------------------------------------------------


def test_the_run_record_counts_every_row_once(tmp_path: Path) -> None:
    rows = [Row(minute, "a", f"link:{minute}", id=f"i{minute}") for minute in range(0, 600, 10)]
    rows += [rows[-1], Row(590, "", "link:x"), Row(0, "b", "late"), Row(595, "c", "link:x", kind="unknown")]
    path = write_rows(tmp_path / "rows.csv", rows)
    out = tmp_path / "out"
    for _ in range(2):
        run([path], out, Roster(frozenset({"b", "c"})))
        record = RunRecord.parse((out / "run.json").read_text())
        read = record.read
        assert (read.accepted, read.duplicates >= 1, read.late, read.quarantined) == (61, True, 1, 1)
        assert (read.subjects, read.watched, read.background) == (1, 0, 1)
        assert read.contexts == 61
        assert record.quarantine.reasons == {"unknown kind (a vocabulary file can add it)": 1}
        assert read.rows == (
            read.accepted + read.duplicates + read.late + read.quarantined + read.already_taken
        )
    assert [(file.path, file.rows) for file in read.files] == [(str(path), len(rows))]
    assert len((out / "quarantine.jsonl").read_text().splitlines()) == 2


def test_circles_are_named_as_the_team_or_the_events_name_them(tmp_path: Path) -> None:
    rows = [
        Row(0, "a", "link:x"),
        Row(1, "a", "link:x", circle="north"),
        Row(2, "b", "link:x", circle="south"),
    ]
    path = write_rows(tmp_path / "rows.csv", rows)
    run([path], tmp_path / "1")
    run([path], tmp_path / "2", Roster(circles={"a": "east"}))
    run([write_rows(tmp_path / "none.csv", [row._replace(circle="") for row in rows])], tmp_path / "3")
    found = [json.loads(results(tmp_path / name)[1].splitlines()[0])["circles"] for name in "123"]
    assert found == [{"a": "north", "b": "south"}, {"a": "east", "b": None}, {"a": None, "b": None}]
