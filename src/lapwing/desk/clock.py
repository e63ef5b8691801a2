"""The only source of time in the desk, so that a test can move it.

Whatever ends, falls due or expires asks `now()`; nothing in the desk asks the operating system.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_moving = Lock()
_offset = timedelta()


def now() -> datetime:
    """The present, in UTC and aware of it."""
    return datetime.now(UTC) + _offset


def at(microseconds: int) -> datetime:
    """A time that a stream gives, in microseconds since 1970-01-01 UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(time: datetime) -> int:
    """A time as streams give it: microseconds since 1970-01-01 UTC."""
    return (time - _EPOCH) // timedelta(microseconds=1)


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Let the desk believe for a while that it is earlier or later than it is; moves add up.

    All threads see it, since the pages that a test asks for are served by others than the one that asks.
    """
    _move(by)
    try:
        yield
    finally:
        _move(-by)


def _move(by: timedelta) -> None:
    global _offset
    with _moving:
        _offset += by
