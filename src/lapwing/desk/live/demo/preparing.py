"""Preparing the demonstration: its people, its mandates, and the days before it opens, as if they had been worked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.intake.taking import journal, vocabulary
from lapwing.desk.live.demo import people, world
from lapwing.desk.live.demo.folder import PREPARED
from lapwing.desk.live.demo.step import Step
from lapwing.desk.live.demo.work import Worked
from lapwing.desk.live.watcher import Watcher
from lapwing.desk.moments.budget import set_budget
from lapwing.watch.engine import Parameters
from lapwing.watch.live import Passed

REPLAY = "replay.parquet"
PIECE = 100_000
"""Rows that are taken at once."""


def prepare(
    home: Path,
    password: str,
    tell: Callable[[Step], None],
    *,
    compiled: Callable[[], object] = lambda: None,
    subjects: int | None = None,
    watched: int | None = None,
) -> None:
    """Fill an empty desk. ``compiled`` returns when kernels that are compiled elsewhere are ready. Numbers of accounts
    other than the origin's make it quicker.
    """
    tell(Step("making a world", 0.0))
    now = clock.now()
    made = world.make(clock.microseconds(now), subjects=subjects, watched=watched)
    past = int(np.searchsorted(made.events["time"].to_numpy(), made.opens))
    pq.write_table(made.events[past:], home / REPLAY, compression="zstd", compression_level=1)
    with _at(made.start):
        team = people.enrol(password)
        set_budget(team["approver"], 30, "One false alarm in a month is what this team can look into.")
        people.give_mandates(
            team, made.watched, lambda done: tell(Step("giving mandates", done / len(made.watched)))
        )
        journal().enlist(made.watched)
    _watch(home, made.events[:past], team, tell, compiled)
    (home / PREPARED).write_text(json.dumps({"prepared": now.isoformat()}), "utf-8")


def _watch(
    home: Path,
    events: pa.Table,
    team: dict[str, Person],
    tell: Callable[[Step], None],
    compiled: Callable[[], object],
) -> None:
    parameters = Parameters()
    watcher = Watcher(home, parameters, vocabulary())
    times = events["time"].to_numpy()
    raising = int(np.searchsorted(times, times[0] + parameters.training))
    worked = Worked(team)
    try:
        for start in range(0, len(events), PIECE):
            if start <= raising < start + PIECE:
                tell(Step("compiling what finds moments", 0.0))
                compiled()
            said: Passed | None = None
            passing = watcher.learn(events[start : start + PIECE])
            while True:
                # The desk learns what is said at a border at that border, and its people work on it then.
                with _at(said.border) if said is not None else _now():
                    said = next(passing, None)
                    worked.go_on()
                if said is None:
                    break
            tell(Step("watching the days before", min(1.0, (start + PIECE) / len(events))))
        watcher.save()
    finally:
        watcher.close()


@contextmanager
def _at(time: int) -> Iterator[None]:
    """While this lasts the desk believes that it is that time."""
    with clock.moved(clock.at(time) - clock.now()):
        yield


@contextmanager
def _now() -> Iterator[None]:
    yield
