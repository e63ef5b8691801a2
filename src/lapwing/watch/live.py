"""A watch that is fed: rows go in as they come, and what it has to say comes out at every border.

Where :mod:`lapwing.watch.run` reads files to their end, this takes numbered entries of a journal one after the
other, and never ends. What it says depends on the entries and their order alone, so a watch that was cut off goes
on from its snapshot: give it again what came after :attr:`Live.number`, and it says the same again.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lapwing.events.order import canonical
from lapwing.events.rows import Rows, labels
from lapwing.events.schema import SCHEMA
from lapwing.events.store import Store
from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.budget_shares import Detector
from lapwing.moments.ladder_file import load, shipped, weak_kinds
from lapwing.moments.progressions import Steps
from lapwing.watch.build import BUILD
from lapwing.watch.circle_names import CircleNames, name_of
from lapwing.watch.engine import Engine, Parameters
from lapwing.watch.error import StateError
from lapwing.watch.intake import Intake, Strata, Stretch
from lapwing.watch.names import Names
from lapwing.watch.scribe import EXHIBITS, MOMENTS, Scribe
from lapwing.watch.snapshot import of_engine, read_snapshot, with_engine, write_snapshot
from lapwing.watch.texts import Erasing, keep

SHARE = 20
"""Snapshots take at most one part in so many of the time, save those that are asked for."""


class OtherVersionError(StateError):
    """A state that another version wrote."""

    def __init__(self, folder: Path, version: str) -> None:
        super().__init__(
            f"{folder} was written by Lapwing {version}; this is {BUILD}.\n"
            "Move the folder away: the watch is then built anew from what came in."
        )
        self.version = version


@dataclass(frozen=True, slots=True)
class Statement:
    """What the watch says of one moment at a border."""

    border: int
    """Stream time, microseconds since 1970-01-01 UTC: all events before it are behind the statement."""
    place: int
    """From 0, among the statements of this border. The pair of border and place names a statement for good."""
    moment: dict[str, Any]
    """As one line of `moments.jsonl`."""
    exhibit: dict[str, Any]
    """As one line of `exhibits.jsonl`."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A border that was passed."""

    border: int
    rows: int
    """Events that were taken for it."""
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a watch stands."""

    version: str = BUILD
    number: int = 0
    """The last entry taken."""
    border: int = 0
    """Events before it are taken. Microseconds."""
    newest: int = 0
    """The time of the newest event that came in, taken or still held back."""
    rows: int = 0
    """Events taken."""
    background: int = 0
    """Of these, how many have no subject."""
    late: int = 0
    """Events that came after their border was passed, which the watch has not seen."""
    acts: int = 0
    subjects: int = 0
    first: int | None = None
    """The time of the first event taken."""
    budget_days: float = 0.0
    out: tuple[str, ...] = ()
    """Subjects that are taken out of the watch."""
    circles: tuple[str, ...] = ()
    """Names of the circles that events give, by number."""
    oldest: Mapping[str, int] = field(default_factory=dict)
    """The oldest event that each moment not closed refers to."""


class Live:
    """The watch over what comes in, with its state in ``folder``; one writer at a time.

    A border is passed when the newest event is ``tolerance`` microseconds beyond it; what comes later than that
    is late, and counted. Methods raise :class:`~lapwing.watch.error.StateError` and
    :class:`~lapwing.events.error.StoreError`.
    """

    def __init__(
        self,
        folder: Path,
        parameters: Parameters,
        vocabulary: Vocabulary,
        *,
        tolerance: int,
        without: Collection[Detector] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._tolerance = tolerance
        self._parameters = parameters
        self._strata = Strata.of(vocabulary)
        ladders = [Steps.of(load(name, vocabulary), vocabulary) for name in shipped()]
        weak = weak_kinds(vocabulary)
        arrays = read_snapshot(folder)
        if arrays is None:
            self._at = Position(budget_days=parameters.budget_days)
            names = Names()
            self._held: list[Rows] = []
            self._engine = Engine(
                parameters, sort_of=self._strata.sort_of, ladders=ladders, without=without, weak=weak
            )
        else:
            self._at = _position(arrays["position"])
            if self._at.version != BUILD:
                raise OtherVersionError(folder, self._at.version)
            names = Names.of(arrays["name_offsets"], arrays["name_data"])
            self._held = _unpacked(arrays["held"])
            self._parameters = replace(parameters, budget_days=self._at.budget_days)
            self._engine = Engine.restore(
                self._parameters,
                self._strata.sort_of,
                of_engine(arrays),
                ladders=ladders,
                without=without,
                weak=weak,
            )
        self._saved = self._at.number
        self._before = self._at.number
        self._intake = Intake(
            self._strata,
            border=parameters.border,
            tolerance=0,
            names=names,
            rows=self._at.rows,
            acts=self._at.acts,
            position=self._at.border,
        )
        self._numbers = {name: number for number, name in enumerate(names.texts(0, self._at.subjects))}
        self._circle_names = CircleNames(self._at.circles)
        self._out = set(self._at.out)
        self._store = Store(folder / "events")
        self._store.truncate_after(self._at.rows - 1)
        self._erasing = Erasing()
        self._due = time.monotonic() + _FIRST

    @property
    def position(self) -> Position:
        """Where the watch stands."""
        return self._at

    @property
    def needed(self) -> int:
        """The last entry that neither of the two snapshots kept will ask for."""
        return self._before

    @property
    def held(self) -> int:
        """Events that came in and wait for their border."""
        return sum(len(rows) for rows in self._held)

    def take(self, number: int, table: pa.Table) -> Iterator[Passed]:
        """Take in an entry of rows (:data:`~lapwing.events.schema.SCHEMA`, in any order).

        The entry is taken when the iterator has come to its end, and not before.
        """
        rows = _rows(table)
        late = rows.time < self._at.border
        if late.any():
            self._at = replace(self._at, late=self._at.late + int(np.count_nonzero(late)))
            rows = rows.take(np.flatnonzero(~late))
        if len(rows):
            self._held.append(rows)
            self._at = replace(self._at, newest=max(self._at.newest, int(rows.time.max())))
            yield from self._pass()
        self._at = replace(self._at, number=number)

    def change_roster(self, number: int, out: Collection[str], back: Collection[str]) -> None:
        """Take an entry that takes subjects out of the watch and others back into it, at once."""
        for subjects, watched in ((out, False), (back, True)):
            known = [self._numbers[name] for name in sorted(subjects) if name in self._numbers]
            if known:
                self._engine.watch_only(known, watched)
        self._out = (self._out | set(out)) - set(back)
        self._at = replace(self._at, number=number, out=tuple(sorted(self._out)))

    def change_budget(self, number: int, days: float) -> None:
        """Take an entry that changes the days for each false alarm that is accepted."""
        self._parameters = replace(self._parameters, budget_days=days)
        self._engine.parameters = self._parameters
        self._at = replace(self._at, number=number, budget_days=days)

    def save_when_due(self) -> bool:
        """Take a snapshot unless the last one is too recent for what it costs; whether one was taken."""
        if time.monotonic() < self._due or self._saved == self._at.number:
            return False
        self.save()
        return True

    def save(self) -> None:
        """Have everything taken so far on disk."""
        began = time.monotonic()
        self._store.flush()
        offsets, data = self._intake.names.arrays(self._at.subjects)
        arrays: dict[str, NDArray[Any]] = {
            "position": np.frombuffer(json.dumps(asdict(self._at)).encode(), np.uint8),
            "name_offsets": offsets,
            "name_data": data,
            "held": _packed(self._held),
        }
        write_snapshot(self._folder, with_engine(arrays, self._engine.state()))
        self._before, self._saved = self._saved, self._at.number
        self._erasing.erase(self._store, min([self._engine.oldest_row, *self._at.oldest.values()]))
        self._due = time.monotonic() + SHARE * (time.monotonic() - began)

    def close(self) -> None:
        """Let go of the folder; what was taken since the last snapshot will have to be given again."""
        self._store.close()

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    # -- borders -------------------------------------------------------------------------------------------

    def _pass(self) -> Iterator[Passed]:
        """Hand the engine what lies before the last border that is passed now."""
        border = self._parameters.border
        passed = (self._at.newest - self._tolerance) // border * border
        if passed <= self._at.border:
            return
        ready, held = [], []
        for rows in self._held:
            before = rows.time < passed
            ready += [rows.take(np.flatnonzero(before))] if before.any() else []
            held += [rows.take(np.flatnonzero(~before))] if not before.all() else []
        self._held = held
        if ready:
            table = self._watched_only(canonical(Rows.concat(ready)))
            tables, stretches = self._intake.take(table)
            more_tables, more = self._intake.rest() if self._intake.has_rest else ([], [])
            stretches = [*stretches, *more]
            keep(self._store, [*tables, *more_tables], stretches)
            for stretch in stretches:
                yield self._take(stretch)
        self._at = replace(self._at, border=passed)

    def _watched_only(self, rows: Rows) -> pa.Table:
        """The rows as a table, those of subjects that are out of the watch as background."""
        subject = rows.columns["subject"]
        if self._out:
            gone = pc.is_in(subject, value_set=pa.array(sorted(self._out), pa.string()))
            codes = pc.if_else(gone, None, subject.indices)
            subject = pa.DictionaryArray.from_arrays(codes, subject.dictionary)
        ids = pc.if_else(pc.equal(rows.columns["id"], ""), None, rows.columns["id"])
        columns = {"time": pa.array(rows.time), **rows.columns, "subject": subject, "id": ids}
        return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)

    def _take(self, stretch: Stretch) -> Passed:
        batch, at = stretch.batch, self._at
        self._introduce(stretch)
        findings = self._engine.take(batch)
        self._erasing.passed(batch)
        self._at = replace(
            self._at,
            border=batch.end,
            rows=batch.first_row + len(batch.time),
            acts=stretch.acts,
            subjects=stretch.subjects,
            background=at.background + int(np.count_nonzero(batch.subject < 0)),
            first=int(batch.time[0]) if at.first is None else at.first,
        )
        statements: tuple[Statement, ...] = ()
        if findings:
            # The scribe writes files; what they say is kept by whoever takes the statements, and not here.
            with tempfile.TemporaryDirectory(prefix="told-", dir=self._folder) as told:
                with self._scribe(Path(told)) as scribe:
                    scribe.write(findings)
                    self._at = replace(self._at, oldest=scribe.oldest)
                lines = [(Path(told) / name).read_bytes().splitlines() for name in (MOMENTS, EXHIBITS)]
            statements = tuple(
                Statement(batch.end, place, json.loads(moment), json.loads(exhibit))
                for place, (moment, exhibit) in enumerate(zip(*lines, strict=True))
            )
        return Passed(batch.end, len(batch.time), statements)

    def _scribe(self, folder: Path) -> Scribe:
        return Scribe(
            folder,
            self._store,
            name=self._intake.names.text,
            circle=lambda number: name_of(number, self._at.circles),
            threshold=math.log2(self._parameters.budget_days),
            lengths=(0, 0),
            oldest=self._at.oldest,
            kinds=self._strata.kinds,
        )

    def _introduce(self, stretch: Stretch) -> None:
        """Announce the subjects that a stretch brings to the engine."""
        start, stop = self._at.subjects, stretch.subjects
        if start == stop:
            return
        names = self._intake.names.texts(start, stop)
        self._numbers |= {name: number for number, name in enumerate(names, start)}
        of = [stretch.circles.get(number) for number in range(start, stop)]
        circles = [self._circle_names.number(name) for name in of]
        self._at = replace(self._at, circles=self._circle_names.names)
        watched = [name not in self._out for name in names]
        self._engine.subjects(names, watched, circles if self._circle_names.names else None)


_FIRST = 1.0
"""Seconds until the first snapshot."""


def _position(array: NDArray[Any]) -> Position:
    plain = json.loads(array.tobytes())
    return Position(**plain | {name: tuple(plain[name]) for name in ("out", "circles")})


def _rows(table: pa.Table) -> Rows:
    columns = {
        name: labels(table[name])
        if pa.types.is_dictionary(SCHEMA.field(name).type)
        else pc.fill_null(table[name].combine_chunks(), "")
        for name in SCHEMA.names
        if name != "time"
    }
    return Rows(table["time"].to_numpy().copy(), columns)


def _packed(held: list[Rows]) -> NDArray[np.uint8]:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for rows in held:
            table = pa.table({"time": pa.array(rows.time), **rows.columns}).select(SCHEMA.names)
            writer.write_table(table.cast(SCHEMA))
    return np.frombuffer(sink.getvalue(), np.uint8)


def _unpacked(array: NDArray[np.uint8]) -> list[Rows]:
    with pa.ipc.open_stream(pa.py_buffer(array)) as reader:
        table = reader.read_all()
    return [_rows(table)] if len(table) else []
