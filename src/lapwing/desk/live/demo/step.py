"""A step of the preparation, for whoever waits for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """How far the preparation has come."""

    doing: str
    done: float
    """From 0 to 1, of this step."""
