"""From the columns of a file to checked rows: time in microseconds, text that is safe, known kinds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from lapwing.events import fault
from lapwing.events.clock import Clock
from lapwing.events.error import ColumnError, ForbiddenError
from lapwing.events.quarantine import Quarantine
from lapwing.events.schema import LABEL, LABELS, OPTIONAL, REQUIRED
from lapwing.events.text import (
    CONTROL,
    DIRECTION,
    EMPTY,
    NOT_UTF8,
    TOO_LONG,
    buffers,
    codes_of,
    is_text,
    mix,
    plain,
    text,
    verdicts,
)
from lapwing.events.vocabulary import Forbidden, Vocabulary

Found = tuple[str, npt.NDArray[np.bool_], str]
"""A column, the rows in which it is bad, and why."""

_TEXT_FAULTS = {
    TOO_LONG: fault.TOO_LONG,
    CONTROL: fault.CONTROL,
    DIRECTION: fault.DIRECTION,
    NOT_UTF8: fault.NOT_UTF8,
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no row at all."""

    line: int
    why: str
    value: str | None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class RawRows:
    """Rows as they stand in a file."""

    columns: dict[str, Any]
    """Arrow arrays by column name, of whatever type the file has."""
    lines: npt.NDArray[np.int64] | int
    """Line of every row, or the line of the first when the others follow it one by one."""
    broken: tuple[Broken, ...] = ()
    """Lines between them that are no rows."""

    def __len__(self) -> int:
        return len(self.columns["time"])

    def line(self, row: int) -> int:
        """The line of a row."""
        return self.lines + row if isinstance(self.lines, int) else int(self.lines[row])


@dataclass(frozen=True, slots=True)
class Rows:
    """Checked rows in the order of the file."""

    time: npt.NDArray[np.int64]
    """Microseconds since 1970-01-01 UTC."""
    columns: dict[str, pa.Array]
    """``subject``, ``kind`` and labels as dictionary arrays (null for none); ``context`` and ``id`` as
    ``large_string`` without nulls, where the empty id stands for none."""

    def __post_init__(self) -> None:
        # Like the views of Arrow's buffers, so that kernels are compiled for one sort of array.
        self.time.setflags(write=False)

    def __len__(self) -> int:
        return len(self.time)

    def slice(self, start: int, stop: int) -> Rows:
        """Rows ``start`` to ``stop``, without copying."""
        columns = {name: column.slice(start, stop - start) for name, column in self.columns.items()}
        return Rows(self.time[start:stop], columns)

    def take(self, indices: npt.NDArray[Any]) -> Rows:
        """The rows at ``indices``, in that order."""
        at = pa.array(indices)
        return Rows(self.time[indices], {name: column.take(at) for name, column in self.columns.items()})

    def in_order(self) -> Rows:
        """The same rows ascending in time; equal times keep their order."""
        if np.any(self.time[1:] < self.time[:-1]):
            return self.take(np.argsort(self.time, kind="stable"))
        return self

    @classmethod
    def concat(cls, pieces: list[Rows]) -> Rows:
        """Pieces one after the other."""
        return cls(
            np.concatenate([rows.time for rows in pieces]),
            {name: pa.concat_arrays([rows.columns[name] for rows in pieces]) for name in pieces[0].columns},
        )

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> Rows:
        """Rows from a batch with the columns of :attr:`columns` and ``time``, each of any text type."""
        columns = {
            name: plain(batch[name]) if name in ("context", "id") else labels(batch[name])
            for name in batch.schema.names
            if name != "time"
        }
        return cls(np.asarray(batch["time"]), columns)


