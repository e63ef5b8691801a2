"""The scorecard: a score as tables in the terminal and as a picture."""

from __future__ import annotations

from html import escape

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from lapwing.worlds.score import Outcome, Score

PLURAL = {"cell": "cells", "climb": "climbs", "shift": "shifts"}

_ROW, _LEFT, _WIDTH, _RIGHT, _TOP = 18, 190, 560, 110, 64
"""Height of a row, room for labels, width of the plot, room at its right, room above."""

_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2933}.quiet{fill:#52606d}.ground{fill:#fff}"
    ".grid{stroke:#d5dae0}.zero{stroke:#1f2933}.wait{stroke:#7b8794;stroke-width:2}"
    ".raised{fill:#1f2933}.dated{fill:#fff;stroke:#1f2933;stroke-width:1.5}.told{stroke:#1f2933;stroke-width:3}"
    "@media (prefers-color-scheme:dark){text{fill:#e4e7eb}.quiet{fill:#9aa5b1}.ground{fill:#151a20}"
    ".grid{stroke:#323a45}.zero{stroke:#e4e7eb}.wait{stroke:#7b8794}.raised{fill:#e4e7eb}"
    ".dated{fill:#151a20;stroke:#e4e7eb}.told{stroke:#e4e7eb}}"
)


def scorecard(score: Score) -> Group:
    """The score for the terminal: a sentence, the bands of strength, and one line for everything hidden."""
    said = Text(sentence(score))
    if any(outcome.what == "cell" for outcome in score.outcomes):
        said.append(f"\n{yardstick_sentence(score)}")
    return Group(said, _band_table(score), _outcome_table(score))


def sentence(score: Score) -> str:
    """The score in one sentence.

    The share of false moments is given as a time, as budgets are.
    """
    hidden = score.found + score.missed
    if score.false:
        false = f"{score.false} false, one in {score.days / score.false:.1f} days"
    else:
        false = f"none false in {score.days:g} days"
    counted = f"{score.scenario}, seed {score.seed}: {score.moments} moments, {false}"
    if not hidden:
        return f"{counted}; nothing was hidden."
    found = f"{counted}; {score.found} of {hidden} found"
    if not score.found:
        return f"{found}."
    return (
        f"{found}, in the median {_number(score.median_hours)} h and {_number(score.median_acts)} acts after "
        f"the onset; onsets are {_number(score.median_onset_error_hours)} h off."
    )


def yardstick_sentence(score: Score) -> str:
    """What an oracle would have needed, in one sentence."""
    if score.budget_days is None:
        return "There is no run.json beside the moments, so the oracle has no budget and was not asked."
    cells = sum(outcome.what == "cell" for outcome in score.outcomes)
    if score.oracle is None:
        return f"An oracle would have raised none of {cells} cells."
    told = score.oracle
    return (
        f"An oracle would have raised {told.cells} of {cells} cells, in the median after {_number(told.acts)} acts "
        f"({_number(told.hours)} h), or {_number(told.unnamed_acts)} acts ({_number(told.unnamed_hours)} h) if told "
        f"which group it is: efficiency {told.efficiency:.2f}."
    )


