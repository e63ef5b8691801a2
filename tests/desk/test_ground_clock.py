"""The clock of the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lapwing.desk import clock


def test_now_is_the_present_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_moved_clock_moves_back_whatever_happens() -> None:
    before = clock.now()
    try:
        with clock.moved(timedelta(days=90)):
            assert clock.now() - before >= timedelta(days=90)
            raise LookupError
    except LookupError:
        pass
    assert clock.now() - before < timedelta(seconds=5)


def test_moves_add_up(later: Callable[[timedelta], None]) -> None:
    before = clock.now()
    later(timedelta(days=1))
    later(timedelta(hours=1))
    assert timedelta(hours=25) <= clock.now() - before < timedelta(hours=25, seconds=5)
