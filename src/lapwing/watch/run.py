"""The run: events go in, moments come out, and a folder holds everything needed to go on."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from lapwing import __version__
from lapwing.events import fault
from lapwing.events.reader import Reader
from lapwing.events.schema import SCHEMA
from lapwing.events.store import Store
from lapwing.events.summary import Progress, ReadSummary
from lapwing.moments.finding import Finding
from lapwing.moments.ladder_file import weak_kinds
from lapwing.moments.life import threshold_bits
from lapwing.moments.run_record import FileRead, QuarantineRecord, ReadRecord, RunRecord
from lapwing.watch.build import BUILD
from lapwing.watch.circle_names import CircleNames, name_of
from lapwing.watch.contexts import count_in, different, empty_count
from lapwing.watch.duration import DAY
from lapwing.watch.engine import Engine
from lapwing.watch.error import OutputError, StateError
from lapwing.watch.intake import Intake, Strata, Stretch
from lapwing.watch.lock import sole_writer
from lapwing.watch.memory import give_back
from lapwing.watch.names import Names
from lapwing.watch.scribe import Scribe
from lapwing.watch.settings import Settings
from lapwing.watch.snapshot import (
    has_snapshot,
    of_engine,
    read_snapshot,
    sync_folder,
    with_engine,
    write_snapshot,
)
from lapwing.watch.standing import Saved, Standing
from lapwing.watch.stop import Stop
from lapwing.watch.tail import joined
from lapwing.watch.texts import Erasing, keep
from lapwing.watch.worker import Worker

QUARANTINE, RUN, STATE, STORE = "quarantine.jsonl", "run.json", "state", "events"

SHARE = 40
"""Snapshots take at most one part in so many of the time, save the last one."""
TELL_EVERY = 0.1
"""Progress is told so many seconds apart."""
_FIRST = 0.05
"""What the first snapshot is taken to cost, in seconds."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run has come."""

    read: Progress
    rows: int
    """Of the rows read, how many are dealt with: taken, or known not to be."""
    time: int
    """The border up to which the stream is taken, microseconds since 1970-01-01 UTC."""
    moments: int
    """Moments raised so far, by all runs on the folder."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did."""

    folder: Path
    record: RunRecord
    read: ReadSummary
    """Of this run alone."""
    moments: int
    """Moments raised so far, by all runs on the folder."""
    stopped: int | None
    """The border at which the run was stopped before the end of its input; None when it was not."""


