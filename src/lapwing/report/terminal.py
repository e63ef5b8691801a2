"""Moments in the terminal: the list of a folder, and one moment with its ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment
from lapwing.report import sentence, words
from lapwing.report.gist import gist
from lapwing.report.ledger import balance, ledger_table
from lapwing.report.objection import objections
from lapwing.report.run_folder import KnownMoment, read_exhibits, read_moments
from lapwing.report.timeline import numbers_of
from lapwing.report.visible_text import shortened, visible

ROWS_MOST = 200
LISTED_MOST = 200
_NEAR_MOST = 5
_PLAIN_WIDTH = 10_000
"""Wider than any line: what goes into a file or a pipe is not wrapped."""


class UnknownMomentError(LookupError):
    """No moment, or more than one, has this id. The text says which ids are near and how to list all."""


def console(*, stderr: bool = False) -> Console:
    """The console to print on: as wide as the terminal, or plain text without wrapping when it is not one."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if made.is_terminal:
        return made
    return Console(stderr=stderr, highlight=False, width=_PLAIN_WIDTH, no_color=True)


def explain(folder: str | Path, moment_id: str | None = None) -> RenderableType:
    """One moment with members, ledger and objections; without an id, the list of all moments.

    The beginning of an id is enough when only one id begins so. Raises :class:`UnknownMomentError`, and
    :class:`lapwing.report.run_folder.RunFolderError` when a file of the folder is absent or damaged.
    """
    folder = Path(folder)
    moments = read_moments(folder)
    if moment_id is None:
        return _listed([known.now for known in moments], folder)
    known = find(moments, moment_id, folder)
    exhibit = read_exhibits(folder, {known.now.id}).get(known.now.id)
    return explanation(known, exhibit)


def find(moments: Sequence[KnownMoment], moment_id: str, folder: Path) -> KnownMoment:
    """The moment with this id, or the only one whose id begins so. Raises :class:`UnknownMomentError`."""
    found = [known for known in moments if known.now.id == moment_id] or [
        known for known in moments if known.now.id.startswith(moment_id)
    ]
    if len(found) == 1:
        return found[0]
    asked = shortened(moment_id, 60)
    if found:
        ids = [visible(known.now.id) for known in found[:_NEAR_MOST]]
        more = f" and {len(found) - len(ids)} more" if len(found) > len(ids) else ""
        raise UnknownMomentError(
            f"'{asked}' begins the ids of {words.counted(len(found), 'moment')} in {folder}: "
            f"{', '.join(ids)}{more}. Give more of the id."
        )
    near = get_close_matches(moment_id, [known.now.id for known in moments], n=_NEAR_MOST, cutoff=0.6)
    hint = f" Near it: {', '.join(visible(one) for one in near)}." if near else ""
    raise UnknownMomentError(
        f"There is no moment '{asked}' among the {words.counted(len(moments), 'moment')} of {folder}.{hint} "
        f"To list them all: lapwing explain {folder}"
    )


def _listed(moments: Sequence[Moment], folder: Path) -> RenderableType:
    if not moments:
        return Text(f"No moment in {folder}: nothing crossed the budget. What was watched: report.html.")
    table = _table()
    for name in ("id", "moment", "status", "began (UTC)", "raised (UTC)", "by chance alone"):
        table.add_column(name, overflow="fold")
    table.add_column("net bits", justify="right")
    for moment in moments[:LISTED_MOST]:
        table.add_row(
            Text(visible(moment.id)),
            Text(sentence.title(gist(moment, None))),
            Text(visible(moment.status)),
            words.minute_of(moment.onset),
            words.minute_of(moment.raised),
            words.once_in(moment.once_in_days),
            words.signed(moment.bits.net),
        )
    parts: list[RenderableType] = [table]
    if len(moments) > LISTED_MOST:
        left_out = words.counted(len(moments) - LISTED_MOST, "more moment")
        parts.append(Text(f"{words.capitalised(left_out)} with less evidence, or closed, in moments.jsonl."))
    parts.append(Text(f"One of them act by act: lapwing explain {folder} ID", style="dim"))
    return Group(*parts)


