"""Golden files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with the one on file; with UPDATE_GOLDEN=1 in the environment, put it on file."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN") == "1":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"differs from {path}; UPDATE_GOLDEN=1 accepts it"

    return compare


def without_networks(html: str) -> str:
    """The text without the places of nodes, which follow from the random numbers of a library's version."""
    return re.sub(r'<svg class="network".*?</svg>', '<svg class="network">…</svg>', html, flags=re.DOTALL)
