"""The canonical order of rows with equal times, so that a stream does not depend on how it was cut.

Rows are ordered by time, then subject (background first), id (rows without one first), kind, context, and
last by what else the row carries. Text is compared byte by byte, which for UTF-8 is the order of code points.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from lapwing.events.text import buffers, plain

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]


def codes_of(column: pa.DictionaryArray) -> Ints:
    """Positions in the dictionary, -1 for null."""
    indices = column.indices
    if indices.null_count:
        indices = indices.fill_null(-1)
    return np.asarray(indices)


def canonical(
    time: Longs,
    subject: pa.DictionaryArray,
    id: pa.Array,
    kind: pa.DictionaryArray,
    context: pa.Array,
    others: list[pa.DictionaryArray],
) -> Longs | None:
    """The permutation that puts rows, already ascending in ``time``, into canonical order.

    ``id`` and ``context`` are ``large_string`` without nulls, the rest dictionary arrays. Returns None when
    the rows already stand in order, which costs one comparison of neighbours.
    """
    rest = np.zeros(len(time), np.int64)
    for column in others:
        values = column.dictionary
        rank = np.empty(len(values) + 1, np.int64)
        rank[np.asarray(pa.compute.sort_indices(values), dtype=np.int64)] = np.arange(1, len(values) + 1)
        rank[-1] = 0  # where code -1 points: null
        rest = rest * (len(values) + 1) + rank[codes_of(column)]
    moved, permutation = _canonical(
        time,
        codes_of(subject),
        *buffers(plain(subject.dictionary)),
        *buffers(id),
        codes_of(kind),
        *buffers(plain(kind.dictionary)),
        *buffers(context),
        rest,
    )
    return permutation if moved else None


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
def _canonical(  # type: ignore[no-untyped-def]
    time, s_code, s_off, s_data, i_off, i_data, k_code, k_off, k_data, c_off, c_data, rest
):
    def compare(a, b):  # type: ignore[no-untyped-def]
        order = _compare_code(s_code, s_off, s_data, a, b)
        if order == 0:
            order = _compare_text(i_off, i_data, a, b)
        if order == 0:
            order = _compare_code(k_code, k_off, k_data, a, b)
        if order == 0:
            order = _compare_text(c_off, c_data, a, b)
        if order == 0:
            order = -1 if rest[a] < rest[b] else (1 if rest[a] > rest[b] else 0)
        return order

    n = len(time)
    moved = False
    order = np.arange(n)
    spare = np.empty(0, np.int64)
    start = 0
    while start < n:
        end = start + 1
        sound = True
        while end < n and time[end] == time[start]:
            if sound and compare(end - 1, end) > 0:
                sound = False
            end += 1
        if not sound:
            moved = True
            # Bottom-up merge sort: stable, and as good on a million ties as on two.
            size = end - start
            if len(spare) < size:
                spare = np.empty(size, np.int64)
            width = 1
            while width < size:
                low = 0
                while low < size:
                    middle, high = min(low + width, size), min(low + 2 * width, size)
                    i, j, k = start + low, start + middle, low
                    while i < start + middle and j < start + high:
                        if compare(order[i], order[j]) <= 0:
                            spare[k] = order[i]
                            i += 1
                        else:
                            spare[k] = order[j]
                            j += 1
                        k += 1
                    while i < start + middle:
                        spare[k] = order[i]
                        i += 1
                        k += 1
                    while j < start + high:
                        spare[k] = order[j]
                        j += 1
                        k += 1
                    low += 2 * width
                order[start:end] = spare[:size]
                width *= 2
        start = end
    return moved, order
