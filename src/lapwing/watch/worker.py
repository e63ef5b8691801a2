"""The worker: a thread beside the engine, for what need not wait for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

_Result = TypeVar("_Result")

_GIVEN = 64
"""So many pieces of work that nobody asks after may be undone; then who gives more has to wait."""


class Worker:
    """Does what it is told in a thread of its own, one thing after the other, in the order in which it was told.

    So whatever it alone touches needs no lock, and after :meth:`settle` may be touched by the caller. Left by
    an error, it finishes what it has begun and forgets the rest.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lapwing-worker")
        self._given: deque[Future[None]] = deque()

    def ask(self, work: Callable[[], _Result]) -> Future[_Result]:
        """Have something done and come back for its result, which raises what went wrong."""
        return self._thread.submit(work)

    def give(self, work: Callable[[], None]) -> None:
        """Have something done. Raises what went wrong with what was given before."""
        while self._given and (self._given[0].done() or len(self._given) >= _GIVEN):
            self._given.popleft().result()
        self._given.append(self._thread.submit(work))

    def settle(self) -> None:
        """Return when there is nothing left to do. Raises what went wrong with what was given."""
        self._thread.submit(_nothing).result()
        while self._given:
            self._given.popleft().result()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._thread.shutdown(cancel_futures=True)


def _nothing() -> None:
    """What is done last when the worker settles: all before it is done by then."""
