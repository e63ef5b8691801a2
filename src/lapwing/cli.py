"""The command line: reads what is asked for, calls the rooms, and says what came of it."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from lapwing import __version__
from lapwing.desk.accounts.command import admit
from lapwing.desk.audit.command import app as audit
from lapwing.desk.live.command import demo, desk
from lapwing.desk.operation.command import backup, check, restore
from lapwing.desk.seals.command import app as seals

# Compilers and columns are loaded by the commands that need them: help must be instant.
if TYPE_CHECKING:
    from lapwing.watch.run import Outcome, RunProgress
    from lapwing.watch.stop import Stop

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit status: nothing was done because of how it was asked for is 2, something broke on the way is 1."""

LISTED_MOST = 10

app = App(
    name="lapwing",
    version=__version__,
    help="Recognise, date and explain the moments when separately watched accounts come together.",
    help_format="plaintext",
    default_parameter=Parameter(negative=()),
    suppress_keyboard_interrupt=False,
)


app.command(seals)
app.command(audit)
app.command(desk, sort_key=18)
app.command(demo, sort_key=19)
app.command(backup, sort_key=21)
app.command(restore, sort_key=22)
app.command(check, sort_key=23)
app.command(admit, sort_key=24)


@app.command(sort_key=1)
def watch(
    *events: Annotated[str, Parameter(allow_leading_hyphen=True)],
    out: Path,
    watched: Path | None = None,
    circles: Path | None = None,
    budget: str = "1/30d",
    training: str = "7d",
    tolerance: str = "1h",
    vocabulary: list[Path] | None = None,
    ladder: list[Path] | None = None,
    without: list[Literal["when", "what", "whom", "ladder"]] | None = None,
    format: Annotated[Literal["csv", "jsonl", "parquet"] | None, Parameter(show_choices=True)] = None,  # noqa: A002
    sort: bool = False,
    assume_utc: bool = False,
    strict: bool = False,
) -> int:
    """Read events, raise moments, and write them and a report into a folder.

    Run again on the same folder, with the same settings and more events, it goes on where it ended.

    Parameters
    ----------
    events
        Files or folders with events, or - for standard input.
    out
        The folder for the results and the state.
    watched
        A file with the subjects that moments may name, one on each line; without it, everybody.
    circles
        A CSV file with the columns subject and circle: who is known to move together.
    budget
        How often a false alarm is accepted: 1/30d is one in 30 days.
    training
        How long to learn what is usual before anything is raised.
    tolerance
        How far out of order the rows of a file may be; rows that come later are set aside.
    vocabulary
        A YAML file with further kinds, sorts of contexts and sources; may be given several times.
    ladder
        A YAML file with the stages that acts are held against, or the name of a ladder that comes with Lapwing,
        instead of all that come with it; may be given several times.
    without
        A detector to leave out; may be given several times.
    format
        The format of all inputs; without it, each is told by its content.
    sort
        Sort the input first, on disk: for exports that run from new to old, or in no order.
    assume_utc
        Take times without an offset as UTC.
    strict
        Stop at the first row that cannot be read, instead of setting it aside.
    """
    from lapwing.events.vocabulary import Vocabulary
    from lapwing.moments.ladder_file import load
    from lapwing.report.page import write_report
    from lapwing.watch.budget import days_per_false_alarm
    from lapwing.watch.duration import microseconds
    from lapwing.watch.engine import Parameters
    from lapwing.watch.roster import Roster, read_circles, read_watched
    from lapwing.watch.run import watch as run
    from lapwing.watch.settings import Settings
    from lapwing.watch.stop import Stop

    unknown = [name for name in events if name.startswith("-") and name != "-"]
    if unknown:
        return _misused(
            f"There is no option {unknown[0]}.\n"
            f"See lapwing watch --help; a file of that name is given as ./{unknown[0]}"
        )
    words = Vocabulary.load(*(vocabulary or ()))
    settings = Settings(
        parameters=Parameters(budget_days=days_per_false_alarm(budget), training=microseconds(training)),
        roster=Roster(
            watched=None if watched is None else read_watched(watched),
            circles=None if circles is None else read_circles(circles),
        ),
        ladders=None if ladder is None else tuple(load(one, words) for one in ladder),
        without=frozenset(without or ()),
        tolerance=microseconds(tolerance),
        vocabulary=words,
        strict=strict,
        assume_utc=assume_utc,
        sort=sort,
        stated=format,
    )
    # What is written beside the search must not keep it waiting: kernels come back for the interpreter all the time.
    sys.setswitchinterval(0.0005)
    stop = Stop()
    with _stopping(stop), _progress() as progress:
        outcome = run(list(events), out, settings, command=_command(), progress=progress, stop=stop)
    report = write_report(out)
    _summarise(outcome, report)
    return DONE if outcome.stopped is None else INTERRUPTED


