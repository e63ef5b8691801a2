"""How the budget is shared: every way in which something can be raised gets an even part of it.

A moment is raised in one of four ways: a group by its name, a group on trial, the shift of a subject, and the
progression of a subject or a group. A watch uses all of them unless detectors are left out. If each of ``n`` ways
raises a false moment once in ``n`` budgets, all together do so once in one: this costs each ``log2 n`` bits.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Literal

Detector = Literal["when", "what", "whom", "ladder"]
DETECTORS: tuple[Detector, ...] = ("when", "what", "whom", "ladder")
"""What a watch looks at: how often, which kinds, with whom, and whether kinds climb a ladder."""


def ways(without: Collection[str] = ()) -> int:
    """In how many ways a watch ``without`` these detectors can raise something.

    >>> ways(), ways({"whom"}), ways({"when", "what"}), ways({"when", "what", "ladder"})
    (4, 2, 3, 2)
    """
    meetings = 0 if "whom" in without else 2
    shifts = 0 if {"when", "what"} <= set(without) else 1
    progressions = 0 if "ladder" in without else 1
    return meetings + shifts + progressions


def share_bits(without: Collection[str] = ()) -> float:
    """What every way pays for its part of the budget, bits.

    >>> share_bits(), share_bits({"whom", "ladder"})
    (2.0, 0.0)
    """
    return math.log2(max(ways(without), 1))
