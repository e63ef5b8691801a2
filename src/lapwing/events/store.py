"""The event store: accepted rows on disk, found again by their number."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lapwing.events.error import StoreError
from lapwing.events.schema import LABELS, SCHEMA

STORED = pa.schema([pa.field("seq", pa.int64(), nullable=False), *SCHEMA])
"""Of every table that goes in and comes out: the events and ``seq``, their number in the stream."""

SEGMENT = 262_144
"""Rows of a full segment."""
_GROUP = 2048
"""Rows that are unpacked to find one of them."""
_PLAIN = pa.schema([f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f for f in STORED])
"""Of every file. A dictionary in memory holds the values of the whole stream, and Parquet would write all of
them with every group of rows; from plain text it makes one of the values that the group has."""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of rows that is complete."""

    file: str
    rows: int
    first: int
    """Smallest ``seq``."""
    last: int
    """Largest ``seq``."""
    oldest: int
    """Smallest ``time``."""
    newest: int
    """Largest ``time``."""


class Store:
    """An append-only store of events in a folder, one writer at a time.

    Rows are appended in the order of ``seq``, kept in memory until there are :data:`SEGMENT` of them, and
    written to Parquet files by a thread of their own. A file counts once ``manifest.json`` names it, and that
    is replaced in one step after the file is on disk; so a process that dies leaves a store that can be read,
    without the rows since the last :meth:`flush` or full segment.

    Methods raise :class:`StoreError` when the folder cannot be read or written, or is of another version.
    """

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)
        self._segments: list[Segment] = []
        self._next = 0
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="lapwing-store")
        self._writing: Future[None] | None = None
        self._open()
        self._last = self._segments[-1].last if self._segments else -1

    @property
    def last_seq(self) -> int:
        """The largest ``seq`` of the store, -1 when it is empty."""
        return self._last

    @property
    def row_count(self) -> int:
        """Rows in the store, those in memory included."""
        self._wait()
        return sum(segment.rows for segment in self._segments) + self._waiting_rows

    def append(self, table: pa.Table) -> None:
        """Take in rows with the columns of :data:`STORED`, ``seq`` ascending and above :attr:`last_seq`.

        Raises ``ValueError`` when it is not. Writing goes on in the background; what fails there is raised by
        the next call.
        """
        if not len(table):
            return
        table = table.select(STORED.names).cast(STORED)
        seq = table["seq"].to_numpy()
        if seq[0] <= self._last or np.any(seq[1:] <= seq[:-1]):
            raise ValueError(f"seq must ascend and be above {self._last}")
        self._last = int(seq[-1])
        self._waiting.append(table)
        self._waiting_rows += len(table)
        while self._waiting_rows >= SEGMENT:
            waiting = pa.concat_tables(self._waiting)
            self._hand_over(waiting[:SEGMENT])
            self._waiting = [waiting[SEGMENT:]] if len(waiting) > SEGMENT else []
            self._waiting_rows = len(waiting) - SEGMENT

    def flush(self) -> None:
        """Return when everything appended is on disk."""
        if self._waiting:
            self._hand_over(pa.concat_tables(self._waiting))
            self._waiting, self._waiting_rows = [], 0
        self._wait()

    def rows(
        self, seqs: Iterable[int] | npt.NDArray[np.int64], columns: Sequence[str] = tuple(STORED.names)
    ) -> pa.Table:
        """These columns, ``seq`` always among them, of the rows with these numbers, ascending in ``seq``; a number that
        is not there gives no row."""
        self._wait()
        wanted = np.unique(np.fromiter(seqs, np.int64))
        columns = [name for name in STORED.names if name == "seq" or name in columns]
        plain, stored = (pa.schema([schema.field(name) for name in columns]) for schema in (_PLAIN, STORED))
        found = [plain.empty_table()]
        with self._told("read"):
            for segment in self._segments:
                here = wanted[
                    np.searchsorted(wanted, segment.first) : np.searchsorted(wanted, segment.last + 1)
                ]
                if len(here):
                    found += _rows_of(self._folder / segment.file, here, columns)
        found += [_those(table.select(columns), wanted).cast(plain) for table in self._waiting]
        return pa.concat_tables(found).combine_chunks().cast(stored)

    def expire(self, before: int) -> int:
        """Erase rows whose ``time`` is less than ``before`` (microseconds); returns how many were erased."""
        return self._keep("time", before, None)

    def truncate_after(self, seq: int) -> int:
        """Forget every row whose ``seq`` is greater; returns how many were forgotten."""
        erased = self._keep("seq", None, seq)
        self._last = min(self._last, seq)
        return erased

    def close(self) -> None:
        """Flush and end the writing thread."""
        try:
            self.flush()
        finally:
            self._writer.shutdown()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self._writer.shutdown(cancel_futures=True)

    def _keep(self, column: str, least: int | None, most: int | None) -> int:
        """Keep the rows whose value lies between ``least`` and ``most``, and count the others."""
        self._wait()
        before = self.row_count
        kept: list[Segment] = []
        with self._told("written"):
            for segment in self._segments:
                low, high = (
                    (segment.oldest, segment.newest) if column == "time" else (segment.first, segment.last)
                )
                if (least is not None and high < least) or (most is not None and low > most):
                    continue
                if (least is None or low >= least) and (most is None or high <= most):
                    kept.append(segment)
                    continue
                table = _between(_all_of(self._folder / segment.file), column, least, most)
                if len(table):
                    kept.append(self._write_segment(table))
            if kept != self._segments:
                self._publish(kept)
        self._waiting = [t for t in (_between(t, column, least, most) for t in self._waiting) if len(t)]
        self._waiting_rows = sum(map(len, self._waiting))
        return before - self.row_count

    def _hand_over(self, table: pa.Table) -> None:
        self._wait()
        self._writing = self._writer.submit(self._write, table)

    def _wait(self) -> None:
        """Wait for the writing thread, and raise what went wrong there."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _write(self, table: pa.Table) -> None:
        with self._told("written"):
            segments = list(self._segments)
            # Small segments are joined so that their number stays small: each is more than twice the next.
            while (
                segments and segments[-1].rows <= 2 * len(table) and segments[-1].rows + len(table) <= SEGMENT
            ):
                before = _all_of(self._folder / segments.pop().file)
                table = pa.concat_tables([before, table.cast(_PLAIN)])
            self._publish([*segments, self._write_segment(table)])

    def _write_segment(self, table: pa.Table) -> Segment:
        name = f"segment-{self._next:08d}.parquet"
        self._next += 1
        table = table.cast(_PLAIN)
        with (self._folder / name).open("wb") as file:
            pq.write_table(
                table,
                file,
                row_group_size=_GROUP,
                compression="zstd",
                compression_level=1,
                use_dictionary=["subject", "kind", *LABELS],
                write_statistics=["seq"],
            )
            file.flush()
            os.fsync(file.fileno())
        seq, time = table["seq"].to_numpy(), table["time"].to_numpy()
        return Segment(name, len(table), int(seq[0]), int(seq[-1]), int(time.min()), int(time.max()))

    def _publish(self, segments: list[Segment]) -> None:
        """Make these the segments of the store, in one step, and remove the files of the others."""
        manifest = {"format": _FORMAT, "next": self._next, "segments": [asdict(s) for s in segments]}
        new = self._folder / "manifest.json.new"
        with new.open("w", encoding="utf-8") as file:
            json.dump(manifest, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / "manifest.json")
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        gone = {segment.file for segment in self._segments} - {segment.file for segment in segments}
        self._segments = segments
        for name in gone:
            (self._folder / name).unlink(missing_ok=True)

    def _open(self) -> None:
        with self._told("opened"):
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / "manifest.json"
            if path.exists():
                try:
                    manifest = json.loads(path.read_text("utf-8"))
                    version = manifest["format"]
                except (ValueError, KeyError, TypeError) as error:
                    raise StoreError(
                        f"{path} is damaged: {error}.\n"
                        "Remove the folder and read the events again, or bring it back from a backup."
                    ) from error
                if version != _FORMAT:
                    raise StoreError(
                        f"{path} is of format {version}; this version of Lapwing reads format {_FORMAT}.\n"
                        "Use the version that wrote it, or remove the folder and read the events again."
                    )
                self._segments = [Segment(**segment) for segment in manifest["segments"]]
                self._next = manifest["next"]
            # What a process left that died between writing a file and naming it.
            known = {segment.file for segment in self._segments}
            for file in self._folder.glob("segment-*.parquet"):
                if file.name not in known:
                    file.unlink()
            missing = [name for name in sorted(known) if not (self._folder / name).exists()]
            if missing:
                raise StoreError(
                    f"{self._folder} lacks {missing[0]}, which its manifest names.\n"
                    "Remove the folder and read the events again, or bring it back from a backup."
                )

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise StoreError(
                f"The event store {self._folder} cannot be {what}: {error}.\n"
                "What was flushed before is unharmed. Check that the disk has room and may be written."
            ) from error


def _all_of(file: Path) -> pa.Table:
    with pq.ParquetFile(file) as parquet:
        return parquet.read()


def _rows_of(file: Path, seqs: npt.NDArray[np.int64], columns: Sequence[str]) -> list[pa.Table]:
    """The rows of one segment with these numbers, unpacking only the groups that hold them."""
    found: list[pa.Table] = []
    with pq.ParquetFile(file) as parquet:
        column = parquet.metadata.schema.names.index("seq")
        lasts = [
            parquet.metadata.row_group(group).column(column).statistics.max
            for group in range(parquet.metadata.num_row_groups)
        ]
        groups = np.searchsorted(lasts, seqs)
        found += [
            # One group is too little to be worth sharing among threads.
            _those(
                parquet.read_row_group(int(group), columns=columns, use_threads=False),
                seqs[groups == group],
            )
            for group in np.unique(groups)
        ]
    return found


def _those(table: pa.Table, seqs: npt.NDArray[np.int64]) -> pa.Table:
    """The rows of a table, which ascends in ``seq``, with these numbers, which ascend as well."""
    seq = table["seq"].to_numpy()
    at = np.searchsorted(seq, seqs)
    inside = at < len(seq)
    at = at[inside]
    return table.take(at[seq[at] == seqs[inside]])


def _between(table: pa.Table, column: str, least: int | None, most: int | None) -> pa.Table:
    if least is not None:
        table = table.filter(pc.greater_equal(table[column], least))
    return table if most is None else table.filter(pc.less_equal(table[column], most))