@app.command(sort_key=2)
def explain(folder: Path, moment: str | None = None) -> int:
    """Show a moment and its ledger in the terminal.

    Parameters
    ----------
    folder
        The folder of a run.
    moment
        The id of a moment, or its beginning; without it, all moments are listed.
    """
    from lapwing.report.terminal import console, explain

    console().print(explain(folder, moment))
    return DONE


@app.command(sort_key=3)
def report(folder: Path) -> int:
    """Write the report of a run anew.

    Parameters
    ----------
    folder
        The folder of a run.
    """
    from lapwing.report.page import write_report

    print(write_report(folder))
    return DONE


@app.command(sort_key=4)
def world(
    *,
    out: Path,
    seed: int,
    scenario: str = "plain",
    subjects: int | None = None,
    days: float | None = None,
    cells: int | None = None,
    size: int | None = None,
    copy: float | None = None,
    watched: int | None = None,
) -> int:
    """Make a world: a simulated population with known truth.

    What is not given is as the scenario says.

    Parameters
    ----------
    out
        The folder to write into.
    seed
        The same seed makes the same world.
    scenario
        The kind of world, such as plain or tastes; NAME-null is the same world in which nothing begins.
    subjects
        How many accounts there are.
    days
        How long it lasts.
    cells
        How many groups are hidden in it.
    size
        How many members each of them has.
    copy
        The share of a member's acts that copy another member, from the onset on.
    watched
        How many of the accounts are watched; the others are background.
    """
    from lapwing.worlds.world import make_world, write_world

    made = make_world(
        scenario, seed=seed, subjects=subjects, days=days, cells=cells, size=size, copy=copy, watched=watched
    )
    write_world(made, out)
    print(
        f"{len(made.events.time):,} events of {made.scenario.subjects:,} accounts, "
        f"{len(made.truth.cells)} cells hidden: {out / 'events.parquet'}"
    )
    return DONE


@app.command(sort_key=6)
def calibrate(
    *events: Annotated[str, Parameter(allow_leading_hyphen=True)],
    out: Path,
    budgets: list[str] | None = None,
    rounds: int = 5,
    seed: int = 0,
    watched: Path | None = None,
    circles: Path | None = None,
    training: str = "7d",
    tolerance: str = "1h",
    vocabulary: list[Path] | None = None,
    without: list[Literal["when", "what", "whom", "ladder"]] | None = None,
    sort: bool = False,
    assume_utc: bool = False,
) -> int:
    """Count the false moments where nothing can have begun, against what budgets promise.

    Who acted is exchanged among the acts of one circle, kind and day, which breaks every meeting.

    Parameters
    ----------
    events
        Files or folders with events of several weeks.
    out
        The folder for the card, the curve and the numbers.
    budgets
        Budgets to hold the count against; may be given several times. The watch runs at the loosest.
    rounds
        How often the subjects are exchanged anew and watched.
    seed
        The same seed exchanges them in the same way.
    watched
        A file with the subjects that moments may name, one on each line; without it, everybody.
    circles
        A CSV file with the columns subject and circle: who is known to move together.
    training
        How long to learn what is usual before anything is raised.
    tolerance
        How far out of order the rows of a file may be.
    vocabulary
        A YAML file with further kinds, sorts of contexts and sources; may be given several times.
    without
        A detector to leave out; may be given several times. Without when, what and ladder, meetings alone are counted.
    sort
        Sort the input first, on disk.
    assume_utc
        Take times without an offset as UTC.
    """
    from lapwing.calibration.calibrate import BUDGETS
    from lapwing.calibration.calibrate import calibrate as run
    from lapwing.calibration.card import HTML, write_card
    from lapwing.calibration.curve import said, summary
    from lapwing.events.vocabulary import Vocabulary
    from lapwing.watch.budget import days_per_false_alarm
    from lapwing.watch.duration import microseconds
    from lapwing.watch.engine import Parameters
    from lapwing.watch.roster import Roster, read_circles, read_watched
    from lapwing.watch.settings import Settings

    if rounds < 1:
        return _misused(f"{rounds} rounds count nothing; give at least 1.")
    settings = Settings(
        parameters=Parameters(training=microseconds(training)),
        roster=Roster(
            watched=None if watched is None else read_watched(watched),
            circles=None if circles is None else read_circles(circles),
        ),
        tolerance=microseconds(tolerance),
        vocabulary=Vocabulary.load(*(vocabulary or ())),
        assume_utc=assume_utc,
        sort=sort,
        without=frozenset(without or ()),
    )
    found = run(
        list(events),
        settings,
        budgets=BUDGETS if budgets is None else [days_per_false_alarm(text) for text in budgets],
        rounds=rounds,
        seed=seed,
        told=lambda one: print(
            f"seed {one.seed}: {len(one.nets)} false moments in {one.days:.1f} days", file=sys.stderr
        ),
    )
    write_card(found, out)
    print("\n".join([*(said(one) for one in found.kept()), summary(found), f"The card: {out / HTML}"]))
    return DONE


