"""The stream: many files, read piece by piece, merged by time, in an order that the cut does not change."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from lapwing.events.clock import Clock
from lapwing.events.order import canonical
from lapwing.events.parquet import ParquetEvents
from lapwing.events.quarantine import Quarantine
from lapwing.events.recent import Recent
from lapwing.events.rows import LABELS, Checker, Rows
from lapwing.events.summary import Progress, ReadSummary
from lapwing.events.text import buffers
from lapwing.events.vocabulary import Vocabulary

HOUR = 3_600_000_000
"""The default tolerance, in microseconds: exports of one platform are seldom further out of order."""

PIECE = 262_144
"""Rows read at once from a file when few files are open."""

_TABLE = 131_072
"""A table is held back until it has so many rows, so that small files do not make small tables."""


def stream(
    paths: Sequence[Path | str] | Path | str,
    *,
    vocabulary: Vocabulary | None = None,
    tolerance: int = HOUR,
    strict: bool = False,
    quarantine_path: Path | str | None = None,
    after: int | None = None,
    assume_utc: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Reader:
    """Read events as tables in the order of time. See :class:`Reader`, whose iterator this is."""
    return Reader(
        paths,
        vocabulary=vocabulary,
        tolerance=tolerance,
        strict=strict,
        quarantine_path=quarantine_path,
        after=after,
        assume_utc=assume_utc,
        progress=progress,
    )


class Reader:
    """An iterator of tables over the events of some files.

    Every table has ``time`` (int64, microseconds since 1970-01-01 UTC), ``subject`` (dictionary, null for
    background), ``kind`` (dictionary), ``context`` (large_string), ``id`` (large_string, null for none) and, when any
    file has them, ``circle``, ``source`` and ``platform`` (dictionaries). Rows ascend in time; all rows of one
    time stand in one table; ties are in canonical order (:mod:`lapwing.events.order`).

    Each file is a stream that may be out of order by ``tolerance`` microseconds: a row that is older than that
    against a row before it in the same file is *late* and goes to the quarantine. Files are merged by time,
    and opened when their time comes, so their order and number do not matter.
    """

    def __init__(
        self,
        paths: Sequence[Path | str] | Path | str,
        *,
        vocabulary: Vocabulary | None = None,
        tolerance: int = HOUR,
        strict: bool = False,
        quarantine_path: Path | str | None = None,
        after: int | None = None,
        assume_utc: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._vocabulary = Vocabulary.load() if vocabulary is None else vocabulary
        self._tolerance = tolerance
        self._after = after
        self._assume_utc = assume_utc
        self._progress = progress
        given = [paths] if isinstance(paths, Path | str) else paths
        self._files = [str(path) for path in given]
        self._quarantine = Quarantine(quarantine_path, strict=strict, resume=after is not None)
        self._recent = Recent(tolerance)
        self._open: list[_Flow] = []
        self._pending: list[Rows] = []
        self._ignored: dict[str, None] = {}
        self._labels: set[str] = set()
        self._files_done = self._rows = self._taken = self._already = self._repeated = 0
        self._bytes_done = 0
        self._first: int | None = None
        self._last: int | None = None
        self._tables = self._run()

    def __iter__(self) -> Iterator[pa.Table]:
        return self

    def __next__(self) -> pa.Table:
        return next(self._tables)

    def close(self) -> None:
        """Close every file; what was quarantined so far is written out."""
        self._tables.close()
        for flow in self._open:
            flow.close()
        self._open.clear()
        self._quarantine.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    @property
    def summary(self) -> ReadSummary:
        """What was read so far, or altogether when the iterator is exhausted."""
        return ReadSummary(
            files=len(self._files),
            files_done=self._files_done,
            rows=self._rows,
            taken=self._taken,
            already_taken=self._already,
            repeated=self._repeated,
            pending=sum(map(len, self._pending)),
            quarantined=dict(self._quarantine.counts),
            first=self._first,
            last=self._last,
            ignored_columns=tuple(sorted(self._ignored)),
            skipped_files=(),
            advice=(),
        )

    def _run(self) -> Iterator[pa.Table]:
        waiting = [(self._peek(file), at, file) for at, file in enumerate(self._files)]
        heapq.heapify(waiting)
        while waiting or self._open:
            if waiting and (not self._open or waiting[0][0] <= min(flow.floor for flow in self._open)):
                floor, _, file = heapq.heappop(waiting)
                self._open.append(_Flow(file, floor, self._events(file), self._checker(file), PIECE))
            else:
                self._advance(min(self._open, key=lambda flow: flow.floor))
            bound = min([flow.floor for flow in self._open] + [w[0] for w in waiting[:1]], default=_END)
            if bound == _END or self._ready(bound) >= _TABLE:
                yield from self._emit(bound)
        self._quarantine.flush()

    def _events(self, file: str) -> ParquetEvents:
        return ParquetEvents(file, self._vocabulary, assume_utc=self._assume_utc)

    def _checker(self, file: str) -> Checker:
        clock = Clock(file, assume_utc=self._assume_utc)
        return Checker(file, self._vocabulary, self._quarantine, clock, self._tolerance)

    def _peek(self, file: str) -> int:
        """A time that no row of the file that is not late can be older than."""
        events = self._events(file)
        try:
            self._ignored.update(dict.fromkeys(events.ignored))
            self._labels.update(events.labels)
            first = next(events.pieces(1024), None)
            if first is None:
                return _END
            raw, _ = first
            time, faults = Clock(file, assume_utc=self._assume_utc).read(raw.columns["time"], lambda row: row)
            bad = np.zeros(len(time), np.bool_)
            for rows, _ in faults:
                bad |= rows
            return int(time[np.argmin(bad)]) - self._tolerance if not bad.all() else -_END
        finally:
            events.close()

    def _advance(self, flow: _Flow) -> None:
        before = flow.rows
        rows = flow.advance()
        self._rows += flow.rows - before
        if rows is None:
            flow.close()
            self._open.remove(flow)
            self._files_done += 1
        elif len(rows):
            if np.any(rows.time[1:] < rows.time[:-1]):
                rows = rows.take(np.argsort(rows.time, kind="stable"))
            self._pending.append(rows)

    def _ready(self, bound: int) -> int:
        return sum(int(np.searchsorted(rows.time, bound)) for rows in self._pending)

    def _emit(self, bound: int) -> Iterator[pa.Table]:
        """The pending rows older than ``bound``, as one table or none."""
        ready, rest = [], []
        for rows in self._pending:
            cut = int(np.searchsorted(rows.time, bound))
            start = 0
            if self._after is not None:
                # What an earlier run has taken is only needed to recognise repeats of it.
                start = min(cut, int(np.searchsorted(rows.time, self._after - self._tolerance)))
                self._already += start
            if cut > start:
                ready.append(rows.slice(start, cut))
            if cut < len(rows):
                rest.append(rows.slice(cut, len(rows)))
        self._pending = rest
        if not ready:
            return
        rows = self._in_order(ready)
        columns = rows.columns
        repeats = self._recent.repeats(
            rows.time, columns["subject"], columns["id"], columns["kind"], columns["context"]
        )
        if self._after is not None:
            old = int(np.searchsorted(rows.time, self._after))
            self._already += old
            repeats[:old] = True
            self._repeated -= old
        if repeats.any():
            self._repeated += int(np.count_nonzero(repeats))
            rows = rows.take(np.flatnonzero(~repeats))
        if len(rows):
            self._taken += len(rows)
            self._first = int(rows.time[0]) if self._first is None else self._first
            self._last = int(rows.time[-1])
            yield self._table(rows)

    def _in_order(self, pieces: list[Rows]) -> Rows:
        pieces.sort(key=lambda rows: int(rows.time[0]))
        if len(pieces) == 1:
            rows = pieces[0]
        else:
            time = np.concatenate([rows.time for rows in pieces])
            names = ["subject", "kind", "context", "id", *sorted(self._labels)]
            columns = {
                name: pa.concat_arrays([rows.columns.get(name, _nulls(len(rows))) for rows in pieces])
                for name in names
            }
            rows = Rows(time, columns)
            if np.any(time[1:] < time[:-1]):
                rows = rows.take(np.argsort(time, kind="stable"))
        columns = rows.columns
        permutation = canonical(
            rows.time,
            columns["subject"],
            columns["id"],
            columns["kind"],
            columns["context"],
            [columns[name] for name in LABELS if name in columns],
        )
        return rows if permutation is None else rows.take(permutation)

    def _table(self, rows: Rows) -> pa.Table:
        columns = {"time": pa.array(rows.time), **rows.columns, "id": _with_nulls(rows.columns["id"])}
        for name in self._labels - columns.keys():
            columns[name] = _nulls(len(rows))
        order = ["time", "subject", "kind", "context", "id", *(n for n in LABELS if n in columns)]
        return pa.table({name: columns[name] for name in order})


_END = 2**62
"""Later than any time."""


class _Flow:
    """An open file and how far it has been read."""

    def __init__(self, file: str, floor: int, events: ParquetEvents, checker: Checker, piece: int) -> None:
        self.floor = floor
        """No row still to come is older, save late ones."""
        self.rows = 0
        self._events = events
        self._checker = checker
        self._pieces = events.pieces(piece)

    def advance(self) -> Rows | None:
        """The next rows, or None when there are no more."""
        piece = next(self._pieces, None)
        if piece is None:
            return None
        raw, _ = piece
        self.rows += len(raw.columns["time"])
        rows = self._checker.check(raw)
        self.floor = max(self.floor, self._checker.floor)
        return rows

    def close(self) -> None:
        self._events.close()


def _nulls(rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))


def _with_nulls(column: pa.Array) -> pa.Array:
    """Empty strings as nulls, without copying the text."""
    offsets, _ = buffers(column)
    some = offsets[1:] > offsets[:-1]
    if some.all():
        return column
    bitmap = pa.py_buffer(np.packbits(some, bitorder="little").tobytes())
    empty = pa.py_buffer(b"")
    _, _, data = column.buffers()
    return pa.Array.from_buffers(
        pa.large_string(), len(column), [bitmap, pa.py_buffer(offsets.tobytes()), data or empty]
    )
