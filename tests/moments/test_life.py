"""The life of a moment: it stands by its evidence, fades and closes in quiet, and two are told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lapwing.evidence.restart import STARTS
from lapwing.evidence.whom import DAY
from lapwing.moments.finding import Finding
from lapwing.moments.life import HALF_LIFE, QUIET, OpenMoment, aged, alike, may_grow, threshold_bits
from lapwing.moments.moment import Bits

RAISED = 16_000 * DAY


def moment(net: float = 40.0, members: tuple[int, ...] = (1, 2, 3, 4)) -> OpenMoment:
    """A moment raised at its last act."""
    finding = Finding(
        id="m-1", type="meeting", members=members, onset=RAISED - DAY, onset_between=(RAISED - DAY, RAISED),
        raised=RAISED, bits=Bits(0.0, 0.0, net + 30.0, 30.0, net), stage=None,
        status="open", ledger=(), circles=tuple(-1 for _ in members), lanes=(), lanes_left_out=0, ties_before=(),
        ties_after=(), curve=(),
    )  # fmt: skip
    return OpenMoment(finding, RAISED)


def test_evidence_halves_in_a_half_life() -> None:
    assert moment(40).standing(RAISED + HALF_LIFE) == pytest.approx(20)
    assert moment(40).standing(RAISED - DAY) == 40, "nothing fades before the last act"


def test_a_week_without_acts_makes_a_moment_fade_and_it_closes_once() -> None:
    assert aged(moment(), RAISED + QUIET, 5.0) is None
    fading = aged(moment(), RAISED + QUIET + 1, 5.0)
    assert fading is not None
    assert fading.finding.status == "fading"
    assert aged(fading, RAISED + QUIET + DAY, 5.0) is None
    closed = aged(fading, RAISED + 4 * QUIET + 1, 5.0)
    assert closed is not None
    assert closed.finding.status == "closed"
    assert aged(closed, RAISED, 5.0) is None, "closed for good"


def test_weak_evidence_closes_before_it_fades() -> None:
    weak = aged(moment(5.1), RAISED + DAY, 5.0)
    assert weak is not None
    assert weak.finding.status == "closed"


def test_a_new_act_opens_a_fading_moment_again() -> None:
    fading = aged(moment(), RAISED + 2 * QUIET, 5.0)
    assert fading is not None
    again = aged(replace(fading, last=RAISED + 2 * QUIET), RAISED + 2 * QUIET, 5.0)
    assert again is not None
    assert again.finding.status == "open"


@pytest.mark.parametrize(
    ("members", "same"),
    [
        ({1, 2}, True),
        ({1, 2, 8, 9}, True),
        ({1, 2, 7, 8, 9}, True),
        ({1, 7}, False),
        ({1, 7, 8}, False),
        (set(range(60)), True),
    ],
)
def test_half_of_the_smaller_makes_two_groups_the_same_matter(members: set[int], same: bool) -> None:
    assert alike(frozenset(members), moment().members) is same


def test_a_moment_may_grow_while_starts_before_it_was_raised_are_weighed() -> None:
    last = (RAISED // DAY + STARTS - 1) * DAY
    assert may_grow(moment(), last - 1)
    assert not may_grow(moment(), last), "no day of start lies before the raise any more"


def test_the_threshold_is_the_budget() -> None:
    assert threshold_bits(32.0) == 5.0
    assert threshold_bits(1.0) == 0.0
