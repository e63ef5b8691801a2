"""Reading a text file of rows in blocks, with the exact line of every row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lapwing.events.error import FormatError
from lapwing.events.inputs import Bytes
from lapwing.events.rows import Broken, RawRows

LONGEST_ROW = 1 << 20
"""A row that is longer than 1 MiB, or a quote that is still open after so many bytes, is broken."""

SMALL = 1 << 15
"""Blocks of fewer bytes are not worth the start of Arrow's reader."""

_BYTES_A_ROW = 64
_SMALLEST_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a block gave."""

    columns: dict[str, Any]
    lines: npt.NDArray[np.int64]
    broken: tuple[Broken, ...]
    consumed: int
    """Bytes that are done with; the rest is parsed again with what follows."""


class TextFile(ABC):
    """A text file of rows; a format says how a block of bytes becomes columns."""

    def __init__(self, name: str, data: Bytes) -> None:
        self._name = name
        self._data = data
        self._line = 1
        self._start = 0
        """Bytes at the beginning that hold no rows: the mark of UTF-8, a header."""

    @property
    def bytes_done(self) -> int:
        """Bytes taken from the file so far, packed as they are there."""
        return self._data.read_from_disk

    def pieces(self, rows: int) -> Iterator[RawRows]:
        """Blocks of about so many rows. Raises :class:`EventsError` for what is wrong with the whole file."""
        size = max(rows * _BYTES_A_ROW, _SMALLEST_BLOCK)
        self._data.read(self._start)
        rest, line, ended = b"", self._line, False
        while rest or not ended:
            if ended:
                block = rest
            else:
                more = self._data.read(size)
                ended = len(more) < size
                block = rest + more
                if ended and block and not block.endswith(b"\n"):
                    block += b"\n"
            parsed = self.parse(block, line, ended)
            if not parsed.consumed and len(block) > LONGEST_ROW + size:
                raise FormatError(
                    f"{self._name}, line {line}: no end of line within {len(block):,} bytes.\n"
                    "Write one event a line; lines end in a line feed."
                )
            line += block.count(b"\n", 0, parsed.consumed)
            rest = block[parsed.consumed :]
            if len(parsed.lines) or parsed.broken:
                yield RawRows(parsed.columns, parsed.lines, parsed.broken)

    @abstractmethod
    def parse(self, block: bytes, line: int, ended: bool) -> Parsed:
        """Parse the complete rows of a block that begins with line ``line``."""

    def close(self) -> None:
        """Let go of the file."""
        self._data.close()