@app.command(sort_key=5)
def score(
    moments: Path,
    *,
    truth: Path,
    learning: float = 7.0,
    json: bool = False,
    picture: Path | None = None,
) -> int:
    """Compare moments with the truth of the world they were raised in.

    Parameters
    ----------
    moments
        The moments.jsonl of a run.
    truth
        The truth.json of the world.
    learning
        Days at the start in which nothing could be raised.
    json
        Print the score as JSON.
    picture
        Draw the score into this SVG file.
    """
    from lapwing.report.terminal import console
    from lapwing.worlds import scorecard
    from lapwing.worlds.score import score_file

    try:
        found = score_file(moments, truth, learning_days=learning)
    except FileNotFoundError as error:
        return _misused(
            f"{error.filename}: no such file.\nCheck the path; it is taken from {Path.cwd()}. `lapwing watch` writes "
            "moments.jsonl, `lapwing world` truth.json."
        )
    except ValueError as error:
        return _misused(str(error))
    if picture is not None:
        picture.write_text(scorecard.picture(found), "utf-8")
    if json:
        print(found.json())
    else:
        console().print(scorecard.scorecard(found))
    return DONE


def main() -> None:
    """Run the command that the arguments name, and exit with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command; what went wrong is said on standard error. Returns the exit status."""
    _given.set(tuple(arguments))
    try:
        status = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        return status if isinstance(status, int) else DONE
    except CycloptsError as error:
        return _misused(
            f"{_not_understood(error)}\nSee {shlex.join(['lapwing', *(error.command_chain or ())])} --help"
        )
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _DESK_NEEDS:
            raise
        return _misused(
            f"The desk is not installed: there is no {error.name}.\nInstall it with: pip install 'lapwing[desk]'"
        )
    except Exception as error:
        status = _status(error)
        if status is None:
            raise
        message = str(error)
        if isinstance(error, OSError):
            message = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
        print(f"lapwing: {message}", file=sys.stderr)
        return status


_DESK_NEEDS = ("django", "allauth", "cryptography", "ninja", "structlog", "uvicorn")


