"""`lapwing explain`: the list and one moment, as plain text when they go into a file."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from report_sample import a_usual_week, meeting, run_record, write
from rich.console import Console, RenderableType

from lapwing.report.run_folder import RunFolderError
from lapwing.report.terminal import UnknownMomentError, console, explain


def printed(renderable: RenderableType) -> str:
    screen = console()
    with screen.capture() as shown:
        screen.print(renderable)
    return "\n".join(line.rstrip() for line in shown.get().splitlines()) + "\n"


@pytest.fixture
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(Path("usual"), a_usual_week(), run_record())


def test_one_moment_reads_as_on_file(usual: Path, golden: Callable[[str, str], None]) -> None:
    golden("explain.txt", printed(explain(usual, "m-fc942c07")))


def test_the_list_reads_as_on_file(usual: Path, golden: Callable[[str, str], None]) -> None:
    golden("explain_list.txt", printed(explain(usual)))


def test_the_beginning_of_an_id_is_enough(usual: Path) -> None:
    assert printed(explain(usual, "m-fc")) == printed(explain(usual, "m-fc942c07"))


def test_plain_text_has_no_escape_and_no_broken_line(usual: Path) -> None:
    text = printed(explain(usual, "m-fc"))
    assert "\x1b" not in text
    assert any(len(line) > 200 for line in text.splitlines()), "the sentence is not wrapped"


def test_a_terminal_gets_bold_heads_within_its_width(usual: Path) -> None:
    stream = io.StringIO()
    Console(file=stream, force_terminal=True, width=100, highlight=False).print(explain(usual, "m-fc"))
    assert "\x1b[1m" in stream.getvalue()


def test_unknown_id_lists_near_ones(usual: Path) -> None:
    with pytest.raises(UnknownMomentError) as error:
        explain(usual, "m-fc942c0q")
    assert str(error.value) == (
        "There is no moment 'm-fc942c0q' among the eight moments of usual. Near it: m-fc942c07. "
        "To list them all: lapwing explain usual"
    )


def test_an_id_that_fits_several_asks_for_more(usual: Path) -> None:
    with pytest.raises(UnknownMomentError) as error:
        explain(usual, "m-")
    assert str(error.value) == (
        "'m-' begins the ids of eight moments in usual: m-397b6e68, m-fc942c07, m-10220a3a, m-5beb6e00, "
        "m-cbf68cbb and 3 more. Give more of the id."
    )


def test_a_long_ledger_says_what_is_left_out(tmp_path: Path) -> None:
    text = printed(explain(write(tmp_path, [meeting(acts=900)], run_record()), "m-"))
    assert "Left out: the 700 acts that brought least, together" in text
    assert "All are in moments.jsonl." in text


def test_a_folder_without_a_moment_says_so(tmp_path: Path) -> None:
    text = printed(explain(write(tmp_path, [], run_record())))
    assert text == f"No moment in {tmp_path}: nothing crossed the budget. What was watched: report.html.\n"


def test_a_folder_that_is_not_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        RunFolderError, match=r"Give the folder that `lapwing watch EVENTS --out FOLDER` wrote\."
    ):
        explain(tmp_path)


def test_the_terminal_does_not_wait_for_what_draws_pictures() -> None:
    code = "import sys, lapwing.report.terminal; print(*{'numpy', 'rustworkx', 'jinja2'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
