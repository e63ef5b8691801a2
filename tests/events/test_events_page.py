"""The page on events says what the program knows.

Write its tables anew with: LAPWING_GOLDEN=write pytest tests/events/test_events_page.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lapwing.events import fault
from lapwing.events.schema import SCHEMA
from lapwing.events.vocabulary import Vocabulary

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"
VOCABULARY = Vocabulary.load()


def table(*head: str, rows: list[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ("---",) * len(head), *rows])


def tables() -> dict[str, str]:
    reasons = sorted({v for k, v in vars(fault).items() if k.isupper() and isinstance(v, str)})
    return {
        "reasons": table("reason", rows=[(reason,) for reason in reasons]),
        "forbidden": table(
            "what",
            "reason",
            "ground",
            rows=[
                (
                    ", ".join(f"`{' '.join(words)}`" for words in (*entry.words, *entry.exact)),
                    entry.reason,
                    entry.ground,
                )
                for entry in VOCABULARY.forbidden
            ],
        ),
        "kinds": table(
            "kind",
            "somebody ...",
            "use",
            "weak",
            rows=[
                (f"`{kind.name}`", kind.meaning, ", ".join(kind.use), "weak" if kind.weak else "")
                for kind in VOCABULARY.kinds.values()
            ],
        ),
        "contexts": table("sort", "what it is", rows=[(f"`{n}`", m) for n, m in VOCABULARY.contexts.items()]),
        "sources": table("source", "what it is", rows=[(f"`{n}`", m) for n, m in VOCABULARY.sources.items()]),
    }


@pytest.mark.parametrize("name", tables())
def test_the_table_is_that_of_the_program(name: str) -> None:
    page = PAGE.read_text("utf-8")
    place = re.compile(rf"(<!-- {name} -->\n)(.*?)\n?(<!-- end -->)", re.DOTALL)
    if os.environ.get("LAPWING_GOLDEN") == "write":
        page = place.sub(lambda found: f"{found[1]}{tables()[name]}\n{found[3]}", page)
        PAGE.write_text(page, encoding="utf-8")
    found = place.search(page)
    assert found is not None
    assert found[2] == tables()[name]


def test_every_column_is_explained() -> None:
    page = PAGE.read_text("utf-8")
    assert [name for name in SCHEMA.names if f"| `{name}` |" not in page] == []