def _status(error: Exception) -> int | None:
    """The exit status for an error that may be expected; None for a fault of the program."""
    from lapwing.desk.accounts.error import NotAdmittedError
    from lapwing.desk.audit.error import AuditError, RewrittenError
    from lapwing.desk.live.demo.folder import OccupiedError
    from lapwing.desk.mandates.error import GroundsError
    from lapwing.desk.operation.error import OperationError
    from lapwing.desk.project.deployment import DeploymentError
    from lapwing.desk.project.home import UnsafeHomeError
    from lapwing.desk.seals.error import SealsError
    from lapwing.events.error import EventsError, StoreError
    from lapwing.moments.ladder_file import LadderError
    from lapwing.report.run_folder import RunFolderError
    from lapwing.report.terminal import UnknownMomentError
    from lapwing.watch.error import OutputError, SettingError, StateError
    from lapwing.worlds.scenario import ScenarioError

    if isinstance(error, OutputError | StoreError | RewrittenError):
        return FAILED
    misused = (
        EventsError,
        LadderError,
        SettingError,
        StateError,
        RunFolderError,
        UnknownMomentError,
        ScenarioError,
    )
    if isinstance(
        error,
        (
            *misused,
            AuditError,
            GroundsError,
            OccupiedError,
            OperationError,
            DeploymentError,
            UnsafeHomeError,
            SealsError,
            NotAdmittedError,
        ),
    ):
        return MISUSED
    return FAILED if isinstance(error, OSError) else None


def _not_understood(error: CycloptsError) -> str:
    """What is wrong with the arguments, in a sentence."""
    if isinstance(error, UnusedCliTokensError):
        return f"There is no place for {shlex.join(error.unused_tokens or ())}."
    return str(error)


def _misused(message: str) -> int:
    print(f"lapwing: {message}", file=sys.stderr)
    return MISUSED


_given: ContextVar[tuple[str, ...]] = ContextVar("given")
"""The arguments of the command that is run."""


def _command() -> str:
    return shlex.join(["lapwing", *_given.get()])


@contextmanager
def _stopping(stop: Stop) -> Iterator[None]:
    """While this lasts, an interruption asks the watch to stop in good order."""

    def ask(number: int, frame: FrameType | None) -> None:
        first = not stop.requested
        stop.request()
        if first:
            print("\nStopping at the next border; once more to stop at once.", file=sys.stderr)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress() -> Iterator[Callable[[RunProgress], None] | None]:
    """A progress bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from lapwing.report import words

    with Progress(
        TextColumn("{task.fields[time]}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[read]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[moments]}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None, time="reading", read="", moments="")

        def show(now: RunProgress) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = f", {now.rows / elapsed:,.0f} rows/s" if elapsed > 1 else ""
            bar.update(
                task,
                total=now.read.bytes_total,
                completed=now.read.bytes_done * now.rows / max(1, now.read.rows),
                time=words.minute_of(now.time),
                read=f"{now.rows:,} rows{rate}",
                moments=words.counted(now.moments, "moment"),
            )

        yield show


def _summarise(outcome: Outcome, report: Path) -> None:
    """Say in plain words what was read and raised."""
    from lapwing.report import sentence, words
    from lapwing.report.gist import gist
    from lapwing.report.run_folder import read_moments

    folder, read = outcome.folder, outcome.record.read
    print(outcome.read.text())
    if outcome.read.quarantined:
        print(f"The rows set aside, with line and reason: {folder / outcome.record.quarantine.file}")
    if read.first is None or read.last is None:
        print("No event was taken, so there is nothing to judge.")
    else:
        print(
            f"{read.accepted:,} events from {words.minute_of(read.first)} to {words.minute_of(read.last)} "
            f"(UTC), by {words.counted(read.subjects, 'subject')}, {read.watched:,} of them watched"
        )
        if not read.watched:
            print("None of the watched subjects is among them, so no moment can be raised.")
    moments = [known.now for known in read_moments(folder)]
    print(f"\n{words.capitalised(words.counted(len(moments), 'moment'))} by now.")
    for moment in moments[:LISTED_MOST]:
        print(
            f"  {moment.id} {moment.status:6}  {sentence.title(gist(moment, None))}: "
            f"since {words.minute_of(moment.onset)}, raised {words.minute_of(moment.raised)}, "
            f"by chance alone {words.once_in(moment.once_in_days)}"
        )
    if len(moments) > LISTED_MOST:
        print(f"  and {len(moments) - LISTED_MOST} more: lapwing explain {shlex.quote(str(folder))}")
    if moments:
        print(f"One of them act by act: lapwing explain {shlex.quote(str(folder))} {moments[0].id}")
    print(f"The report: {report}")
    if outcome.stopped is not None:
        print(
            f"Stopped at {words.minute_of(outcome.stopped)} (UTC) of the stream, before its end.\n"
            "To go on, run the same command again.",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