class Checker:
    """Checks the rows of one file; what it has learnt of the file (how it tells time) lasts as long.

    Without ``tolerance`` (microseconds) no row is late. Kinds that are not known are counted in ``unknown``.
    """

    def __init__(
        self,
        file: str,
        vocabulary: Vocabulary,
        quarantine: Quarantine,
        clock: Clock,
        tolerance: int | None,
        unknown: Counter[str],
    ) -> None:
        self._file = file
        self._vocabulary = vocabulary
        self._quarantine = quarantine
        self._clock = clock
        self._tolerance = tolerance
        self._unknown = unknown
        self._sorts = np.zeros(4096, np.uint64)
        self._newest = -(2**62)

    @property
    def floor(self) -> int:
        """No row still to come is older, save late ones: the newest time so far less the tolerance."""
        return self._newest - (self._tolerance or 0)

    def check(self, raw: RawRows) -> Rows:
        """The rows that are sound and not late; the others go to the quarantine.

        Raises :class:`ForbiddenError`, :class:`TimeError` and, when reading is strict, :class:`BadRowError`.
        """
        time, faults = self._clock.read(raw.columns["time"], raw.line)
        columns: dict[str, pa.Array] = {}
        found: list[Found] = [("time", bad, why) for bad, why in faults]
        for name in ("subject", "kind", *LABELS):
            columns[name], wrong = (
                self._labels(name, raw) if name in raw.columns else (_nothing(len(raw)), [])
            )
            found += wrong
        for name in ("context", "id"):
            columns[name], wrong = self._texts(name, raw) if name in raw.columns else (_empty(len(raw)), [])
            found += wrong
        sound = np.ones(len(time), np.bool_)
        for name, bad, _ in found:
            if name == "time":
                sound &= ~bad
        late = self._late(time, sound)  # a row that is bad otherwise still tells how late it is
        if late is not None:
            found.append(("time", late, fault.LATE))
        for _, bad, _ in found:
            sound &= ~bad
        rows = Rows(time, columns)
        if found or raw.broken:
            self._set_aside(raw, found)
        return rows if sound.all() else rows.take(np.flatnonzero(sound))

    def _late(
        self, time: npt.NDArray[np.int64], sound: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_] | None:
        """Rows with a readable time that came more than the tolerance after a newer one; None for none."""
        if not sound.any():
            return None
        newest = np.maximum.accumulate(np.where(sound, time, self._newest))
        np.maximum(newest, self._newest, out=newest)
        self._newest = int(newest[-1])
        if self._tolerance is None:
            return None
        late = sound & (time < newest - self._tolerance)
        return late if late.any() else None

    def _labels(self, name: str, raw: RawRows) -> tuple[pa.DictionaryArray, list[Found]]:
        column = labels(raw.columns[name])
        codes = codes_of(column)
        values = column.dictionary
        marks = verdicts(plain(values))
        found = []
        if np.any(marks == EMPTY):
            column = pa.DictionaryArray.from_arrays(
                pa.array(codes, mask=(codes < 0) | (np.append(marks, EMPTY)[codes] == EMPTY)), values
            )
            codes = codes_of(column)
        if name == "kind" and np.any(codes < 0):
            found.append((name, codes < 0, fault.MISSING))
        for mark, why in _TEXT_FAULTS.items():
            if np.any(marks == mark):
                rows = np.append(marks, EMPTY)[codes] == mark
                if rows.any():
                    found.append((name, rows, why))
                # What is no text must not stay behind in the dictionary.
                values = pc.if_else(pa.array(marks == mark), "", values)
                column = pa.DictionaryArray.from_arrays(column.indices, values)
        if name in ("kind", "source"):
            sound = [i for i in range(len(values)) if marks[i] == 0]
            unknown = [i for i in sound if not self._may_be(name, values[i].as_py(), codes, i, raw)]
            rows = np.isin(codes, unknown)
            if rows.any():
                found.append((name, rows, fault.UNKNOWN_KIND))
                for code in unknown:
                    self._unknown[values[code].as_py()] += int(np.count_nonzero(codes == code))
        return column, found

    def _may_be(self, name: str, value: str, codes: npt.NDArray[np.int32], code: int, raw: RawRows) -> bool:
        """Whether a kind is known (any source may be); raises when it is forbidden and a row has it."""
        if name == "kind" and value in self._vocabulary.kinds:
            return True
        entry = self._vocabulary.why_forbidden(value)
        if entry is not None:
            at = np.flatnonzero(codes == code)
            if len(at):
                raise forbidden(self._file, name, value, entry, raw.line(int(at[0])))
        return name != "kind"

    def _texts(self, name: str, raw: RawRows) -> tuple[pa.Array, list[Found]]:
        column = plain(raw.columns[name])
        marks = verdicts(column)
        found = []
        if marks.any():
            if name == "context" and np.any(marks == EMPTY):
                found.append((name, marks == EMPTY, fault.MISSING))
            found += [
                (name, marks == mark, why) for mark, why in _TEXT_FAULTS.items() if np.any(marks == mark)
            ]
        if name == "context":
            self._check_sorts(column, marks, raw)
        return column, found

    def _check_sorts(self, column: pa.Array, marks: npt.NDArray[np.uint8], raw: RawRows) -> None:
        """Raise when the sort of a context (the name before its first ':') is forbidden."""
        for row in _new_sorts(*buffers(column), marks, self._sorts):
            sort = column[int(row)].as_py().split(":", 1)[0]
            entry = None if sort in self._vocabulary.contexts else self._vocabulary.why_forbidden(sort)
            if entry is not None:
                raise forbidden(self._file, "context", sort + ":", entry, raw.line(int(row)))

    def _set_aside(self, raw: RawRows, found: list[Found]) -> None:
        """Put bad rows into the quarantine by line, each with the first thing that is wrong with it."""
        bad = {broken.line: broken for broken in raw.broken}
        for column, rows, why in found:
            for row in np.flatnonzero(rows):
                line = raw.line(int(row))
                if line not in bad:
                    bad[line] = Broken(line, why, shown(raw.columns[column], int(row)), column)
        for line in sorted(bad):
            self._quarantine.add(self._file, line, bad[line].why, bad[line].column, bad[line].value)


