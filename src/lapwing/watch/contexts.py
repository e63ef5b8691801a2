"""Contexts in numbers: a key for each, the sort it is of, and how many different ones there were."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lapwing.events.text import buffers, fingerprints
from lapwing.evidence.kernel import kernel

OTHER = "other"
"""The sort of a context without a prefix that the vocabulary knows; it is the last of the numbers."""

_FNV_OFFSET, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_PLACES = 14
"""The count keeps ``2**14`` registers: its standard error is 1.04 / 128, some 0.8 %."""


def keys(contexts: pa.Array) -> NDArray[np.int64]:
    """A 64-bit key of every context (``large_string``), never 0, the same on every machine.

    Two of ten million contexts share a key by chance once in 370,000 streams.
    """
    found = fingerprints(contexts).view(np.int64)
    found[found == 0] = 1
    return found


class Sorts:
    """Numbers for the sorts of contexts, in the order given; what is of none of these is of the last."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = (*(name for name in names if name != OTHER), OTHER)
        size = 1 << (4 * len(self.names)).bit_length()
        self._prints = np.zeros(size, np.uint64)
        self._numbers = np.full(size, len(self.names) - 1, np.int32)
        for number, name in enumerate(self.names[:-1]):
            data = np.frombuffer(name.encode(), np.uint8)
            found = _prefix_print(data, 0, len(data))
            at = int(found) & (size - 1)
            while self._prints[at] != 0:
                at = (at + 1) & (size - 1)
            self._prints[at], self._numbers[at] = found, number
        self._longest = max((len(name.encode()) for name in self.names), default=0)

    def of(self, contexts: pa.Array) -> NDArray[np.int32]:
        """The number of the sort of every context: that of what stands before its first colon."""
        offsets, data = buffers(contexts)
        return _sorts(offsets, data, self._prints, self._numbers, self._longest)


@kernel
def _prefix_print(data: NDArray[np.uint8], at: int, end: int) -> np.uint64:
    """The FNV-1a hash of ``data[at:end]``; never 0."""
    h = _FNV_OFFSET
    for i in range(at, end):
        h = (h ^ np.uint64(data[i])) * _FNV_PRIME
    return h | np.uint64(1)


@kernel
def _sorts(
    offsets: NDArray[np.int64],
    data: NDArray[np.uint8],
    prints: NDArray[np.uint64],
    numbers: NDArray[np.int32],
    longest: int,
) -> NDArray[np.int32]:
    rows = offsets.shape[0] - 1
    other = np.int32(numbers.max())
    out = np.empty(rows, np.int32)
    mask = prints.shape[0] - 1
    for row in range(rows):
        start = offsets[row]
        stop = min(offsets[row + 1], start + longest + 1)
        end = start
        h = _FNV_OFFSET
        while end < stop and data[end] != 58:  # a colon
            h = (h ^ np.uint64(data[end])) * _FNV_PRIME
            end += 1
        out[row] = other
        if end < stop:
            h = h | np.uint64(1)
            at = np.int64(h) & mask
            while prints[at] != np.uint64(0):
                if prints[at] == h:
                    out[row] = numbers[at]
                    break
                at = (at + 1) & mask
    return out


def empty_count() -> NDArray[np.uint8]:
    """Registers of a count of nothing (:func:`count_in`, :func:`different`)."""
    return np.zeros(1 << _PLACES, np.uint8)


@kernel
def count_in(registers: NDArray[np.uint8], contexts: NDArray[np.int64]) -> None:
    """Let the registers see the keys of contexts; what they have seen before changes nothing.

    HyperLogLog (Flajolet, Fusy, Gandouet and Meunier 2007): memory does not grow with the stream.
    """
    for i in range(contexts.shape[0]):
        key = np.uint64(contexts[i])
        place = key >> np.uint64(64 - _PLACES)
        rest = key << np.uint64(_PLACES)
        run = np.uint8(1)
        while run <= 64 - _PLACES and rest < np.uint64(1 << 63):
            rest = rest << np.uint64(1)
            run += np.uint8(1)
        if registers[place] < run:
            registers[place] = run


def different(registers: NDArray[np.uint8]) -> int:
    """About how many different contexts the registers have seen."""
    size = len(registers)
    estimate = (
        0.7213 / (1 + 1.079 / size) * size * size / float(np.sum(np.ldexp(1.0, -registers.astype(int))))
    )
    unused = int(np.count_nonzero(registers == 0))
    if estimate <= 2.5 * size and unused:
        estimate = size * math.log(size / unused)
    return round(estimate)
