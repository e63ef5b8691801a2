"""A post: the lines that one request brings, checked as the lines of a file are."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lapwing.events.clock import Clock
from lapwing.events.error import EventsError
from lapwing.events.inputs import Bytes
from lapwing.events.jsonl_file import JsonlFile
from lapwing.events.quarantine import LONGEST_QUOTE, Quarantine
from lapwing.events.rows import Checker, Rows
from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.moment import rfc3339

NAME = "The post"
"""What a post is called in messages, where a file has its path."""

LARGEST = 64 << 20
"""Bytes that the lines of one post may have, unpacked."""
MOST = 200_000
"""Rows that one post may have."""
AHEAD = 10 * 60 * 1_000_000
"""A time may be so far ahead of the desk's clock, in microseconds: clocks differ. One that is further ahead
would make all that others send afterwards late."""
FUTURE = "time is more than ten minutes ahead of this desk's clock"

_CHUNK = 1 << 16
_GZIP = 31


class PostError(Exception):
    """A post of which nothing is taken. The message says what is wrong and what to do."""


class TooLargeError(PostError):
    """A post that must be cut into several."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is set aside."""

    line: int
    """Counted from 1."""
    reason: str
    column: str | None
    value: str | None
    """The bad value, cut to 200 characters; told to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Post:
    """What a request brought."""

    rows: Rows | None
    """The rows that are sound, in the order of the lines; None for none."""
    lines: npt.NDArray[np.int64]
    """The line of every row, from 1."""
    faults: tuple[Fault, ...]
    """The lines that are set aside, in order."""


def unpacked(read: Callable[[int], bytes], *, packed: bool) -> bytes:
    """All bytes of a request, unpacked when it is gzip, never more than :data:`LARGEST` in memory.

    Raises :class:`TooLargeError` as soon as there are more, and :class:`PostError` when it cannot be unpacked.
    """
    parts: list[bytes] = []
    size = 0

    def keep(part: bytes) -> None:
        nonlocal size
        size += len(part)
        if size > LARGEST:
            raise TooLargeError(
                f"{NAME} has more than {LARGEST >> 20} MiB of lines.\n"
                "Cut it at line ends and send the parts one by one."
            )
        parts.append(part)

    unpacker = zlib.decompressobj(wbits=_GZIP) if packed else None
    while chunk := read(_CHUNK):
        if unpacker is None:
            keep(chunk)
        else:
            unpacker = _unpack(unpacker, chunk, keep)
    if unpacker is not None and not unpacker.eof:
        raise PostError(f"{NAME} breaks off in the middle of what was packed.\nSend it again.")
    return b"".join(parts)


def _unpack(unpacker: zlib._Decompress, chunk: bytes, keep: Callable[[bytes], None]) -> zlib._Decompress:
    """Unpack a chunk, a bounded piece at a time; returns what goes on with the next chunk."""
    while True:
        try:
            part = unpacker.decompress(chunk, _CHUNK)
        except zlib.error as error:
            raise PostError(
                f"{NAME} cannot be unpacked: {error}.\nPack it with gzip again, or send it plain."
            ) from None
        keep(part)
        chunk = unpacker.unconsumed_tail
        if unpacker.eof and unpacker.unused_data:
            # Packed files may be joined end to end.
            chunk, unpacker = unpacker.unused_data, zlib.decompressobj(wbits=_GZIP)
        elif not chunk and len(part) < _CHUNK:
            return unpacker


def checked(content: bytes, vocabulary: Vocabulary, *, now: int) -> Post:
    """The rows of JSON Lines: sound ones, and what is wrong with the others.

    ``now`` is the desk's time in microseconds since 1970. Raises :class:`PostError` when nothing can be taken:
    the content is no JSON Lines, lacks a key of events throughout, tells time in two ways, has too many rows, or
    has a key, kind or sort of context that must not be watched.
    """
    aside = _Aside()
    checker = Checker(NAME, vocabulary, aside, Clock(NAME, assume_utc=False), None, Counter())
    rows: list[Rows] = []
    lines: list[npt.NDArray[np.int64]] = []
    try:
        for raw in JsonlFile(NAME, _InMemory(content), vocabulary).pieces(_CHUNK):
            bad = len(aside.faults)
            sound = checker.check(raw)
            known = {found.line for found in aside.faults[bad:]}
            of_row = raw.lines + np.arange(len(raw)) if isinstance(raw.lines, int) else raw.lines
            kept = of_row[~np.isin(of_row, list(known))] if known else of_row
            rows.append(sound)
            lines.append(kept)
            if sum(map(len, rows)) + len(aside.faults) > MOST:
                raise TooLargeError(
                    f"{NAME} has more than {MOST:,} rows.\nCut it at line ends and send the parts one by one."
                )
    except EventsError as error:
        raise PostError(
            str(error).replace("The file is refused whole", f"{NAME} is refused whole")
        ) from error
    if not rows:
        return Post(None, np.zeros(0, np.int64), aside.in_order())
    sound, of_row = Rows.concat(rows), np.concatenate(lines)
    ahead = sound.time > now + AHEAD
    if ahead.any():
        for at in np.flatnonzero(ahead).tolist():
            aside.add(NAME, int(of_row[at]), FUTURE, "time", rfc3339(int(sound.time[at])))
        sound, of_row = sound.take(np.flatnonzero(~ahead)), of_row[~ahead]
    return Post(sound if len(sound) else None, of_row, aside.in_order())


class _InMemory(Bytes):
    """Content that is there already, read as a file is."""

    def __init__(self, content: bytes) -> None:
        self.head = content[:_CHUNK]
        self.is_parquet = False
        self._content = content
        self._at = 0

    @property
    def read_from_disk(self) -> int:
        return self._at

    def read(self, size: int) -> bytes:
        part = self._content[self._at : self._at + size]
        self._at += len(part)
        return part

    def close(self) -> None:
        pass


class _Aside(Quarantine):
    """Keeps what a checker sets aside."""

    def __init__(self) -> None:
        super().__init__(None, strict=False, resume=False)
        self.faults: list[Fault] = []

    def add(self, file: str, line: int, reason: str, column: str | None, value: str | None) -> None:
        if value is not None and len(value) > LONGEST_QUOTE:
            value = value[:LONGEST_QUOTE] + "…"
        self.faults.append(Fault(line, reason, column, value))

    def in_order(self) -> tuple[Fault, ...]:
        return tuple(sorted(self.faults, key=lambda found: found.line))
