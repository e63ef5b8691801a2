"""Where a list goes on: the key of a row, as an address or a form says it."""

from __future__ import annotations

DIGITS = 18
"""No key of a database has more."""


def key(text: str) -> int | None:
    """The key that a text gives; None when it is none, whoever typed it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None
