"""The table of rights names tests that are there, and leaves out no right."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "rights.md").read_text("utf-8")


def test_every_right_has_its_tests() -> None:
    rows = re.findall(r"^\| (N\d+) \|.*?\| (.+) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == [f"N{number}" for number in range(1, 14)]
    assert all("test_" in tests for _, tests in rows)


def test_every_file_it_names_is_there() -> None:
    folder, wrong = ROOT, []
    for name in re.findall(r"`([\w/]*test_\w+\.py)`", PAGE):
        folder = (ROOT / name).parent if "/" in name else folder
        wrong += [] if (folder / Path(name).name).exists() else [name]
    assert not wrong