def picture(score: Score) -> str:
    """The score as an SVG document: for everything hidden the wait from onset to raise, and its dating."""
    ordered = sorted(score.outcomes, key=lambda o: (o.what, -o.strength, o.hours is None, o.hours or 0.0))
    shown = [value for o in ordered for value in (o.hours, o.onset_error_hours) if value is not None]
    shown += [outcome.oracle.hours for outcome in ordered if outcome.oracle is not None]
    step = _step(max([24.0, *shown]) - min([0.0, *shown]))
    low = step * int(min([0.0, *shown]) // step)
    high = step * -int(-max([24.0, *shown]) // step)
    bottom = _TOP + _ROW * len(ordered)
    width, height = _LEFT + _WIDTH + _RIGHT, bottom + 44

    def x(hours: float) -> float:
        return _LEFT + _WIDTH * (hours - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="title"><title id="title">{escape(sentence(score))}</title><style>{_STYLE}</style>'
        f'<rect class="ground" width="{width}" height="{height}"/>'
        f'<text x="12" y="22">{escape(f"{score.scenario}, seed {score.seed}")}</text>'
        '<circle class="raised" cx="17" cy="40" r="5"/><text class="quiet" x="28" y="44">raised</text>'
        '<path class="dated" d="M90 34l6 6-6 6-6-6z"/>'
        '<text class="quiet" x="102" y="44">onset as dated</text>'
    ]
    if any(outcome.oracle for outcome in ordered):
        parts.append(
            '<path class="told" d="M216 34V46"/>'
            '<text class="quiet" x="226" y="44">an oracle would have raised</text>'
        )
    for number in range(round((high - low) / step) + 1):
        hours = low + number * step
        line = "zero" if hours == 0 else "grid"
        parts.append(
            f'<path class="{line}" d="M{x(hours):.1f} {_TOP - 6}V{bottom}"/>'
            f'<text class="quiet" x="{x(hours):.1f}" y="{bottom + 16}" text-anchor="middle">{hours:g}</text>'
        )
    parts.append(
        f'<text class="quiet" x="{_LEFT + _WIDTH / 2}" y="{bottom + 36}" text-anchor="middle">'
        "hours after the true onset</text>"
    )
    for row, outcome in enumerate(ordered):
        y = _TOP + _ROW * row + _ROW / 2
        label = escape(f"{outcome.size} members, {outcome.label}" if outcome.size > 1 else outcome.label)
        parts.append(f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{label}</text>')
        if outcome.oracle is not None:
            parts.append(f'<path class="told" d="M{x(outcome.oracle.hours):.1f} {y - 6}V{y + 6}"/>')
        if outcome.hours is None or outcome.onset_error_hours is None:
            parts.append(f'<text class="quiet" x="{x(0) + 8:.1f}" y="{y + 4}">missed</text>')
            continue
        at, dated = x(outcome.hours), x(outcome.onset_error_hours)
        parts.append(
            f'<path class="wait" d="M{x(0):.1f} {y}H{at:.1f}"/>'
            f'<circle class="raised" cx="{at:.1f}" cy="{y}" r="5"/>'
            f'<path class="dated" d="M{dated:.1f} {y - 6}l6 6-6 6-6-6z"/>'
            f'<text class="quiet" x="{at + 10:.1f}" y="{y + 4}">'
            f"{_number(outcome.hours)} h, {outcome.acts} acts</text>"
        )
    return "".join(parts) + "</svg>\n"


def _band_table(score: Score) -> Table:
    table = Table(box=box.SIMPLE, title="by strength", title_justify="left")
    for name in ("hidden", "strength", "found", "hours to raise", "acts to raise"):
        table.add_column(name, justify="left" if name == "hidden" else "right")
    for band in score.bands:
        table.add_row(
            PLURAL[band.what],
            f"{band.least:.2f} to {band.greatest:.2f}",
            f"{band.found} of {band.hidden}",
            _number(band.median_hours),
            _number(band.median_acts),
        )
    return table


def _outcome_table(score: Score) -> Table:
    table = Table(box=box.SIMPLE, title="one by one", title_justify="left")
    for name in (
        "hidden",
        "size",
        "moment",
        "hours to raise",
        "acts to raise",
        "onset error, h",
        "precision",
        "recall",
        "oracle, acts",
        "efficiency",
    ):
        table.add_column(name, justify="left" if name in ("hidden", "moment") else "right")
    for outcome in sorted(score.outcomes, key=_strongest_first):
        table.add_row(
            outcome.label,
            str(outcome.size),
            outcome.moment or "missed",
            _number(outcome.hours),
            _number(outcome.acts),
            _number(outcome.onset_error_hours),
            _share(outcome.precision),
            _share(outcome.recall),
            "-" if outcome.oracle is None else str(outcome.oracle.acts),
            _share(outcome.efficiency),
        )
    return table


def _strongest_first(outcome: Outcome) -> tuple[str, float]:
    return outcome.what, -outcome.strength


def _step(span: float) -> float:
    """Hours between two grid lines, so that there are at most ten or so."""
    for step in (6.0, 12.0, 24.0, 48.0, 96.0, 168.0):
        if span / step <= 10:
            return step
    return 336.0


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