def watch(
    paths: Sequence[Path | str],
    out: Path,
    settings: Settings,
    *,
    command: str,
    called: str | None = None,
    progress: Callable[[RunProgress], None] | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Read events, raise moments, and write `moments.jsonl`, `exhibits.jsonl`, `run.json` and
    `quarantine.jsonl` into the folder ``out``, going on where an earlier run on it ended or was cut off.

    The result is the same, byte for byte, whether a stream is read in one run or in several, undisturbed or
    not, and however it is cut into files. ``command`` is recorded as what was asked for, and ``called`` as
    the name of the input when its files will not last.

    Raises :class:`~lapwing.watch.error.WatchError` and :class:`~lapwing.events.error.EventsError`.
    """
    state = out / STATE
    if not state.exists() and (out / "moments.jsonl").exists():
        raise StateError(
            f"{out} holds moments, but not the state of the run that wrote them.\n"
            "Name a new folder, or remove this one to read all events again."
        )
    with _told(out):
        state.mkdir(parents=True, exist_ok=True)
        with sole_writer(state):
            given = [str(path) for path in paths]
            return _Run(given, out, settings, command, called, progress, stop or Stop()).outcome()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the stream that has been taken in: numbered, cut at borders, its texts in the store."""

    stretches: list[Stretch]
    read: ReadSummary
    """What was read up to its end."""


class _Run:
    """One run on a folder, from its state to its outcome.

    The thread of the caller belongs to the engine. What comes before it (reading, intake, the store) and what
    comes after it (the scribe) is done by the worker, which is one piece of the stream ahead and never more,
    so memory stays flat. A snapshot is taken when the worker is settled.
    """

    def __init__(
        self,
        paths: list[str],
        out: Path,
        settings: Settings,
        command: str,
        called: str | None,
        progress: Callable[[RunProgress], None] | None,
        stop: Stop,
    ) -> None:
        self._paths = paths
        self._called = called
        self._out = out
        self._state = out / STATE
        self._settings = settings
        self._command = command
        self._progress = progress
        self._stop = stop
        self._worker = Worker()
        self._read: Progress | None = None
        self._told_at = 0.0
        self._strata = Strata.of(settings.vocabulary)
        arrays = read_snapshot(self._state)
        if arrays is None:
            now = Standing(version=BUILD, parameters=settings.shaping())
            saved = Saved(now, Names(), empty_count(), SCHEMA.empty_table())
            self._engine = Engine(
                settings.parameters,
                sort_of=self._strata.sort_of,
                ladders=settings.steps(),
                without=settings.without,
                weak=weak_kinds(settings.vocabulary),
            )
        else:
            saved = Saved.of(arrays)
            self._check(saved.standing)
            self._engine = Engine.restore(
                settings.parameters,
                self._strata.sort_of,
                of_engine(arrays),
                ladders=settings.steps(),
                without=settings.without,
                weak=weak_kinds(settings.vocabulary),
            )
        self._before = saved.standing
        self._now = saved.standing
        self._tail = saved.tail
        self._contexts = saved.contexts
        self._resumed = arrays is not None
        self._intake = Intake(
            self._strata,
            border=settings.parameters.border,
            tolerance=settings.tolerance,
            names=saved.names,
            rows=self._now.rows,
            acts=self._now.acts,
            position=self._now.position,
        )
        self._watched = np.zeros(0, np.bool_)
        self._circles = 0  # circles known at the last snapshot
        self._circle_names = CircleNames(self._now.circles)
        self._circles_told: tuple[str, ...] = ()  # the names of circles at the border that is written about
        self._erasing = Erasing()
        self._due = time.monotonic() + SHARE * _FIRST

    def outcome(self) -> Outcome:
        """Take the whole input."""
        reader = Reader(
            self._paths,
            vocabulary=self._settings.vocabulary,
            tolerance=self._settings.tolerance,
            strict=self._settings.strict,
            quarantine_path=self._out / QUARANTINE,
            after=self._now.position if self._resumed else None,
            assume_utc=self._settings.assume_utc,
            sort=self._settings.sort,
            stated=self._settings.stated,
            progress=self._note,
        )
        with reader, Store(self._state / STORE) as store, self._scribe(store) as scribe, self._worker:
            store.truncate_after(self._now.rows - 1)
            tables = joined(
                self._tail, reader, position=self._now.position, tolerance=self._settings.tolerance
            )
            stopped = not self._take_all(self._pieces(reader, tables, store), store, scribe)
            self._worker.settle()
            reader.close()
            if stopped:
                self._save(store, scribe)
            else:
                self._end(reader.summary, store, scribe)
            self._worker.settle()
            self._tell(reader.summary, scribe.moments)
            scribe.sync()
            record = self._record()
            _replace(self._out / RUN, record.line() + "\n")
            at = self._now.position if stopped else None
            return Outcome(self._out, record, reader.summary, scribe.moments, at)

    def _scribe(self, store: Store) -> Scribe:
        return Scribe(
            self._out,
            store,
            name=self._intake.names.text,
            circle=lambda number: name_of(number, self._circles_told),
            threshold=math.log2(self._settings.parameters.budget_days),
            lengths=self._now.lengths,
            oldest=self._now.oldest,
            kinds=self._strata.kinds,
        )

    def _pieces(self, reader: Reader, tables: Iterator[pa.Table], store: Store) -> Iterator[_Piece]:
        """The stream, taken in while the engine is at the piece before."""

        def taken_in(table: pa.Table | None) -> _Piece | None:
            if table is None:
                return None
            return _Piece(self._take_in(self._intake.take(table), store), reader.summary)

        def following() -> _Piece | None:
            return taken_in(next(tables, None))

        if reader.may_wait:
            # Whoever waits for input can be interrupted in the caller's thread only, and what is raised
            # meanwhile must not wait behind it.
            while (piece := self._worker.ask(partial(taken_in, next(tables, None))).result()) is not None:
                yield piece
            return
        coming = self._worker.ask(following)
        while (piece := coming.result()) is not None:
            coming = self._worker.ask(following)
            yield piece

    def _take_all(self, pieces: Iterator[_Piece], store: Store, scribe: Scribe) -> bool:
        """Take the stream up to the last border passed; False when it was stopped before its end."""
        while not self._stop.requested:
            piece = None
            with self._stop.reading():
                piece = next(pieces, None)
            if piece is None:
                break
            for _ in self._take(piece.stretches, scribe):
                if self._stop.requested:
                    break
                if time.monotonic() >= self._told_at + TELL_EVERY:
                    self._told_at = time.monotonic()
                    self._tell(piece.read, scribe.moments)
                if time.monotonic() >= self._due:
                    self._save(store, scribe)
        return not self._stop.requested

    def _take_in(self, passed: tuple[list[pa.Table], list[Stretch]], store: Store) -> list[Stretch]:
        """Have what the engine and the scribe need of these rows, before the engine sees them."""
        tables, stretches = passed
        self._enlist()
        if stretches:
            # a moment names watched subjects alone
            keep(store, tables, stretches, self._watched)
        return stretches

    def _take(self, stretches: list[Stretch], scribe: Scribe) -> Iterator[Stretch]:
        """Take stretches one after the other."""
        for stretch in stretches:
            self._introduce(stretch)
            findings = self._engine.take(stretch.batch)
            if findings:
                self._worker.give(partial(self._write, scribe, findings, self._now.circles))
            batch, now = stretch.batch, self._now
            count_in(self._contexts, batch.context)
            self._erasing.passed(batch)
            self._now = replace(
                now,
                position=batch.end,
                rows=batch.first_row + len(batch.time),
                acts=stretch.acts,
                subjects=stretch.subjects,
                watched=int(np.count_nonzero(self._watched[: stretch.subjects])),
                background=now.background + int(np.count_nonzero(batch.subject < 0)),
                first=int(batch.time[0]) if now.first is None else now.first,
                last=int(batch.time[-1]),
            )
            yield stretch

    def _write(self, scribe: Scribe, findings: list[Finding], circles: tuple[str, ...]) -> None:
        self._circles_told = circles
        scribe.write(findings)

    def _end(self, read: ReadSummary, store: Store, scribe: Scribe) -> None:
        """Save the state as at the last border passed, then take what lies behind it for the results alone.

        The rows behind it go into the state as they are: the next run takes them again, together with those
        that it brings.
        """
        before = self._before
        self._now = replace(
            self._now,
            position=self._intake.position,
            rows_read=before.rows_read + read.rows,
            repeated=before.repeated + read.repeated,
            inputs={**before.inputs, self._described(): read.rows},
        )
        known = self._tail[: _before(self._tail, before.position)]
        tail = pa.concat_tables([known, self._intake.tail()])
        self._save(store, scribe, tail[_before(tail, self._now.position - self._settings.tolerance) :])
        if self._intake.has_rest:
            for _ in self._take(self._take_in(self._intake.rest(), store), scribe):
                pass

    def _save(self, store: Store, scribe: Scribe, tail: pa.Table | None = None) -> None:
        """Have everything up to the border on disk, and what is needed to go on from there.

        Without ``tail`` the input has not come to its end: it must be given again.
        """
        self._worker.settle()
        began = time.monotonic()
        self._now = replace(self._now, lengths=scribe.lengths, oldest=scribe.oldest)
        standing = replace(self._now, unfinished=())
        if tail is None:
            standing = replace(
                self._now,
                rows_read=self._before.rows_read + self._now.rows - self._before.rows,
                unfinished=tuple(self._lasting()),
            )
            tail = self._tail[_before(self._tail, self._now.position - self._settings.tolerance) :]
        store.flush()
        scribe.sync()
        give_back()
        saved = Saved(standing, self._intake.names, self._contexts, tail)
        engine = self._engine.state()
        circle = engine["circle"]
        self._circles = len(np.unique(circle[circle >= 0]))
        write_snapshot(self._state, with_engine(saved.arrays(), engine))
        self._erasing.erase(store, min([self._engine.oldest_row, *self._now.oldest.values()]))
        self._due = time.monotonic() + SHARE * (time.monotonic() - began)

    def _enlist(self) -> None:
        """Know of every subject that has a number whether it is watched."""
        watched, names = self._settings.roster.watched, self._intake.names
        start = len(self._watched)
        if start < names.count:
            flags = np.ones(names.count - start, np.bool_)
            if watched is not None:
                flags[:] = [name in watched for name in names.texts(start, names.count)]
            self._watched = np.append(self._watched, flags)

    def _introduce(self, stretch: Stretch) -> None:
        """Announce the subjects that a stretch brings to the engine."""
        start, stop = self._now.subjects, stretch.subjects
        if start == stop:
            return
        names = self._intake.names.texts(start, stop)
        given = self._settings.roster.circles
        of = (
            [stretch.circles.get(at) for at in range(start, stop)] if given is None else map(given.get, names)
        )
        circles = [self._circle_names.number(name) for name in of]
        self._now = replace(self._now, circles=self._circle_names.names)
        self._engine.subjects(
            names, self._watched[start:stop].tolist(), circles if self._circle_names.names else None
        )

    def _check(self, standing: Standing) -> None:
        """Raise :class:`StateError` when this run cannot go on from the standing."""
        if standing.version != BUILD:
            raise StateError(
                f"{self._state} was written by Lapwing {standing.version}; this is {BUILD}.\n"
                "Go on with that version, or name a new folder and read all events again."
            )
        asked = self._settings.shaping()
        names = [name for name in asked if asked[name] != standing.parameters.get(name)]
        if names:
            differ = "; ".join(
                f"{_CALLED.get(name, name)} {_shown(name, standing.parameters.get(name), asked[name])}"
                for name in names
            )
            raise StateError(
                f"{self._out} was watched with other settings: {differ}.\n"
                "Give the same settings to go on, or name a new folder and read all events again."
            )
        given = [Path(path) for path in self._lasting()]
        missing = [
            path
            for path in standing.unfinished
            if not any(Path(path) == other or other in Path(path).parents for other in given)
        ]
        if missing:
            raise StateError(
                f"The last run on {self._out} was stopped before the end of its input.\n"
                f"Name that again, and what is new after it if you like: {' '.join(missing)}"
            )

    def _lasting(self) -> list[str]:
        """The inputs by names under which a later run may know them again."""
        if self._called is not None:
            return [self._called]
        return [path if path == "-" else str(Path(path).resolve()) for path in self._paths]

    def _described(self) -> str:
        if self._called is not None:
            return self._called
        shown = ", ".join("standard input" if path == "-" else path for path in self._paths[:3])
        return shown if len(self._paths) <= 3 else f"{shown} and {len(self._paths) - 3} more"

    def _tell(self, read: ReadSummary, moments: int) -> None:
        if self._progress is not None and self._read is not None:
            taken = self._now.rows - self._before.rows
            done = taken + read.already_taken + read.repeated + sum(read.quarantined.values())
            self._progress(RunProgress(self._read, done, self._now.position, moments))

    def _note(self, read: Progress) -> None:
        self._read = read

    def _record(self) -> RunRecord:
        now, parameters = self._now, self._settings.parameters
        reasons = _reasons(self._out / QUARANTINE)
        late = reasons.pop(fault.LATE, 0)
        counted = now.rows + now.repeated + late + sum(reasons.values())
        rows = max(now.rows_read, counted)
        watched_days = 0.0 if now.first is None or now.last is None else (now.last - now.first) / DAY
        return RunRecord(
            version=__version__,
            command=self._command,
            read=ReadRecord(
                rows=rows,
                accepted=now.rows,
                duplicates=now.repeated,
                late=late,
                already_taken=rows - counted,
                quarantined=sum(reasons.values()),
                first=now.first,
                last=now.last,
                subjects=now.subjects,
                watched=now.watched,
                background=now.background,
                contexts=different(self._contexts),
                circles=self._circles,
                files=tuple(FileRead(path, count) for path, count in now.inputs.items()),
            ),
            quarantine=QuarantineRecord(QUARANTINE, reasons),
            parameters=self._settings.shaping(),
            budget_days=parameters.budget_days,
            threshold_bits=threshold_bits(parameters.budget_days),
            days_watched=max(0.0, watched_days - parameters.training / DAY),
        )


_CALLED = {
    "budget_days": "days per false alarm",
    "watched": "the list of watched subjects",
    "circles": "the given circles",
    "vocabulary": "the vocabulary",
    "ladders": "the ladders",
    "without": "what is left out",
}


def _shown(name: str, old: object, new: object) -> str:
    if name in ("watched", "circles", "vocabulary", "ladders"):
        if old is None or new is None:
            return "was not given" if old is None else "was given"
        return "was another"
    return f"was {old} and is now {new}"


def _before(table: pa.Table, time: int) -> int:
    """How many rows of a table in order of time are older than ``time``."""
    return int(np.searchsorted(table["time"].to_numpy(), time))


def _reasons(quarantine: Path) -> dict[str, int]:
    """How many rows were set aside by all runs, by reason."""
    reasons: dict[str, int] = {}
    if quarantine.exists():
        with quarantine.open("rb") as lines:
            for line in lines:
                reason = json.loads(line)["reason"]
                reasons[reason] = reasons.get(reason, 0) + 1
    return reasons


def _replace(path: Path, text: str) -> None:
    """Write a file so that it appears whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say of an error of the system what it means for the folder."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        held = (
            "What {} held at the last snapshot is unharmed."
            if has_snapshot(folder / STATE)
            else "{} held nothing yet."
        )
        raise OutputError(
            f"{where} cannot be written: {error.strerror}.\n"
            f"{held.format(folder)} Make room or get the right to write, and run the same command again."
        ) from error
