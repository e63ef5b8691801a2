"""How a file tells time, learnt from its first rows and held it to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lapwing.events import fault
from lapwing.events.error import TimeError

EARLIEST = 315_532_800_000_000
"""1980-01-01 UTC in microseconds."""
LATEST = 4_102_444_800_000_000
"""2100-01-01 UTC in microseconds; times from here on are refused, as they are before :data:`EARLIEST`."""

Longs = npt.NDArray[np.int64]
Faults = list[tuple[npt.NDArray[np.bool_], str]]

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_UNIT = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


class Clock:
    """Reads the times of one file.

    Epoch numbers may be seconds, milliseconds, microseconds or nanoseconds. Between 1980 and 2100 these are
    told apart by size alone (3e8 to 4e9, 3e11 to 4e12, and so on, with wide gaps), and a file must keep to one.
    """

    def __init__(self, file: str, *, assume_utc: bool) -> None:
        self._file = file
        self._assume_utc = assume_utc
        self._unit: str | None = None
        self._unit_line = 0

    def read(self, column: Any, line: Callable[[int], int]) -> tuple[Longs, Faults]:
        """Microseconds since 1970-01-01 UTC, and which rows have no such time and why.

        ``line`` gives the line of a row. Raises :class:`TimeError` when the file mixes units.
        """
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if pa.types.is_timestamp(column.type):
            return self._timestamps(column)
        return self._numbers(column, line)

    def _timestamps(self, column: pa.Array) -> tuple[Longs, Faults]:
        unit = _PER_SECOND[column.type.unit]
        faults: Faults = []
        values = column.cast(pa.int64())
        if column.null_count:
            faults.append((np.asarray(column.is_null()), fault.NO_TIME))
            values = values.fill_null(EARLIEST * unit // 1_000_000)
        time = np.asarray(values)
        if unit > 1_000_000:
            time = time // (unit // 1_000_000)
        elif unit < 1_000_000:
            time = np.clip(time, -(2**40), 2**43) * (1_000_000 // unit)
        strange = (time < EARLIEST) | (time >= LATEST)
        if strange.any():
            faults.append((strange, fault.STRANGE_TIME))
        return time, faults

    def _numbers(self, column: pa.Array, line: Callable[[int], int]) -> tuple[Longs, Faults]:
        faults: Faults = []
        missing = np.asarray(column.is_null())
        values = np.asarray(column.fill_null(0))
        if missing.any():
            faults.append((missing, fault.NO_TIME))
        time = np.full(len(values), EARLIEST, np.int64)
        placed = missing.copy()
        for unit, per_second in _PER_SECOND.items():
            low, high = EARLIEST // 1_000_000 * per_second, LATEST // 1_000_000 * per_second
            here = (values >= low) & (values < high) & ~missing
            if not here.any():
                continue
            self._keep_to(unit, line(int(np.flatnonzero(here)[0])))
            if per_second > 1_000_000:
                time[here] = values[here] // (per_second // 1_000_000)
            else:
                time[here] = np.rint(values[here] * (1_000_000 // per_second))
            placed |= here
        if not placed.all():
            faults.append((~placed, fault.STRANGE_TIME))
        return time, faults

    def _keep_to(self, unit: str, line: int) -> None:
        if self._unit is None:
            self._unit, self._unit_line = unit, line
        if self._unit != unit:
            raise TimeError(
                f"{self._file}, line {line}: time is in {_UNIT[unit]} since 1970, but in {_UNIT[self._unit]} in "
                f"line {self._unit_line}.\nA file must keep to one unit: convert the column, or split the file."
            )
