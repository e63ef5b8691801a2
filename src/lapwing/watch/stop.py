"""Stopping a watch in good order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Stop:
    """A request to stop, made from outside (a signal handler) and met at the next border.

    A watch that waits for input is at a border: it stops at once. Asked for a second time, it stops wherever
    it is, by ``KeyboardInterrupt``; what it has computed since its last snapshot is computed anew next time.
    """

    def __init__(self) -> None:
        self.requested = False
        self._reading = False

    def request(self) -> None:
        """Ask the watch to stop. Raises ``KeyboardInterrupt`` where it is to be left at once."""
        at_once = self.requested or self._reading
        self.requested = True
        if at_once:
            raise KeyboardInterrupt

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While this lasts, a first request leaves the block at once, and without error."""
        self._reading = True
        try:
            yield
        except KeyboardInterrupt:
            if not self.requested:
                raise
        finally:
            self._reading = False
