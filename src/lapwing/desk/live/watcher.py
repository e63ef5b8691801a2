"""The watcher: reads the journal, keeps its events for the pages, and hands on what the watch says.

Everything it does can be done again: it goes on from a snapshot, reads the journal from there, and what the desk
has already is not taken twice. So it may be killed at any time, and that is how it is stopped.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import connection, transaction

from lapwing.desk import audit, clock, moments, oversight
from lapwing.desk.intake import journal
from lapwing.desk.intake.event import Event
from lapwing.desk.live.progress import ONLY, Progress, State
from lapwing.desk.moments.error import StatementError
from lapwing.desk.subjects.models import Subject
from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.moment import rfc3339
from lapwing.watch.engine import Parameters
from lapwing.watch.live import Live, OtherVersionError, Passed, Position

FOLDER = "watch"
TOLERANCE = 10 * 60 * 1_000_000
"""How far out of order events may come, microseconds; a border is passed so long after it."""
AT_ONCE = 50_000
"""Rows of the journal that are read at once."""
BEAT = 1.0
"""Seconds between signs of life."""
_PLACES = 20
"""Binary places of the number of an event that are its place in the entry: an entry holds fewer rows than 2**20."""
_KEPT = ["subject", "time", "kind", "context", "id", "source", "platform"]
_HISTORY = -(1 << 62)
"""The number of the first event of a history; those of the journal are above 0."""
_TOGETHER = 2_000
"""Events that are written in one transaction, so that pages never wait long for theirs."""


_EPOCH = datetime(1970, 1, 1)


class StoppedError(Exception):
    """The overseer has stopped the machine."""


class Watcher:
    """The watch of a desk. One at a time; it holds ``home / "watch"``."""

    def __init__(self, home: Path, parameters: Parameters, vocabulary: Vocabulary) -> None:
        self._journal = home / journal.FILE
        self._parameters = parameters
        self._live = _opened(home / FOLDER, parameters, vocabulary)
        if not self._live.position.number:
            # A watch that is built anew must not name, in what came in before, who has left the watch since.
            self._live.change_roster(0, journal.outside(self._journal), ())
        self._progress = Progress.objects.now()
        self._subjects: dict[str, int] = {}
        self._learnt = 0
        self._beat = 0.0
        self._told: Position | None = None

    @property
    def position(self) -> Position:
        """Where the watch stands."""
        return self._live.position

    def step(self, passed: Callable[[Passed], None] | None = None) -> bool:
        """Take what has come in; False when there was nothing.

        Raises :class:`StoppedError` once the machine is stopped; what has not been handed on by then is handed
        on when it runs again.
        """
        if oversight.stopped():
            raise StoppedError
        entries = journal.entries(self._journal, self._live.position.number, AT_ONCE)
        for entry in entries:
            self._take(entry, passed)
            self._live.save_when_due()
            self._tell()
        if not entries and self._told != self._live.position:
            self._beat = 0.0  # what came in last is told at once, and not with what comes next
        self._tell()
        return bool(entries)

    def learn(self, table: pa.Table) -> Iterator[Passed]:
        """Take in a piece of history that is not in the journal, in order of time, before anything else comes in.

        What is said at a border is handed on when the next is asked for, so that the caller can set the clock.
        """
        first = _HISTORY + self._learnt
        self._learnt += len(table)
        self._keep(first, table, len(table))
        for border in self._live.take(0, table):
            yield border
            self._hand_on(border)
        self._tell()

    def save(self) -> None:
        """Have the state of the watch on disk."""
        self._live.save()

    def close(self) -> None:
        """Let go of the folder."""
        self._live.close()

    def _take(self, entry: journal.Entry, passed: Callable[[Passed], None] | None) -> None:
        live = self._live
        if entry.sort == "rows":
            if entry.number > self._progress.number:
                self._keep(entry.number << _PLACES, entry.rows(), _TOGETHER)
                Progress.objects.filter(pk=ONLY).update(number=entry.number)
                self._progress.number = entry.number
            for border in live.take(entry.number, entry.watched()):
                self._hand_on(border)
                if passed is not None:
                    passed(border)
        elif entry.sort == "roster":
            live.change_roster(entry.number, *entry.roster())
        else:
            live.change_budget(entry.number, entry.budget())

    def _keep(self, first: int, table: pa.Table, together: int) -> None:
        """Write the events of subjects into the database, for the pages, numbered from ``first`` on; so many in
        one transaction.
        """
        at = np.flatnonzero(table["subject"].is_valid().to_numpy())
        kept = table.select(_KEPT).take(pa.array(at))
        self._know(set(kept["subject"].unique().to_pylist()))
        rows = [
            (
                first + place,
                self._subjects[subject],
                when,
                kind,
                context,
                act or "",
                source or "",
                on or "",
            )
            for place, subject, when, kind, context, act, source, on in zip(
                at.tolist(),
                kept["subject"].to_pylist(),
                stored(kept["time"].to_pylist()),
                *(kept[name].to_pylist() for name in _KEPT[2:]),
                strict=True,
            )
            if subject in self._subjects
        ]
        for start in range(0, len(rows), together):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(_INSERT, rows[start : start + together])

    def _know(self, subjects: set[str]) -> None:
        """Learn the keys of subjects."""
        new = sorted(subjects - self._subjects.keys())
        for start in range(0, len(new), 900):
            found = Subject.objects.filter(pseudonym__in=new[start : start + 900])
            self._subjects.update(found.values_list("pseudonym", "pk"))

    def _hand_on(self, passed: Passed) -> None:
        """Give the desk what was said at a border, with the entry of the run that said it, once."""
        if passed.border <= self._progress.border:
            return
        with transaction.atomic():
            if oversight.stopped():
                raise StoppedError
            refused = []
            for statement in passed.statements:
                try:
                    with transaction.atomic():
                        moments.take(statement.moment, statement.exhibit)
                except StatementError as error:
                    refused.append(f"{statement.moment['id']}: {error}")
            Progress.objects.filter(pk=ONLY).update(border=passed.border)
            position = self._live.position
            audit.record(
                None,
                "watch.run",
                f"watch:{rfc3339(passed.border)}",
                detail={
                    "version": position.version,
                    "parameters": _told(self._parameters)
                    | {"budget_days": f"{position.budget_days:g}", "tolerance": TOLERANCE},
                    "events": passed.rows,
                    "statements": len(passed.statements),
                    "refused": refused,
                },
            )
        self._progress.border = passed.border

    def _tell(self) -> None:
        """Show a sign of life now and then."""
        if time.monotonic() < self._beat:
            return
        self._beat = time.monotonic() + BEAT
        at = self._told = self._live.position
        trained = at.first is not None and at.border - at.first >= self._parameters.training
        Progress.objects.filter(pk=ONLY).update(
            newest=at.newest,
            rows=at.rows + self._live.held,
            background=at.background,
            late=at.late,
            state=State.WATCHING if trained else State.LEARNING,
            beat=clock.now(),
            fault="",
        )


def _opened(folder: Path, parameters: Parameters, vocabulary: Vocabulary) -> Live:
    """The watch in its folder; after an upgrade it is built anew from the journal, and the old state put aside."""
    try:
        return Live(folder, parameters, vocabulary, tolerance=TOLERANCE)
    except OtherVersionError as error:
        aside = folder.with_name(f"{FOLDER}-{error.version}")
        if aside.exists():
            shutil.rmtree(aside)
        aside.mkdir(mode=0o700)
        for part in folder.iterdir():
            if part.name != "lock":
                part.rename(aside / part.name)
        with transaction.atomic():
            audit.record(None, "watch.rebuild", "watch", why=str(error), detail={"before": error.version})
        return Live(folder, parameters, vocabulary, tolerance=TOLERANCE)


def stored(times: list[int]) -> list[Any]:
    """Times (microseconds since 1970) as the database keeps them: what Django makes of each, at a tenth of its cost."""
    if connection.vendor == "sqlite" and connection.timezone is UTC:
        return [str(_EPOCH + timedelta(microseconds=time)) for time in times]
    return [connection.ops.adapt_datetimefield_value(clock.at(time)) for time in times]


def _told(parameters: Parameters) -> dict[str, Any]:
    """The parameters as an entry of the log can hold them."""
    held = asdict(parameters)
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in held.items()}


_INSERT = (
    f"INSERT INTO {Event._meta.db_table} (number, subject_id, time, kind, context, act, source, platform) "  # noqa: S608 - no value in it
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
