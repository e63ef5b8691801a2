"""The reference pages of mandates and retention say what the program knows.

Write their tables anew with: LAPWING_GOLDEN=write pytest tests/desk/test_mandates_reference.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lapwing.desk.mandates.ground import load
from lapwing.desk.retention.term import terms

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
KNOWN, TERMS = load(), terms()


def table(*head: str, rows: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ("---",) * len(head), *rows])


TABLES = {
    ("mandates", "grounds"): table(
        *("ground", "sort", "meaning", "source", "purposes", "categories", "days at most"),
        rows=[
            (
                f"`{one.name}`",
                one.sort,
                f"**{one.title}**: {one.meaning}",
                one.source,
                ", ".join(f"`{name}`" for name in one.purposes),
                ", ".join(f"`{name}`" for name in one.categories),
                f"{one.longest_days}",
            )
            for one in KNOWN.grounds.values()
        ],
    ),
    ("mandates", "purposes"): table(
        "purpose", "meaning", rows=[(f"`{one.name}`", one.meaning) for one in KNOWN.purposes.values()]
    ),
    ("mandates", "categories"): table(
        "category",
        "meaning",
        "source",
        rows=[(f"`{one.name}`", one.meaning, one.source) for one in KNOWN.categories.values()],
    ),
    ("mandates", "means"): table(
        "means", "allows to", rows=[(f"`{one.name}`", one.meaning) for one in KNOWN.means.values()]
    ),
    ("retention", "terms"): table(
        *("what", "days", "of minors", "counted from", "then", "source"),
        rows=[
            (
                f"**{one.title}**: {one.meaning}",
                f"{one.time.days}",
                f"{one.minor_time.days}",
                one.counted_from,
                "a sweep erases it" if one.erasing else "a person reviews it",
                one.source,
            )
            for one in TERMS.terms.values()
        ],
    ),
    ("retention", "stays"): table("what", "meaning", rows=[(one.title, one.meaning) for one in TERMS.stays]),
}


@pytest.mark.parametrize(("page", "name"), TABLES)
def test_the_table_is_that_of_the_program(page: str, name: str) -> None:
    file = REFERENCE / f"{page}.md"
    text = file.read_text("utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- end -->", text, re.S)
    assert found is not None
    if os.environ.get("LAPWING_GOLDEN") == "write":
        start, end = found.span(1)
        file.write_text(text[:start] + TABLES[page, name] + "\n" + text[end:].lstrip("\n"), "utf-8")
        return
    assert found[1] == TABLES[page, name]
