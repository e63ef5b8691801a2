"""Open-addressing tables: a 64-bit key finds the row of its record in a plain array.

A table is an int64 array of shape ``(slots, columns)``; ``slots`` is a power of two, column 0 holds the key,
0 meaning empty. Records of one key lie in one row, so a look-up costs one cache miss. Linear probing; a table
is grown (:func:`grown`) before it is filled beyond :data:`FULL`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel

FULL = 0.7
"""Share of slots in use beyond which a table is grown."""

I64 = NDArray[np.int64]


def empty(columns: int, keys: int = 1024) -> I64:
    """A table with room for ``keys`` keys."""
    slots = 1024
    while slots * FULL < keys:
        slots *= 2
    return np.zeros((slots, columns), dtype=np.int64)


def emptied(table: I64, keys: int) -> I64:
    """An empty table with room for ``keys`` keys: the same, cleared, unless it is too small, or far too large."""
    new = empty(table.shape[1], keys)
    if not new.shape[0] <= table.shape[0] <= 4 * new.shape[0]:
        return new
    del new
    table[:] = 0
    return table


@kernel
def mixed(key: int) -> int:
    """Spread the bits of a key over a 64-bit word (the finaliser of SplitMix64); never 0."""
    z = np.uint64(key)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    if z == np.uint64(0):
        z = np.uint64(1)
    return np.int64(z)  # type: ignore[return-value]  # an int once compiled


@kernel
def paired(first: int, second: int) -> int:
    """One key out of two, in their order; never 0."""
    turned = np.int64(np.uint64(second + 1) * np.uint64(0x9E3779B97F4A7C15))
    return mixed(first ^ turned)  # type: ignore[arg-type]  # an int once compiled


@kernel
def slot_of(table: I64, key: int) -> int:
    """The row that holds ``key``, or the empty row where it belongs."""
    mask = table.shape[0] - 1
    row: int = key & mask
    while table[row, 0] != 0 and table[row, 0] != key:
        row = (row + 1) & mask
    return row


@kernel
def little(columns: int, keys: int) -> I64:
    """A table for a kernel's own use, with so much room for ``keys`` keys that who asks in vain mostly meets an empty
    row at once."""
    slots = 64
    while slots < 16 * keys:
        slots *= 2
    return np.zeros((slots, columns), np.int64)


@kernel
def near(table: I64, key: int) -> int:
    """Have the place where the search for ``key`` begins brought near; the number returned means nothing.

    Rows that are asked for one after the other are waited for one after the other. A stretch of keys looked at like
    this beforehand is waited for once.
    """
    number: int = table[key & (table.shape[0] - 1), 0]
    return number


@kernel
def _copied(old: I64, new: I64, keep: NDArray[np.bool_]) -> int:
    kept = 0
    for row in range(old.shape[0]):
        key = old[row, 0]
        if key != 0 and (keep.size == 0 or keep[row]):
            to = slot_of(new, key)
            for column in range(old.shape[1]):
                new[to, column] = old[row, column]
            kept += 1
    return kept


def grown(table: I64, used: int, more: int) -> I64:
    """The table itself if ``more`` further keys fit, else a larger copy."""
    if used + more <= table.shape[0] * FULL:
        return table
    new = empty(table.shape[1], used + more)
    _copied(table, new, np.zeros(0, dtype=np.bool_))
    return new


def kept(table: I64, keep: NDArray[np.bool_]) -> tuple[I64, int]:
    """A new table of the rows marked in ``keep`` (shape ``(slots,)``), and how many keys it holds."""
    count = int(np.count_nonzero(keep & (table[:, 0] != 0)))
    new = empty(table.shape[1], count)
    if count:
        _copied(table, new, keep)
    return new, count


def rows_of(table: I64) -> I64:
    """The rows in use alone, to be kept elsewhere; see :func:`table_of`."""
    rows: I64 = table[table[:, 0] != 0]
    return rows


def table_of(rows: I64) -> I64:
    """A table of the :func:`rows_of` another."""
    table = empty(rows.shape[1], rows.shape[0])
    _copied(rows, table, np.zeros(0, dtype=np.bool_))
    return table
