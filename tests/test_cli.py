"""The command line: what it says, where it says it, and the status it ends with."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lapwing import __version__, cli

DAY = 86_400
START = 1_735_689_600  # 2025-01-01
HEADER = "time,subject,kind,context,id\n"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Two days in which nothing happens."""
    lines = [f"{START + at * 3_600},s{at % 3},share,link:{at},\n" for at in range(48)]
    path = tmp_path / "events.csv"
    path.write_text(HEADER + "".join(lines))
    return path


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: its status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = cli.run([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


Ran = Callable[..., tuple[int, str, str]]


def test_help_names_every_command_and_needs_no_compiler(ran: Ran) -> None:
    status, out, _ = ran("--help")
    assert status == 0
    assert all(name in out for name in ("watch", "explain", "report", "world", "score"))
    assert ran("--version")[1].strip() == __version__


def test_help_answers_at_once() -> None:
    took = []
    for _ in range(3):
        before = os.times().children_user + os.times().children_system
        subprocess.run([sys.executable, "-m", "lapwing.cli", "--help"], capture_output=True, check=True)
        took.append(os.times().children_user + os.times().children_system - before)
    assert min(took) < 0.45  # of the processor; 0.2 on an idle machine


def test_a_watch_says_what_was_read_and_where_the_report_is(ran: Ran, events: Path, tmp_path: Path) -> None:
    with events.open("a") as file:
        file.write(f"{START + 2 * DAY},s1,unheard,link:1,\n")
    out = tmp_path / "out"
    status, told, errors = ran("watch", events, "--out", out)
    assert (status, errors) == (0, "")
    assert told.splitlines() == [
        "1 of 1 file, 49 rows read, 48 taken",
        "1 row set aside: unknown kind (a vocabulary file can add it)",
        *(line for line in told.splitlines() if "unheard" in line),
        f"The rows set aside, with line and reason: {out / 'quarantine.jsonl'}",
        "48 events from 2025-01-01 00:00 to 2025-01-02 23:00 (UTC), by three subjects, 3 of them watched",
        "",
        "No moments by now.",
        f"The report: {out / 'report.html'}",
    ]
    assert (out / "report.html").exists()
    assert json.loads((out / "run.json").read_text())["command"].startswith("lapwing ")


def test_a_list_of_watched_subjects_that_fits_nothing_is_told(ran: Ran, events: Path, tmp_path: Path) -> None:
    (tmp_path / "watched.txt").write_text("S1\n")
    status, told, _ = ran("watch", events, "--out", tmp_path / "out", "--watched", tmp_path / "watched.txt")
    assert status == 0
    assert "None of the watched subjects is among them, so no moment can be raised.\n" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["watch", "--out", "out"], "lapwing: Nothing to read.\nName files or folders with events"),
        (["watch", "none.csv", "--out", "out"], "lapwing: none.csv: no such file or folder.\n"),
        (["watch", "e.csv", "--out", "out", "--budget", "rarely"], "lapwing: 'rarely' is not a budget.\n"),
        (
            ["watch", "e.csv", "--out", "out", "--watched", "no.txt"],
            "lapwing: no.txt cannot be read: No such file",
        ),
        (["watch", "e.csv", "--out", "out", "--typo", "3"], "lapwing: There is no option --typo.\n"),
        (
            ["watch", "e.csv", "--out", "out", "--ladder", "steep"],
            "lapwing: steep: no such ladder, and no file that can be read (FileNotFoundError).\nName a YAML file",
        ),
        (
            ["score", "m.jsonl", "--truth", "t.json"],
            "lapwing: m.jsonl: no such file.\nCheck the path; it is taken",
        ),
        (["explain", "nowhere"], "lapwing: There is no moments.jsonl in nowhere."),
        (["report", "nowhere"], "lapwing: There is no run.json in nowhere."),
        (["world", "--out", "w", "--seed", "1", "--scenario", "odd"], "lapwing: there is no scenario 'odd'"),
    ],
)
def test_misuse_is_told_on_standard_error_with_status_2(
    ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, errors = ran(*arguments)
    assert (status, out) == (2, "")
    assert errors.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wathc"], 'lapwing: Unknown command "wathc". Did you mean "watch"?'),
        (
            ["watch", "a.csv"],
            'lapwing: Command "watch" parameter --out requires an argument.\nSee lapwing watch --help\n',
        ),
        (["world", "--out", "w", "--seed", "x"], "lapwing: Invalid value for --seed:"),
        (["check", "folder"], "lapwing: There is no place for folder.\nSee lapwing check --help\n"),
    ],
)
def test_arguments_that_make_no_sense_end_with_status_2(ran: Ran, arguments: list[str], message: str) -> None:
    status, out, errors = ran(*arguments)
    assert (status, out) == (2, "")
    assert errors.startswith(message)


