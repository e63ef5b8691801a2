"""The card: what was promised, what was counted, and what that means, as Markdown and as one HTML file."""

from __future__ import annotations

from pathlib import Path

from jinja2 import PackageLoader
from markupsafe import Markup

from lapwing.calibration.curve import curve, one_in, summary
from lapwing.calibration.promise import Calibration, Kept
from lapwing.report import words
from lapwing.report.environment import environment, source

JSON, MARKDOWN, HTML, SVG = "calibration.json", "card.md", "card.html", "curve.svg"

VERDICTS = {"kept": "holds", "open": "not contradicted", "broken": "does not hold"}
"""What the table says of the promise."""

LITTLE = 0.9
"""Below this share of exchanged acts a card warns that meetings may have survived."""


def write_card(calibration: Calibration, folder: Path) -> None:
    """Write the card, the curve and the numbers behind them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        (JSON, calibration.json()),
        (MARKDOWN, markdown(calibration)),
        (HTML, html(calibration)),
        (SVG, curve(calibration)),
    ):
        (folder / name).write_text(text, encoding="utf-8")


def markdown(calibration: Calibration) -> str:
    """The card as Markdown; the curve is the file beside it."""
    lines = [
        "# Calibration",
        "",
        f"**{summary(calibration)}**",
        "",
        f"![Counted against promised]({SVG})",
        "",
        "| budget | allowed | counted | to be expected, 95 % | the promise | bits missing |",
        "|---|---|---|---|---|---|",
    ]
    lines += ["| " + " | ".join(cells(one)) + " |" for one in calibration.kept()]
    lines += ["", *(line for note in notes(calibration) for line in (note, ""))]
    return "\n".join(lines)


def html(calibration: Calibration) -> str:
    """The card as one HTML file that needs nothing else."""
    made = environment().overlay(loader=PackageLoader("lapwing.calibration", "components"))
    return made.get_template("card.html").render(
        style=Markup(source("lapwing.css") + source("page.css")),  # noqa: S704  # our own style sheets
        curve=Markup(curve(calibration)),  # noqa: S704  # escaped where it is drawn
        summary=summary(calibration),
        rows=[cells(one) for one in calibration.kept()],
        notes=notes(calibration),
    )


def cells(one: Kept) -> tuple[str, ...]:
    """One line of the table."""
    return (
        one_in(one.budget_days),
        words.plain(one.allowed),
        str(one.counted),
        f"{words.plain(one.low)} to {words.plain(one.high)}",
        VERDICTS[one.verdict],
        words.plain(one.safety_bits) if one.verdict == "broken" else "-",
    )


def notes(calibration: Calibration) -> list[str]:
    """What was done, what remains, and what the numbers cannot tell; a paragraph each."""
    made = (
        f"{words.capitalised(words.counted(len(calibration.rounds), 'round'))}, together "
        f"{words.plain(calibration.days)} days in which moments could be raised. Watched by Lapwing "
        f"{calibration.version}: {calibration.source}."
    )
    told = []
    if calibration.safety_bits:
        factor = 2.0**calibration.safety_bits
        told.append(
            f"To be held to one false moment in 30 days on a stream like this, ask for one in "
            f"{words.plain(round(30 * factor))} (--budget 1/{round(30 * factor)}d): the threshold then rises by the "
            f"{calibration.safety_bits:.1f} bits that are missing. Better is to find out why: "
            "circles that are not given, copies of one act under several ids, an edge of the collection."
        )
    told.append(made)
    if calibration.exchanged is None:
        told.append("Nothing was hidden in these streams, so every moment in them is false.")
    else:
        told.append(
            "Who acted was exchanged among the acts of one circle, kind and day, so every meeting is false. How much "
            "each subject acts on each day, and in which kinds, was kept: a shift may be true, and counts as false "
            "all the same. "
            f"{words.share(calibration.exchanged, 1.0)} of the acts that touched something new could fall to "
            "another subject."
        )
        if calibration.exchanged < LITTLE:
            told.append(
                "That is little: meetings within small circles may have survived, and moments that are true been "
                "counted as false."
            )
        told.append(
            "What this cannot show: a taste that subjects share and no circle contains is exchanged away as well. "
            "Null worlds of taste show what becomes of that."
        )
    told.append(
        "The watch ran once a round, at the loosest budget. A moment counts at a stricter one when its net bits, as "
        "stated, reached that threshold; a watch of its own at the stricter budget can differ, and mostly counts a "
        "little less. Rounds are taken as independent, and false moments as a Poisson process."
    )
    return told
