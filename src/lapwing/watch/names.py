"""The names of subjects and their numbers, in the order of first appearance."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lapwing.events.text import buffers, codes_of, fingerprints, plain
from lapwing.evidence.kernel import kernel

_Number = TypeVar("_Number", bound=np.generic)


class Names:
    """Numbers for names, from 0 in the order in which rows bring them. Names are told apart byte by byte.

    No Python runs per row or per name: a name is found by its hash, and compared with the bytes kept. What is
    kept only ever grows at its end, so a number that was given may be looked up while a thread gives others.
    """

    def __init__(self) -> None:
        self.count = 0
        """How many names there are."""
        self._slots = np.zeros(1 << 10, np.int32)
        self._prints = np.zeros(1 << 9, np.uint64)
        self._offsets = np.zeros((1 << 9) + 1, np.int64)
        self._data = np.zeros(1 << 13, np.uint8)

    def numbered(self, column: pa.DictionaryArray) -> NDArray[np.int32]:
        """The number of every row's name, -1 for null; names not seen before get the next numbers."""
        names = plain(column.dictionary)
        prints = fingerprints(names)
        offsets, data = buffers(names)
        self._make_room(len(prints), int(offsets[-1] - offsets[0]))
        out = np.empty(len(column), np.int32)
        self.count = _numbered(
            codes_of(column),
            prints,
            offsets,
            data,
            self._slots,
            self._prints,
            self._offsets,
            self._data,
            self.count,
            out,
        )
        return out

    def text(self, number: int) -> str:
        """The name with this number."""
        return bytes(self._data[self._offsets[number] : self._offsets[number + 1]]).decode()

    def texts(self, start: int, stop: int) -> list[str]:
        """The names with the numbers from ``start`` to ``stop`` (not included)."""
        kept = (pa.py_buffer(self._offsets[start : stop + 1]), pa.py_buffer(self._data))
        texts: list[str] = pa.LargeStringArray.from_buffers(stop - start, *kept).to_pylist()
        return texts

    def arrays(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """The first ``count`` names as offsets (shape ``(count + 1,)``) and UTF-8 bytes."""
        offsets = self._offsets[: count + 1]
        return offsets, self._data[: offsets[-1]]

    @classmethod
    def of(cls, offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> Names:
        """The names whose :meth:`arrays` these are."""
        names = cls()
        count = len(offsets) - 1
        if count:
            kept = [pa.py_buffer(np.ascontiguousarray(part)) for part in (offsets, data)]
            array = pa.Array.from_buffers(pa.large_string(), count, [None, *kept])
            indices = pa.array(np.arange(count, dtype=np.int32))
            names.numbered(pa.DictionaryArray.from_arrays(indices, array))
        return names

    def _make_room(self, more: int, more_bytes: int) -> None:
        wanted = self.count + more
        if wanted > len(self._prints):
            size = 1 << wanted.bit_length()
            self._prints = _longer(self._prints, size)
            self._offsets = _longer(self._offsets, size + 1)
            self._slots = np.zeros(2 * size, np.int32)
            _refill(self._slots, self._prints, self.count)
        wanted = int(self._offsets[self.count]) + more_bytes
        if wanted > len(self._data):
            self._data = _longer(self._data, 1 << wanted.bit_length())


def _longer(array: NDArray[_Number], size: int) -> NDArray[_Number]:
    longer = np.zeros(size, array.dtype)
    longer[: len(array)] = array
    return longer


@kernel
def _refill(slots: NDArray[np.int32], prints: NDArray[np.uint64], count: int) -> None:
    mask = slots.shape[0] - 1
    for number in range(count):
        at = np.int64(prints[number]) & mask
        while slots[at] != 0:
            at = (at + 1) & mask
        slots[at] = number + 1


@kernel
def _numbered(
    codes: NDArray[np.int32],
    prints: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    data: NDArray[np.uint8],
    slots: NDArray[np.int32],
    known_prints: NDArray[np.uint64],
    known_offsets: NDArray[np.int64],
    known_data: NDArray[np.uint8],
    count: int,
    out: NDArray[np.int32],
) -> int:
    mask = slots.shape[0] - 1
    number_of = np.full(prints.shape[0], -1, np.int32)
    for row in range(codes.shape[0]):
        code = codes[row]
        if code < 0:
            out[row] = -1
            continue
        if number_of[code] < 0:
            start, size = offsets[code], offsets[code + 1] - offsets[code]
            at = np.int64(prints[code]) & mask
            while slots[at] != 0:
                known = slots[at] - 1
                begin = known_offsets[known]
                if known_prints[known] == prints[code] and known_offsets[known + 1] - begin == size:
                    same = True
                    for i in range(size):
                        same = same and known_data[begin + i] == data[start + i]
                    if same:
                        number_of[code] = known
                        break
                at = (at + 1) & mask
            if number_of[code] < 0:
                begin = known_offsets[count]
                for i in range(size):
                    known_data[begin + i] = data[start + i]
                known_offsets[count + 1] = begin + size
                known_prints[count] = prints[code]
                slots[at] = count + 1
                number_of[code] = count
                count += 1
        out[row] = number_of[code]
    return count
