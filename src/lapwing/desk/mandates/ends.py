"""The picture of what ends when: one bar for each mandate in force, from now to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lapwing.desk.mandates.models import Mandate
from lapwing.report import words

MOST_BARS = 24
"""Bars in one picture; those that end later are in the table."""
SOON = timedelta(days=14)
"""Near its end: time enough to ask for a renewal and have it decided."""

WIDTH, LEFT, ROW, TOP = 860, 64, 15, 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One mandate in the picture, in pixels."""

    number: int
    y: int
    width: int
    ends: datetime
    soon: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A day on the scale."""

    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the template draws."""

    width: int
    height: int
    left: int
    top: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    later: int
    """Mandates that end after the last bar."""


def picture(mandates: Sequence[Mandate], now: datetime, count: int) -> Picture | None:
    """The picture of ``mandates`` (in force, in the order of their ends) out of ``count``; None without any."""
    shown = [(mandate, mandate.ends) for mandate in mandates[:MOST_BARS] if mandate.ends is not None]
    if not shown:
        return None
    days = max(14.0, *((ends - now) / timedelta(days=1) for _, ends in shown))
    scale = (WIDTH - LEFT - 40) / days
    step = next(step for step in (7, 14, 30, 60) if days / step <= 14)
    return Picture(
        width=WIDTH,
        height=TOP + ROW * len(shown) + 4,
        left=LEFT,
        top=TOP,
        bars=tuple(
            Bar(
                number=mandate.pk,
                y=TOP + ROW * row,
                width=max(2, round((ends - now) / timedelta(days=1) * scale)),
                ends=ends,
                soon=ends - now <= SOON,
            )
            for row, (mandate, ends) in enumerate(shown)
        ),
        ticks=tuple(
            Tick(round(LEFT + day * scale), f"{at.day} {words.month_of(at)}")
            for day in range(0, int(days) + 1, step)
            for at in [now + timedelta(days=day)]
        ),
        later=count - len(shown),
    )
