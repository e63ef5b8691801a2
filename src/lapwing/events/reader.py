"""The stream: many files, read piece by piece, merged by time, in an order that the cut does not change."""

from __future__ import annotations

import errno
import heapq
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from lapwing.events.advice import advice
from lapwing.events.clock import Clock
from lapwing.events.error import InputError
from lapwing.events.event_file import EventFile, open_events
from lapwing.events.inputs import Format, Input, find_inputs
from lapwing.events.order import canonical
from lapwing.events.quarantine import Quarantine
from lapwing.events.recent import Recent
from lapwing.events.rows import Checker, Rows
from lapwing.events.schema import SCHEMA
from lapwing.events.sorting import by_time
from lapwing.events.summary import Progress, ReadSummary
from lapwing.events.text import buffers
from lapwing.events.vocabulary import Vocabulary

HOUR = 3_600_000_000
"""The default tolerance, in microseconds: exports are seldom more out of order, and an hour fits memory."""

_PIECE = 262_144
"""Rows read at once from a file while few files are open."""
_OPEN_ROWS = 1_048_576
"""Rows held at once for all open files together, besides those within the tolerance."""
_TABLE = 131_072
"""A table is held back until it has so many rows, so that small files do not make small tables."""
_END = 2**62
"""Later than any time."""


