"""Weak kinds: how far weak acts lead over the others in a ledger."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from lapwing.moments.finding import Entry, Finding
from lapwing.moments.moment import Bits
from lapwing.moments.weak_kinds import WeakKinds

WEAK = WeakKinds(kinds=np.array([True, False]), strata=np.array([False, True]))
TOUCHES = cast(Any, SimpleNamespace(row=np.array([3, 5, 8]), stratum=np.array([0, 1, 1], np.int16)))
"""Event 3 is not weak, 5 and 8 are."""
CONDUCT = cast(
    Any,
    SimpleNamespace(
        recent=SimpleNamespace(held=SimpleNamespace(row=np.array([3, 9]), kind=np.array([1, 0]))),
        mix=lambda subject: [(0, 0.25, 0.9), (1, 0.75, 0.1)],
    ),
)
"""Event 9 is weak too; a quarter of what subjects usually do is."""


def finding(*entries: tuple[int, float], when: float = 0.0, type_: Any = "meeting") -> Finding:
    return Finding(
        id="m-1",
        type=type_,
        members=(1,),
        onset=0,
        onset_between=(0, 0),
        raised=1,
        bits=Bits(when=when, what=0.0, whom=0.0, naming=0.0, net=9.0),
        stage=None,
        status="open",
        ledger=tuple(Entry(row, (), bits) for row, bits in entries),
        circles=(-1,),
        lanes=(),
        lanes_left_out=0,
        ties_before=(),
        ties_after=(),
        curve=(),
    )


@pytest.mark.parametrize(
    ("entries", "lead"),
    [
        ([(3, 4.0), (5, 3.0)], 0.0),
        ([(3, 4.0), (5, 3.0), (8, 3.0)], 2.0),
        ([(3, -4.0), (5, 3.0)], math.inf),
        ([(3, 4.0), (9, 6.0)], 2.0),
        ([], 0.0),
    ],
)
def test_weak_acts_lead_by_what_they_brought_beyond_the_others(
    entries: list[tuple[int, float]], lead: float
) -> None:
    assert WEAK.lead(finding(*entries), TOUCHES, CONDUCT) == lead


def test_silence_is_of_the_kinds_that_are_missing() -> None:
    silent = finding(when=20.0, type_="shift")
    assert WEAK.lead(silent, TOUCHES, CONDUCT) == 0.0
    talks = SimpleNamespace(recent=CONDUCT.recent, mix=lambda subject: [(0, 1.0, 1.0)])
    assert WEAK.lead(silent, TOUCHES, cast(Any, talks)) == math.inf


def test_what_is_forgotten_may_have_been_weak() -> None:
    told = finding((3, 4.0), when=10.0, type_="shift")
    assert WEAK.lead(told, TOUCHES, CONDUCT, forgotten=6.0) == 2.0
