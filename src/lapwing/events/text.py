"""Text columns as NumPy views of their Arrow buffers, and the check that every value is safe to keep.

A value is kept when it is valid UTF-8 of at most :data:`LONGEST` bytes without control characters and
without the characters that reverse the direction of the text after them (they make one name look like
another). Plain right-to-left marks are fine: Arabic, Persian and Hebrew need them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

LONGEST = 4096
"""Longest value that is taken, in bytes of UTF-8."""

SOUND, EMPTY, TOO_LONG, CONTROL, DIRECTION, NOT_UTF8 = range(6)
"""Verdicts of :func:`verdicts`; the first that applies, read from the start of the value."""

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]


def is_text(type_: pa.DataType) -> bool:
    """Whether a column of this type is text, or bytes that may be."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    return any(
        test(type_)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_null,
        )
    )


def plain(column: Any) -> pa.Array:
    """A column as one ``large_string`` array without nulls: a missing value is the empty string."""
    array = text(column)
    return pc.fill_null(array, "") if array.null_count else array


def text(column: Any) -> pa.Array:
    """A column as one ``large_string`` array.

    Binary columns come in as they are: :func:`verdicts` finds what is not UTF-8.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_binary(array.type):
        array = array.view(pa.large_string())
    elif pa.types.is_binary(array.type):
        array = array.view(pa.string())
    if array.type != pa.large_string():
        array = array.cast(pa.large_string())
    return array


def buffers(array: pa.Array) -> tuple[Longs, Bytes]:
    """Offsets (n + 1, int64) and bytes of a ``large_string`` array, without copying."""
    _, offsets, data = array.buffers()
    if offsets is None or len(array) == 0:
        starts = np.zeros(len(array) + 1, np.int64)
    else:
        starts = np.frombuffer(offsets, np.int64, count=len(array) + 1, offset=8 * array.offset)
    content = np.frombuffer(b"" if data is None else data, np.uint8)
    # Some buffers may be written and some not; kernels are compiled for one sort of array only.
    starts.setflags(write=False)
    content.setflags(write=False)
    return starts, content


def codes_of(column: pa.DictionaryArray) -> Ints:
    """Positions of a dictionary array in its dictionary, -1 for null."""
    indices = column.indices
    if indices.null_count:
        indices = indices.fill_null(-1)
    codes = np.asarray(indices)
    codes.setflags(write=False)
    return codes


def verdicts(array: pa.Array) -> npt.NDArray[np.uint8]:
    """One verdict per value of a ``large_string`` array (see the constants above)."""
    offsets, data = buffers(array)
    found: npt.NDArray[np.uint8] = _verdicts(offsets, data, LONGEST)
    return found


@njit(cache=True, nogil=True)
def _verdicts(offsets, data, longest):  # type: ignore[no-untyped-def]
    n = len(offsets) - 1
    out = np.zeros(n, np.uint8)
    for row in range(n):
        at, end = offsets[row], offsets[row + 1]
        if end == at:
            out[row] = 1
            continue
        if end - at > longest:
            out[row] = 2
            continue
        # All-ASCII values without controls are nearly all of them: one pass without branches finds them.
        odd = 0
        for i in range(at, end):
            odd |= (data[i] < 32) | (data[i] >= 127)
        if not odd:
            continue
        while at < end:
            lead = data[at]
            if lead < 0x80:
                if lead < 32 or lead == 127:
                    out[row] = 3
                    break
                at += 1
                continue
            if 0xC2 <= lead <= 0xDF:
                size, code, least = 2, np.int64(lead & 0x1F), 0x80
            elif 0xE0 <= lead <= 0xEF:
                size, code, least = 3, np.int64(lead & 0x0F), 0x800
            elif 0xF0 <= lead <= 0xF4:
                size, code, least = 4, np.int64(lead & 0x07), 0x10000
            else:
                out[row] = 5
                break
            if at + size > end:
                out[row] = 5
                break
            for i in range(at + 1, at + size):
                if data[i] & 0xC0 != 0x80:
                    size = 0
                    break
                code = (code << 6) | np.int64(data[i] & 0x3F)
            if size == 0 or code < least or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                out[row] = 5
                break
            if code < 0xA0 or code == 0x2028 or code == 0x2029:  # C1 controls and line separators
                out[row] = 3
                break
            if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
                out[row] = 4
                break
            at += size
    return out


def fingerprints(array: pa.Array) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of every value of a ``large_string`` array; the same on every machine."""
    offsets, data = buffers(array)
    found: npt.NDArray[np.uint64] = _fingerprints(offsets, data)
    return found


@njit(cache=True, nogil=True, inline="always")
def mix(h):  # type: ignore[no-untyped-def]
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every input bit reaches every output bit."""
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@njit(cache=True, nogil=True)
def _fingerprints(offsets, data):  # type: ignore[no-untyped-def]
    n = len(offsets) - 1
    out = np.empty(n, np.uint64)
    for row in range(n):
        at, end = offsets[row], offsets[row + 1]
        h = np.uint64(end - at) * np.uint64(0x9E3779B97F4A7C15)
        while at + 8 <= end:
            word = np.uint64(0)
            for i in range(8):
                word |= np.uint64(data[at + i]) << np.uint64(8 * i)
            h = mix(h ^ word)
            at += 8
        word = np.uint64(0)
        shift = np.uint64(0)
        while at < end:
            word |= np.uint64(data[at]) << shift
            shift += np.uint64(8)
            at += 1
        out[row] = mix(h ^ word)
    return out
