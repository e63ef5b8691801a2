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
    subjects: int = world.ACCOUNTS,
    watched: int = world.WATCHED,
) -> None:
    """Fill an empty desk. ``compiled`` returns when kernels that are compiled elsewhere are ready. Fewer accounts
    make it quicker.
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
            team,
            made.watched,
            made.told_of,
            lambda done: tell(Step("giving mandates", done / len(made.watched))),
        )
        journal().enlist(made.watched)
    _watch(home, made.events[:past], made.late, team, tell, compiled)
    (home / PREPARED).write_text(json.dumps({"prepared": now.isoformat()}), "utf-8")


def _watch(
    home: Path,
    events: pa.Table,
    late: int,
    team: dict[str, Person],
    tell: Callable[[Step], None],
    compiled: Callable[[], object],
) -> None:
    parameters = Parameters()
    watcher = Watcher(home, parameters, vocabulary())
    times = events["time"].to_numpy()
    raising = int(np.searchsorted(times, times[0] + parameters.training))
    worked = Worked(team, clock.now())
    last = int(times[0]) + late
    try:
        for start in range(0, len(events), PIECE):
            if start <= raising < start + PIECE:
                tell(Step("compiling what finds moments", 0.0))
                compiled()
            passing = watcher.learn(events[start : start + PIECE])
            said: Passed | None = next(passing, None)
            while said is not None:
                # The desk learns what is said at a border when the events until there have come in, and its people
                # work on it then: dates count from that time, and not from one that nobody was there at.
                last = said.border + late
                with _at(last):
                    said = next(passing, None)
                    worked.go_on()
            tell(Step("watching the days before", min(1.0, (start + PIECE) / len(events))))
        with _at(last):
            worked.propose()
        watcher.save()
    finally:
        watcher.close()


@contextmanager
def _at(time: int) -> Iterator[None]:
    """While this lasts the desk believes that it is that time."""
    with clock.moved(clock.at(time) - clock.now()):
        yield