def explanation(known: KnownMoment, exhibit: Exhibit | None) -> RenderableType:
    """One moment as :func:`explain` shows it."""
    moment = known.now
    numbers = numbers_of(moment)
    onset = f"Onset    {words.moment_of(moment.onset)}"
    if exhibit is not None:
        onset += f", {words.between(*exhibit.onset_between)}"
    raised = f"Raised   {words.moment_of(moment.raised)}, {words.later(moment.raised - moment.onset)}"
    facts = [
        onset,
        raised,
        f"Status   {visible(moment.status)}",
        f"Acts     {sentence.kinds(gist(moment, exhibit))}",
    ]
    if moment.stage:
        facts.append(f"Stage    {visible(moment.stage)}")
    if grown := sentence.growth(moment, known.as_raised):
        facts.append(f"Growth   {grown}")
    return Group(
        Text(sentence.title(gist(moment, exhibit)), style="bold"),
        Text(sentence.sentence(moment, exhibit)),
        Text(),
        Text("\n".join(facts)),
        Text(),
        Text("Members", style="bold"),
        _members(moment, exhibit, numbers),
        *_stages(exhibit),
        Text("What would speak against it", style="bold"),
        _objections(moment, exhibit),
        Text("Ledger", style="bold"),
        _ledger(moment, numbers),
    )


def _members(moment: Moment, exhibit: Exhibit | None, numbers: dict[str, int]) -> RenderableType:
    acts = Counter(act.subject for act in moment.ledger)
    table = _table()
    table.add_column("", justify="right")
    table.add_column("subject", overflow="fold")
    table.add_column("circle", overflow="fold")
    table.add_column("acts", justify="right")
    for subject, number in list(numbers.items())[:ROWS_MOST]:
        circle = exhibit.circles.get(subject) if exhibit is not None else None
        unknown = "none" if exhibit is not None else "not recorded"
        table.add_row(
            str(number),
            Text(shortened(subject, 60)),
            Text(unknown if circle is None else shortened(words.circle(circle), 60)),
            words.number(acts[subject]),
        )
    left_out = len(numbers) - ROWS_MOST
    if left_out <= 0:
        return table
    return Group(table, Text(f"  {words.counted(left_out, 'more member')} in moments.jsonl.\n"))


def _stages(exhibit: Exhibit | None) -> list[RenderableType]:
    """Where on a ladder the acts are, since when, how sure that is, and what would come next; nothing without one."""
    climb = None if exhibit is None else exhibit.climb
    if climb is None:
        return []
    table = _table()
    for name in ("stage", "chance that it is here", "reached"):
        table.add_column(name, overflow="fold")
    for stage in climb.stages:
        since = "" if stage.since is None else words.moment_of(stage.since)
        table.add_row(Text(visible(stage.name)), words.share(stage.chance, 1.0), since)
    return [
        Text(f"Stages of “{visible(climb.ladder)}”, if it is a climb at all", style="bold"),
        table,
        Padding(
            Text(
                f"Expected next: {sentence.expected(climb)}. That none of them comes would speak against it."
            ),
            (0, 0, 1, 2),
            expand=False,
        ),
    ]


def _objections(moment: Moment, exhibit: Exhibit | None) -> RenderableType:
    lines = []
    for objection in objections(moment, exhibit):
        about = f" ({shortened(objection.context, 60)})" if objection.context is not None else ""
        lines.append(f"- {objection.text}{about}")
    lines.append("- Before you count the bits: which innocent reading did you consider?")
    return Padding(Text("\n".join(lines)), (0, 0, 1, 2), expand=False)


def _ledger(moment: Moment, numbers: dict[str, int]) -> RenderableType:
    ledger = ledger_table(moment, numbers, rows_most=ROWS_MOST)
    table = _table()
    for name in ("time (UTC)", "subject", "kind", "context", "touched before by"):
        table.add_column(name, overflow="fold")
    table.add_column("bits", justify="right")
    table.add_column("running sum", justify="right")
    for row in ledger.rows:
        others = ", ".join(map(str, row.with_numbers[:6]))
        if len(row.with_numbers) > 6:
            others += f" and {len(row.with_numbers) - 6} more"
        table.add_row(
            words.second_of(row.act.time),
            Text(f"{row.number} {shortened(row.act.subject, 40)}"),
            Text(words.kind(row.act.kind)),
            Text(shortened(row.act.context, 80)),
            others,
            words.signed(row.act.bits),
            words.signed(row.running),
        )
    lines = []
    if ledger.left_out:
        lines.append(
            f"Left out: the {words.counted(ledger.left_out, 'act')} that brought least, "
            f"together {words.signed(ledger.left_out_bits)} bits; the running sum counts them. "
            "All are in moments.jsonl."
        )
    steps = [(name, words.signed(value)) for name, value in balance(moment.bits, ledger.total)]
    steps.append(("net", words.signed(moment.bits.net)))
    sums = Table.grid(padding=(0, 2))
    sums.add_column()
    sums.add_column(justify="right")
    for name, value in steps:
        sums.add_row(name, value, style="bold" if name == "net" else "")
    return Group(
        table, Text("\n".join(lines)) if lines else Text(), Padding(sums, (0, 0, 0, 2), expand=False)
    )


def _table() -> Table:
    return Table(box=box.SIMPLE, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
