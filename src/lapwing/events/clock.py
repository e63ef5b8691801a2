"""How a file tells time, learnt from its first rows and held to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from lapwing.events import fault
from lapwing.events.error import TimeError
from lapwing.events.text import buffers, is_text, plain

EARLIEST = 315_532_800_000_000
"""1980-01-01 UTC in microseconds; an earlier time is a mistake and goes to the quarantine."""
LATEST = 4_102_444_800_000_000
"""2100-01-01 UTC in microseconds; a time from here on would make everything after it late."""

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Faults = list[tuple[Flags, str]]
Line = Callable[[int], int]

_PER_SECOND = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
_ARROW_UNIT = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_DATES = "dates"


class Clock:
    """Reads the times of one file.

    A time is RFC 3339 text (``2026-01-31T12:00:00Z``, any offset, up to nine decimals of which six are kept,
    seconds may be left out) or a number since 1970-01-01 UTC. Numbers may be seconds, milliseconds,
    microseconds or nanoseconds: between 1980 and 2100 they differ by size alone (3e8 to 4e9, 3e11 to 4e12,
    and so on). A file must keep to text or to one unit of numbers.
    """

    def __init__(self, file: str, *, assume_utc: bool) -> None:
        self._file = file
        self._assume_utc = assume_utc
        self._form: str | None = None
        self._form_line = 0

    def read(self, column: Any, line: Line) -> tuple[Longs, Faults]:
        """Microseconds since 1970-01-01 UTC, and which rows have no such time and why.

        ``line`` gives the line of a row. Raises :class:`TimeError` when the file mixes forms, when its
        numbers fit no unit, and when its first times have no offset from UTC and none is assumed.
        """
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if pa.types.is_timestamp(column.type):
            return self._timestamps(column)
        if is_text(column.type):
            return self._texts(plain(column), line)
        return self._numbers(column, line)

    def _timestamps(self, column: pa.Array) -> tuple[Longs, Faults]:
        per_second = _PER_SECOND[_ARROW_UNIT[column.type.unit]]
        faults: Faults = []
        missing = np.asarray(column.is_null())
        values = np.asarray(column.cast(pa.int64()).fill_null(0))
        time = values // (per_second // 10**6) if per_second > 10**6 else _scaled(values, 10**6 // per_second)
        if missing.any():
            faults.append((missing, fault.NO_TIME))
        strange = ((time < EARLIEST) | (time >= LATEST)) & ~missing
        if strange.any():
            faults.append((strange, fault.STRANGE_TIME))
        return time, faults

    def _numbers(self, column: pa.Array, line: Line) -> tuple[Longs, Faults]:
        faults: Faults = []
        missing = np.asarray(column.is_null())
        values = np.asarray(column.fill_null(0))
        if values.dtype.kind == "f":
            missing |= np.isnan(values)
            values = np.where(missing, 0, values)
            # Above 2**53 a float has lost digits, so nanoseconds with a fraction are nobody's clock.
            known = {u: n for u, n in _PER_SECOND.items() if u != "nanoseconds"}
            whole, part = np.floor(np.clip(values, -1, 2.0**53)), np.zeros(len(values), np.int64)
            part = np.rint((np.clip(values, -1, 2.0**53) - whole) * 10**6).astype(np.int64)
            values = whole.astype(np.int64)
        else:
            known = _PER_SECOND
            values = values.astype(np.int64)
            part = np.zeros(len(values), np.int64)
        if missing.any():
            faults.append((missing, fault.NO_TIME))
        time, placed = self._place(values, part, ~missing, known, line)
        strange = ~placed & ~missing
        if strange.any():
            faults.append((strange, fault.STRANGE_TIME))
        return time, faults

    def _texts(self, column: pa.Array, line: Line) -> tuple[Longs, Faults]:
        time, part, form = _parse(*buffers(column))
        faults: Faults = [
            (form == code, why)
            for code, why in (
                (_EMPTY, fault.NO_TIME),
                (_BAD, fault.UNREADABLE_TIME),
                (_DATE, fault.PLAIN_DATE),
            )
            if np.any(form == code)
        ]
        numbers = form == _NUMBER
        naive = form == _NAIVE
        dates = (form == _ZONED) | (naive & self._assume_utc)
        strange = (dates | naive) & ((time < EARLIEST) | (time >= LATEST))
        if strange.any():
            faults.append((strange, fault.STRANGE_TIME))
            dates, naive = dates & ~strange, naive & ~strange
        self._meet(_DATES, dates, line, before=_first(numbers))
        if not self._assume_utc and naive.any():
            at = _first(naive)
            if self._form is None and at < _first(numbers):
                raise TimeError(
                    f"{self._file}, line {line(at)}: time {column[at].as_py()!r} has no offset from "
                    "UTC, so it may mean any hour of the day.\n"
                    "Write times like 2026-01-31T12:00:00Z or with an offset like +01:00, or, when you know "
                    "that they are UTC, read with assume_utc."
                )
            faults.append((naive, fault.NAIVE_TIME))
        if numbers.any():
            placed_time, placed = self._place(time, part, numbers, _PER_SECOND, line)
            time = np.where(numbers, placed_time, time)
            if not placed[numbers].all():
                faults.append((numbers & ~placed, fault.STRANGE_TIME))
        self._meet(_DATES, dates, line)
        return time, faults

    def _place(
        self, whole: Longs, part: Longs, which: Flags, known: dict[str, int], line: Line
    ) -> tuple[Longs, Flags]:
        """Numbers (``whole``, millionths ``part``) of the rows ``which`` as microseconds, by their size."""
        time = np.full(len(whole), EARLIEST, np.int64)
        placed = np.zeros(len(whole), np.bool_)
        units = []
        for unit, per_second in known.items():
            low, high = EARLIEST // 10**6 * per_second, LATEST // 10**6 * per_second
            here = (whole >= low) & (whole < high) & which
            if here.any():
                units.append((_first(here), unit, here))
                if per_second > 10**6:
                    time[here] = whole[here] // (per_second // 10**6)
                else:
                    time[here] = whole[here] * (10**6 // per_second) + part[here] // per_second
                placed |= here
        for _, unit, here in sorted(units, key=lambda found: found[0]):
            self._meet(unit, here, line)
        if self._form is None and which.any() and not placed.any():
            at = _first(which)
            raise TimeError(
                f"{self._file}, line {line(at)}: time {whole[at]} fits no unit: as seconds, milliseconds, "
                "microseconds and nanoseconds since 1970 alike it is outside 1980 to 2100.\n"
                "Convert the column to one of these, or to text like 2026-01-31T12:00:00Z."
            )
        return time, placed

    def _meet(self, form: str, rows: Flags, line: Line, before: int | None = None) -> None:
        """Hold the file to the form of its first readable row; ``before`` a row that has another form."""
        at = _first(rows)
        if at == len(rows) or (before is not None and self._form is None and before < at):
            return
        if self._form is None:
            self._form, self._form_line = form, line(at)
        if self._form != form:
            raise TimeError(
                f"{self._file}, line {line(at)}: time is given as {_said(form)}, but as "
                f"{_said(self._form)} in line {self._form_line}.\n"
                "A file must keep to one form: convert the column, or split the file."
            )


def _first(rows: Flags) -> int:
    """Position of the first true value, or the length when there is none."""
    return int(np.argmax(rows)) if rows.any() else len(rows)


def _said(form: str) -> str:
    return "a date and time" if form == _DATES else f"{form} since 1970"


def _scaled(values: Longs, factor: int) -> Longs:
    """``values * factor`` without overflow: what would overflow is out of range anyhow."""
    return np.clip(values, -(2**62) // factor, 2**62 // factor) * factor


_BAD, _EMPTY, _DATE, _NAIVE, _ZONED, _NUMBER = range(6)


@njit(cache=True, nogil=True)
def _digits(data, at, count):  # type: ignore[no-untyped-def]
    """``count`` digits as a number, or -1."""
    value = np.int64(0)
    for i in range(at, at + count):
        digit = np.int64(data[i]) - 48
        if digit < 0 or digit > 9:
            return np.int64(-1)
        value = value * 10 + digit
    return value


@njit(cache=True, nogil=True)
def _parse(offsets, data):  # type: ignore[no-untyped-def]
    """Times in text. For dates the first array is microseconds since 1970 (UTC, or local when naive); for
    numbers it is the whole part and the second the millionths. The third array is the form.
    """
    n = len(offsets) - 1
    out, parts, forms = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.uint8)
    for row in range(n):
        at, end = offsets[row], offsets[row + 1]
        if at == end:
            forms[row] = 1
            continue
        if end - at < 10 or data[at + 4] != 45:
            # A number: at most 19 digits, and a fraction.
            value, size = np.int64(0), np.int64(0)
            while at < end and 48 <= data[at] <= 57 and size < 19:
                value = value * 10 + (np.int64(data[at]) - 48)
                at += 1
                size += 1
            if size == 0 or value < 0:
                continue
            part, scale = np.int64(0), np.int64(100_000)
            if at < end and data[at] == 46:
                at += 1
                if at == end:
                    continue
                while at < end and 48 <= data[at] <= 57:
                    part += (np.int64(data[at]) - 48) * scale
                    scale = np.int64(scale // 10)
                    at += 1
            if at == end:
                out[row], parts[row], forms[row] = value, part, 5
            continue
        year, month, day = _digits(data, at, 4), _digits(data, at + 5, 2), _digits(data, at + 8, 2)
        if data[at + 7] != 45 or year < 1 or month < 1 or month > 12 or day < 1:
            continue
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        last = 31
        if month == 2:
            last = 29 if leap else 28
        elif month == 4 or month == 6 or month == 9 or month == 11:
            last = 30
        if day > last:
            continue
        at += 10
        if at == end:
            forms[row] = 2
            continue
        if end - at < 6 or (data[at] != 84 and data[at] != 116 and data[at] != 32) or data[at + 3] != 58:
            continue
        hour, minute, second, micro = (
            _digits(data, at + 1, 2),
            _digits(data, at + 4, 2),
            np.int64(0),
            np.int64(0),
        )
        if hour < 0 or hour > 23 or minute < 0 or minute > 59:
            continue
        at += 6
        if end - at >= 3 and data[at] == 58:
            second = _digits(data, at + 1, 2)
            if second < 0 or second > 60:
                continue
            if second == 60:  # a leap second, which the count since 1970 does not have
                second, micro = np.int64(59), np.int64(999_999)
            at += 3
            if at < end and data[at] == 46:
                at += 1
                scale, size, fraction = np.int64(100_000), np.int64(0), np.int64(0)
                while at < end and 48 <= data[at] <= 57:
                    fraction = fraction + (np.int64(data[at]) - 48) * scale
                    scale = np.int64(scale // 10)
                    size += 1
                    at += 1
                if size == 0 or size > 9:
                    continue
                if micro == 0:
                    micro = fraction
        offset, form = 0, 0
        if at == end:
            form = 3
        elif end - at == 1 and (data[at] == 90 or data[at] == 122):
            form = 4
        elif (data[at] == 43 or data[at] == 45) and (end - at == 5 or (end - at == 6 and data[at + 3] == 58)):
            hours, minutes = _digits(data, at + 1, 2), _digits(data, end - 2, 2)
            if hours < 0 or hours > 23 or minutes < 0 or minutes > 59:
                continue
            offset = (hours * 60 + minutes) * (1 if data[at] == 43 else -1)
            form = 4
        if form == 0:
            continue
        # Days since 1970 in the proleptic Gregorian calendar, counting years from March so that a leap day
        # is the last day of its year.
        y = year - (1 if month <= 2 else 0)
        m = month + (9 if month <= 2 else -3)
        days = 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day - 719_469
        out[row] = (((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1_000_000 + micro
        forms[row] = form
    return out, parts, forms
