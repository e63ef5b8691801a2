"""Says in the terminal how far the preparation has come: with bars where a person looks on, else line by line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from lapwing.desk.live.demo.step import Step

EVERY = 5.0
"""Seconds between lines on one step."""


@contextmanager
def told() -> Iterator[Callable[[Step], None]]:
    """Give what is to be called with every step."""
    if sys.stderr.isatty():
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        ) as bars:
            yield _Bars(bars).tell
    else:
        yield Lines().tell


class _Bars:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def tell(self, step: Step) -> None:
        if step.doing not in self._tasks:
            for task in self._tasks.values():
                self._bars.update(task, completed=1.0)
            self._tasks[step.doing] = self._bars.add_task(step.doing, total=1.0)
        self._bars.update(self._tasks[step.doing], completed=step.done)


class Lines:
    """A line for each step, and every few seconds one on how far it has come."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._doing = ""

    def tell(self, step: Step) -> None:
        """Print it, unless the last line is too recent."""
        now = time.monotonic()
        if step.doing == self._doing and now < self._last + EVERY:
            return
        self._doing, self._last = step.doing, now
        print(
            f"{now - self._began:4.0f} s  {step.doing}: {step.done:.0%}".replace("%", " %"),
            file=sys.stderr,
            flush=True,
        )