def test_what_breaks_on_the_way_ends_with_status_1(ran: Ran, events: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, out, errors = ran("watch", events, "--out", tmp_path / "file" / "out")
    assert (status, out) == (1, "")
    assert errors.startswith(f"lapwing: {tmp_path}/file/out/state cannot be written: Not a directory.\n")


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from lapwing.report import page

    def broken(folder: Path) -> Path:
        raise KeyError("broken")

    monkeypatch.setattr(page, "write_report", broken)
    with pytest.raises(KeyError):
        cli.run(["report", str(tmp_path)])


def test_interrupted_is_status_130(ran: Ran, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from lapwing.report import page

    def interrupted(folder: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(page, "write_report", interrupted)
    assert ran("report", tmp_path) == (130, "", "Interrupted.\n")


def test_a_world_is_watched_scored_and_explained(ran: Ran, tmp_path: Path) -> None:
    world = ("--subjects", 200, "--days", 12, "--cells", 0, "--seed", 3, "--out", tmp_path / "world")
    status, told, _ = ran("world", *world)
    assert status == 0
    assert told.endswith(f"events of 200 accounts, 0 cells hidden: {tmp_path}/world/events.parquet\n")
    out = tmp_path / "out"
    assert ran("watch", tmp_path / "world" / "events.parquet", "--out", out)[0] == 0
    status, told, _ = ran("score", out / "moments.jsonl", "--truth", tmp_path / "world" / "truth.json")
    assert status == 0
    assert "nothing was hidden" in told
    status, told, _ = ran(
        "score", out / "moments.jsonl", "--truth", tmp_path / "world" / "truth.json", "--json"
    )
    assert json.loads(told)["found"] == 0
    status, told, _ = ran("explain", out)
    assert status == 0
    assert "No moment in" in told
    (out / "report.html").unlink()
    assert ran("report", out)[:2] == (0, f"{out / 'report.html'}\n")
    assert (out / "report.html").exists()


def test_a_file_that_is_no_truth_is_misuse(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text("[]")
    (tmp_path / "moments.jsonl").write_text("")
    status, _, errors = ran("score", tmp_path / "moments.jsonl", "--truth", tmp_path / "truth.json")
    assert status == 2
    assert "truth.json" in errors


# --- a process of its own ---------------------------------------------------------------------------------


def lapwing(*arguments: object, **kwargs: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lapwing.cli", *map(str, arguments)]
    return subprocess.Popen(command, **kwargs)  # type: ignore[call-overload]


def test_standard_input_is_watched_until_a_signal_stops_it_in_good_order(
    events: Path, tmp_path: Path
) -> None:
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = lapwing("watch", "-", "--out", tmp_path / "out", **pipe)
    assert process.stdin is not None
    process.stdin.write(events.read_bytes())
    process.stdin.flush()
    until = time.monotonic() + 60
    while not (tmp_path / "out" / "state" / "lock").exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors.decode()
    assert b"To go on, run the same command again." in errors
    assert (tmp_path / "out" / "report.html").exists()
    again = lapwing("watch", "-", "--out", tmp_path / "out", **pipe)
    out, errors = again.communicate(events.read_bytes(), timeout=120)
    assert again.returncode == 0, errors.decode()
    assert b"48 events from 2025-01-01 00:00 to 2025-01-02 23:00" in out


def test_progress_is_shown_on_a_terminal_and_nowhere_else(events: Path, tmp_path: Path) -> None:
    quiet = lapwing("watch", events, "--out", tmp_path / "1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert quiet.communicate(timeout=120)[1] == b""
    ours, theirs = pty.openpty()
    shown = lapwing("watch", events, "--out", tmp_path / "2", stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    told = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            told += os.read(ours, 4096)
        except OSError:  # the other side was closed
            break
    os.close(ours)
    assert shown.wait(timeout=60) == 0
    assert b"48 rows" in told
    assert b"moments" in told


def test_output_that_nobody_reads_any_more_is_no_fault(events: Path, tmp_path: Path) -> None:
    process = lapwing(
        "watch", events, "--out", tmp_path / "out", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=120) == 1