def labels(column: Any) -> pa.DictionaryArray:
    """A column as one dictionary array of ``string`` with ``int32`` codes."""
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
        column = column.combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = text(column).dictionary_encode()
    if column.type != LABEL:
        values = plain(column.dictionary).cast(pa.string())
        column = pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), values)
    return column


def shown(column: Any, row: int) -> str | None:
    """A bad value as text for a person; None when there is none."""
    scalar = column[row]
    if isinstance(scalar, pa.DictionaryScalar):
        scalar = scalar.value
    if not scalar.is_valid:
        return None
    if is_text(scalar.type):
        return bytes(scalar.as_buffer()).decode("utf-8", "backslashreplace")
    return str(scalar.cast(pa.string()).as_py())


def forbidden(file: str, what: str, value: str, entry: Forbidden, line: int | None) -> ForbiddenError:
    """The refusal of a file because of a column (``what`` is ``column``), kind, context sort or source."""
    where = file if line is None else f"{file}, line {line}"
    return ForbiddenError(
        f"{where}: {what} {value!r} is refused: {entry.reason} ({entry.rule}; {entry.ground}).\n"
        "The file is refused whole. Take this out of the data before handing the file in."
    )


def check_columns(file: str, names: list[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Names of columns that are not part of an event.

    Raises :class:`ColumnError` when a required column is missing or any stands twice, and
    :class:`ForbiddenError` when one is forbidden.
    """
    for name in names:
        entry = None if name in REQUIRED + OPTIONAL else vocabulary.why_forbidden(name)
        if entry is not None:
            raise forbidden(file, "column", name, entry, None)
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ColumnError(
            f"{file}: no column {', '.join(missing)}; found {', '.join(names) or 'none'}.\n"
            "Events need time, subject (may be empty), kind and context, in lower case; rename the columns."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ColumnError(
            f"{file}: column {' and column '.join(twice)} stands there more than once.\n"
            "Keep one of them in the file."
        )
    return tuple(name for name in names if name not in REQUIRED + OPTIONAL)


def _nothing(rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))


def _empty(rows: int) -> pa.Array:
    zeros = pa.py_buffer(bytes(8 * (rows + 1)))
    return pa.Array.from_buffers(pa.large_string(), rows, [None, zeros, pa.py_buffer(b"")])


@njit(cache=True, nogil=True)
def _new_sorts(offsets, data, marks, seen):  # type: ignore[no-untyped-def]
    """Rows whose sort was not seen lately: ``seen`` keeps one hash in each of its slots."""
    new = list(range(0))  # so that the compiler knows what it will hold
    for row in range(len(offsets) - 1):
        if marks[row]:
            continue
        at, end = offsets[row], offsets[row + 1]
        stop = min(end, at + 64)  # no name is longer
        letter = data[at] | 32
        if letter < 97 or letter > 122:
            continue  # a number, say: no name
        h = np.uint64(0xCBF29CE484222325)
        while at < stop and data[at] != 58:
            h = (h ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
            at += 1
        if at == stop:
            continue
        slot = np.int64(mix(h) & np.uint64(len(seen) - 1))
        if seen[slot] != h:
            seen[slot] = h
            new.append(row)
    return np.array(new, np.int64)
