"""The canonical order of rows with equal times, so that a stream does not depend on how it was cut.

Rows are ordered by time, then subject (background first), id (rows without one first), kind, context, and
last by what else the row carries. Text is compared byte by byte, which for UTF-8 is the order of code points.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from numba import njit

from lapwing.events.rows import Rows
from lapwing.events.schema import LABELS
from lapwing.events.text import buffers, codes_of, plain

Longs = npt.NDArray[np.int64]


def canonical(rows: Rows) -> Rows:
    """Rows in canonical order: the same object when they stand in it already, which costs no more than a
    comparison of neighbours.
    """
    columns = rows.columns
    ascends = not np.any(rows.time[1:] < rows.time[:-1])
    order = np.arange(len(rows)) if ascends else np.argsort(rows.time, kind="stable")
    moved = _settle_ties(
        order,
        rows.time,
        codes_of(columns["subject"]),
        *buffers(plain(columns["subject"].dictionary)),
        *buffers(columns["id"]),
        codes_of(columns["kind"]),
        *buffers(plain(columns["kind"].dictionary)),
        *buffers(columns["context"]),
        _labels_in_order(rows),
    )
    return rows if ascends and not moved else rows.take(order)


def _labels_in_order(rows: Rows) -> Longs:
    """A number for each row that orders rows by circle, source and platform, null first."""
    order = np.zeros(len(rows), np.int64)
    for name in LABELS:
        column = rows.columns[name]
        if column.null_count < len(rows):
            values = column.dictionary
            place = np.zeros(len(values) + 1, np.int64)  # the last is where code -1 points: null
            place[np.asarray(pc.sort_indices(values))] = np.arange(1, len(values) + 1)
            order = order * (len(values) + 1) + place[codes_of(column)]
    return order


@njit(cache=True, nogil=True)
def _compare_text(offsets, data, a, b):  # type: ignore[no-untyped-def]
    i, j = offsets[a], offsets[b]
    m, n = offsets[a + 1] - i, offsets[b + 1] - j
    for k in range(min(m, n)):
        x, y = data[i + k], data[j + k]
        if x != y:
            return -1 if x < y else 1
    return -1 if m < n else (1 if m > n else 0)


@njit(cache=True, nogil=True)
def _compare_code(codes, offsets, data, a, b):  # type: ignore[no-untyped-def]
    i, j = codes[a], codes[b]
    if i == j:
        return 0
    if i < 0 or j < 0:
        return -1 if i < 0 else 1
    return _compare_text(offsets, data, i, j)


@njit(cache=True, nogil=True)
def _settle_ties(  # type: ignore[no-untyped-def]
    order, time, s_code, s_off, s_data, i_off, i_data, k_code, k_off, k_data, c_off, c_data, rest
):
    """Bring rows of one time into order, where ``order`` are the rows by time; True when any moved."""

    def compare(a: int, b: int) -> int:
        found = _compare_code(s_code, s_off, s_data, a, b)
        if found == 0:
            found = _compare_text(i_off, i_data, a, b)
        if found == 0:
            found = _compare_code(k_code, k_off, k_data, a, b)
        if found == 0:
            found = _compare_text(c_off, c_data, a, b)
        if found == 0 and rest[a] != rest[b]:
            found = -1 if rest[a] < rest[b] else 1
        return found  # type: ignore[no-any-return]

    n = len(order)
    moved = False
    spare = np.empty(0, np.int64)
    start = 0
    while start < n:
        end = start + 1
        sound = True
        while end < n and time[order[end]] == time[order[start]]:
            if sound and compare(order[end - 1], order[end]) > 0:
                sound = False
            end += 1
        if not sound:
            moved = True
            # Bottom-up merge sort: stable, and as good on a million ties as on two. Elements are copied one
            # by one since the compiler takes seconds for an assignment of slices.
            if len(spare) < end - start:
                spare = np.empty(end - start, np.int64)
            width = 1
            while width < end - start:
                for low in range(start, end, 2 * width):
                    i, j, k = low, low + width, 0
                    middle = low + width if low + width < end else end
                    high = low + 2 * width if low + 2 * width < end else end
                    while i < middle or j < high:
                        if j >= high or (i < middle and compare(order[i], order[j]) <= 0):
                            spare[k] = order[i]
                            i += 1
                        else:
                            spare[k] = order[j]
                            j += 1
                        k += 1
                    for at in range(k):
                        order[low + at] = spare[at]
                width *= 2
        start = end
    return moved