def stream(
    paths: Sequence[Path | str] | Path | str,
    *,
    vocabulary: Vocabulary | None = None,
    tolerance: int = HOUR,
    strict: bool = False,
    quarantine_path: Path | str | None = None,
    after: int | None = None,
    assume_utc: bool = False,
    sort: bool = False,
    stated: Format | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Reader:
    """Read events as tables in the order of time: an iterator with a ``summary``. See :class:`Reader`."""
    return Reader(
        paths,
        vocabulary=vocabulary,
        tolerance=tolerance,
        strict=strict,
        quarantine_path=quarantine_path,
        after=after,
        assume_utc=assume_utc,
        sort=sort,
        stated=stated,
        progress=progress,
    )


class Reader:
    """An iterator of tables (:data:`~lapwing.events.schema.SCHEMA`) over the events of files, folders and
    standard input (``-``).

    Rows ascend in time; all rows of one time stand in one table; ties are in canonical order
    (:mod:`lapwing.events.order`). So the rows are the same however they are cut into files.

    Each file is a stream that may be out of order by ``tolerance`` microseconds: a row that is older than
    that against a row before it in the same file is *late* and goes to the quarantine. Files are merged by
    time and opened when their time comes, so neither their order nor their number matters. With ``sort`` no
    row is late: everything is read and sorted on disk before the first table.

    Rows with one id, subject, kind and context within the tolerance are taken once, across all files.
    Rows older than ``after`` are counted and not yielded: an earlier run has taken the stream up to there.

    Bad rows go to the file ``quarantine_path`` (when given) and are counted; with ``strict`` the first one is
    raised as :class:`BadRowError`. Every file is opened once at the beginning, so a file that cannot be read,
    lacks a column or has a forbidden one is refused (:class:`EventsError`) before the first table. ``stated``
    is the format of all inputs; without it each is told by its content. ``assume_utc`` takes times without
    offset as UTC. ``progress`` is called after every piece of input.
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
        sort: bool = False,
        stated: Format | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._inputs, self._skipped = find_inputs([paths] if isinstance(paths, Path | str) else paths)
        self._vocabulary = Vocabulary.load() if vocabulary is None else vocabulary
        self._tolerance = tolerance
        self._after = after
        self._assume_utc = assume_utc
        self._sort = sort
        self._stated = stated
        self._progress = progress
        self._quarantine = Quarantine(quarantine_path, strict=strict, resume=after is not None)
        self._recent = Recent(tolerance)
        self._open: list[_Flow] = []
        self._pending: list[Rows] = []
        self._pending_rows = 0
        self._ignored: set[str] = set()
        self._unknown: Counter[str] = Counter()
        self._files_done = self._bytes_done = 0
        self._rows = self._taken = self._already = self._repeated = self._background = 0
        self._first: int | None = None
        self._last: int | None = None
        self._tables: Generator[pa.Table, None, None] = self._run()

    def __iter__(self) -> Iterator[pa.Table]:
        return self

    def __next__(self) -> pa.Table:
        return next(self._tables)

    def close(self) -> None:
        """Close every file; what was quarantined so far is written out. Done by itself at the end."""
        self._tables.close()
        self._shut()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    @property
    def may_wait(self) -> bool:
        """Whether the next table may be long in coming: standard input and named pipes end when they like."""
        return any(source.bytes is None for source in self._inputs)

    @property
    def summary(self) -> ReadSummary:
        """What was read so far, or altogether when the iterator is exhausted."""
        summary = ReadSummary(
            files=len(self._inputs),
            files_done=self._files_done,
            rows=self._rows,
            taken=self._taken,
            background=self._background,
            already_taken=self._already,
            repeated=self._repeated,
            quarantined=dict(self._quarantine.counts),
            first=self._first,
            last=self._last,
            ignored_columns=tuple(sorted(self._ignored)),
            skipped_files=self._skipped,
            unknown_kinds=dict(self._unknown.most_common(20)),
            advice=(),
        )
        return advice(summary, sorted_already=self._sort)

    def _run(self) -> Generator[pa.Table, None, None]:
        try:
            waiting = [(self._peek(source), at, source) for at, source in enumerate(self._inputs)]
            heapq.heapify(waiting)
            if self._sort:
                yield from self._run_sorted(waiting)
                return
            while waiting or self._open:
                if waiting and (not self._open or waiting[0][0] <= min(flow.floor for flow in self._open)):
                    floor, _, source = heapq.heappop(waiting)
                    self._open.append(self._flow(source, floor))
                else:
                    rows = self._advance(min(self._open, key=lambda flow: flow.floor))
                    if rows is not None and len(rows):
                        self._hold(rows.in_order())
                bound = min([flow.floor for flow in self._open] + [w[0] for w in waiting[:1]], default=_END)
                if bound == _END or self._ready(bound, _TABLE):
                    for border in self._borders(bound):
                        yield from self._emit(border)
        finally:
            self._shut()

    def _run_sorted(self, waiting: list[tuple[int, int, Input]]) -> Iterator[pa.Table]:
        for rows in by_time(self._all_rows(waiting)):
            self._hold(rows)
            yield from self._emit(int(rows.time[-1]))
        yield from self._emit(_END)

    def _all_rows(self, waiting: list[tuple[int, int, Input]]) -> Iterator[Rows]:
        for floor, _, source in waiting:
            flow = self._flow(source, floor)
            self._open.append(flow)
            while (rows := self._advance(flow)) is not None:
                yield rows

    def _shut(self) -> None:
        for flow in self._open:
            flow.close()
        self._open.clear()
        self._quarantine.close()

    def _file(self, source: Input) -> EventFile:
        try:
            return open_events(source, self._vocabulary, stated=self._stated, assume_utc=self._assume_utc)
        except InputError as error:
            if getattr(error.__cause__, "errno", None) != errno.EMFILE:
                raise
            raise InputError(
                f"{source.name} cannot be opened: {len(self._open)} files of the same time are open already, "
                "and the system allows no more.\nRead with sort, which opens one file after the other."
            ) from error

    def _flow(self, source: Input, floor: int) -> _Flow:
        checker = Checker(
            source.name,
            self._vocabulary,
            self._quarantine,
            Clock(source.name, assume_utc=self._assume_utc),
            None if self._sort else self._tolerance,
            self._unknown,
        )
        piece = min(_PIECE, max(_OPEN_ROWS // (len(self._open) + 1), 1024))
        return _Flow(source, floor, self._file(source), checker, piece)

    def _peek(self, source: Input) -> int:
        """A time that no row of the file is older than, save late ones. Refuses what cannot be read."""
        if source.path is None or not source.path.is_file():
            return -_END  # what can be read only once is opened at once
        events = self._file(source)
        try:
            raw = next(events.pieces(1024), None)
            self._ignored.update(events.ignored)
            if raw is None:
                return _END
            time, faults = Clock(source.name, assume_utc=self._assume_utc).read(raw.columns["time"], raw.line)
            bad = np.zeros(len(time), np.bool_)
            for rows, _ in faults:
                bad |= rows
            return -_END if bad.all() else int(time[np.argmin(bad)]) - self._tolerance
        finally:
            events.close()

    def _advance(self, flow: _Flow) -> Rows | None:
        """The next rows of an open file; None at its end, when it is closed."""
        self._bytes_done -= flow.bytes_done
        rows = flow.advance()
        self._rows += flow.read
        self._bytes_done += flow.bytes_done
        self._ignored.update(flow.events.ignored)
        if rows is None:
            flow.close()
            self._open.remove(flow)
            self._files_done += 1
        if self._progress is not None:
            sizes = [source.bytes for source in self._inputs]
            self._progress(
                Progress(
                    files_done=self._files_done,
                    files=len(self._inputs),
                    bytes_done=self._bytes_done,
                    bytes_total=None if None in sizes else sum(size or 0 for size in sizes),
                    rows=self._rows,
                )
            )
        return rows

    def _hold(self, rows: Rows) -> None:
        self._pending.append(rows)
        self._pending_rows += len(rows)

    def _ready(self, bound: int, enough: int) -> bool:
        """Whether ``enough`` pending rows are older than ``bound``."""
        if self._pending_rows < enough:
            return False
        return sum(int(np.searchsorted(rows.time, bound)) for rows in self._pending) >= enough

    def _borders(self, bound: int) -> list[int]:
        """Times up to ``bound`` between which there are about :data:`_PIECE` pending rows or fewer."""
        if self._pending_rows <= 2 * _PIECE:
            return [bound]
        times = np.sort(
            np.concatenate([rows.time[: np.searchsorted(rows.time, bound)] for rows in self._pending])
        )
        return [*np.unique(times[_PIECE:-_PIECE:_PIECE]).tolist(), bound]

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
        self._pending_rows = sum(map(len, rest))
        if not ready:
            return
        ready.sort(key=lambda rows: int(rows.time[0]))
        rows = canonical(ready[0] if len(ready) == 1 else Rows.concat(ready))
        repeats = self._recent.repeats(rows)
        old = 0 if self._after is None else int(np.searchsorted(rows.time, self._after))
        self._already += old
        self._repeated += int(np.count_nonzero(repeats[old:]))
        repeats[:old] = True
        if repeats.any():
            rows = rows.take(np.flatnonzero(~repeats))
        if len(rows):
            self._taken += len(rows)
            self._background += rows.columns["subject"].null_count
            self._first = int(rows.time[0]) if self._first is None else self._first
            self._last = int(rows.time[-1])
            yield _table(rows)


class _Flow:
    """An open file and how far it has been read."""

    def __init__(self, source: Input, floor: int, events: EventFile, checker: Checker, piece: int) -> None:
        self.events = events
        self.floor = floor
        """No row still to come is older, save late ones."""
        self.read = 0
        """Rows read by the last call of :meth:`advance`, good or bad."""
        self.bytes_done = 0
        """Bytes of the file read by then."""
        self._checker = checker
        self._pieces = events.pieces(piece)

    def advance(self) -> Rows | None:
        """The next rows, or None when there are no more."""
        self.read = 0
        raw = next(self._pieces, None)
        self.bytes_done = self.events.bytes_done
        if raw is None:
            return None
        self.read = len(raw) + len(raw.broken)
        rows = self._checker.check(raw)
        self.floor = max(self.floor, self._checker.floor)
        return rows

    def close(self) -> None:
        self.events.close()


def _table(rows: Rows) -> pa.Table:
    columns = {"time": pa.array(rows.time), **rows.columns, "id": _with_nulls(rows.columns["id"])}
    return pa.Table.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _with_nulls(column: pa.Array) -> pa.Array:
    """Empty strings as nulls, without copying the text."""
    offsets, _ = buffers(column)
    some = offsets[1:] > offsets[:-1]
    if some.all():
        return column
    bitmap = pa.py_buffer(np.packbits(some, bitorder="little").tobytes())
    data = column.buffers()[2] or pa.py_buffer(b"")
    return pa.Array.from_buffers(
        pa.large_string(), len(column), [bitmap, pa.py_buffer(offsets.tobytes()), data]
    )
