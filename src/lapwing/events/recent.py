"""Which rows the stream has seen within the tolerance, so that a row sent twice is taken once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from lapwing.events.rows import Rows
from lapwing.events.text import buffers, codes_of, fingerprints, mix, plain

Flags = npt.NDArray[np.bool_]


class Recent:
    """Fingerprints of the rows of the last ``tolerance`` microseconds of stream time.

    A row is known by a 64-bit fingerprint of (id, subject, kind, context): among ten million rows within the
    tolerance, the chance that any new row is mistaken for another is 5e-13. Memory is 16 bytes for two to
    four times the rows within the tolerance.
    """

    def __init__(self, tolerance: int) -> None:
        self._tolerance = tolerance
        self._prints = np.zeros(1 << 10, np.uint64)
        self._times = np.full(1 << 10, _NEVER, np.int64)
        self._used = 0

    def repeats(self, rows: Rows) -> Flags:
        """True where the same row came within the tolerance before. Times ascend from call to call.

        A row without id (the empty string) is never a repeat: two equal acts may well be two acts.
        """
        if not len(rows):
            return np.zeros(0, np.bool_)
        columns = rows.columns
        prints = _row_prints(
            _with_null(columns["subject"]),
            codes_of(columns["subject"]),
            _with_null(columns["kind"]),
            codes_of(columns["kind"]),
            fingerprints(columns["id"]),
            fingerprints(columns["context"]),
        )
        self._make_room(len(rows), int(rows.time[0]))
        offsets, _ = buffers(columns["id"])
        repeats: Flags
        self._used, repeats = _repeats(
            self._prints, self._times, self._used, prints, rows.time, offsets, self._tolerance
        )
        return repeats

    def _make_room(self, rows: int, now: int) -> None:
        if 2 * (self._used + rows) <= len(self._prints):
            return
        live = self._times >= now - self._tolerance
        prints, times = self._prints[live], self._times[live]
        size = 1 << int(4 * (len(prints) + rows)).bit_length()
        self._prints, self._times = np.zeros(size, np.uint64), np.full(size, _NEVER, np.int64)
        self._used = len(prints)
        _refill(self._prints, self._times, prints, times)


_NEVER = np.iinfo(np.int64).min


def _with_null(column: pa.DictionaryArray) -> npt.NDArray[np.uint64]:
    """Fingerprints of the dictionary and, last (where code -1 points), one for null."""
    return np.append(fingerprints(plain(column.dictionary)), np.uint64(0x6E756C6C))


@njit(cache=True, nogil=True)
def _row_prints(subjects, s_code, kinds, k_code, ids, contexts):  # type: ignore[no-untyped-def]
    out = np.empty(len(ids), np.uint64)
    for row in range(len(ids)):
        h = mix(ids[row] + np.uint64(0x9E3779B97F4A7C15))
        h = mix(h ^ subjects[s_code[row]])
        h = mix(h ^ kinds[k_code[row]])
        out[row] = mix(h ^ contexts[row])
    return out


@njit(cache=True, nogil=True)
def _slot(prints, times, wanted, never):  # type: ignore[no-untyped-def]
    at = np.int64(wanted & np.uint64(len(prints) - 1))
    while times[at] != never and prints[at] != wanted:
        at = (at + 1) & (len(prints) - 1)
    return at


@njit(cache=True, nogil=True)
def _refill(prints, times, old_prints, old_times):  # type: ignore[no-untyped-def]
    for i in range(len(old_prints)):
        at = _slot(prints, times, old_prints[i], _NEVER)
        prints[at], times[at] = old_prints[i], old_times[i]


@njit(cache=True, nogil=True)
def _repeats(prints, times, used, row_prints, row_times, id_offsets, tolerance):  # type: ignore[no-untyped-def]
    out = np.zeros(len(row_prints), np.bool_)
    for row in range(len(row_prints)):
        if id_offsets[row] == id_offsets[row + 1]:
            continue
        at = _slot(prints, times, row_prints[row], _NEVER)
        if times[at] == _NEVER:
            used += 1
        elif times[at] >= row_times[row] - tolerance:
            out[row] = True
        prints[at], times[at] = row_prints[row], row_times[row]
    return used, out
