"""What is to be read: files, folders and standard input, and which format each is in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa

from lapwing.events.error import FormatError, InputError

Format = Literal["csv", "jsonl", "parquet"]

SUFFIXES = tuple(
    [".parquet"] + [text + packed for text in (".csv", ".jsonl", ".ndjson") for packed in ("", ".gz", ".zst")]
)
"""Endings of the files that are read out of a folder. A file that is named itself may be called anything."""

STANDARD_INPUT = "standard input"

_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read, or standard input."""

    name: str
    """As it was given: what errors and the quarantine call it."""
    path: Path | None
    """None for standard input."""
    bytes: int | None
    """Size on disk; None when it is not known."""


def find_inputs(paths: Sequence[Path | str]) -> tuple[list[Input], tuple[str, ...]]:
    """The files of ``paths``, each once, and the files in folders that are no event files by their name.

    Folders are walked in the order of names, hidden files and folders left alone; ``-`` is standard input.
    Raises :class:`InputError` when a path does not exist or there is nothing to read.
    """
    inputs: dict[Path | None, Input] = {}
    skipped: list[str] = []
    for given in paths:
        if str(given) == "-":
            inputs.setdefault(None, Input(STANDARD_INPUT, None, None))
            continue
        path = Path(given)
        if path.is_dir():
            inside = sorted(
                file
                for file in path.rglob("*")
                if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
            files = [file for file in inside if file.name.lower().endswith(SUFFIXES)]
            skipped += [str(file) for file in inside if not file.name.lower().endswith(SUFFIXES)]
            if not files:
                raise InputError(
                    f"{path}: no event files in this folder; found {len(inside)} other files.\n"
                    f"Those are read that end in {', '.join(SUFFIXES)}.\n"
                    "Rename them, or name them one by one."
                )
        elif path.exists():
            files = [path]
        else:
            raise InputError(
                f"{path}: no such file or folder.\nCheck the path; it is taken from {Path.cwd()}."
                if not path.is_absolute()
                else f"{path}: no such file or folder.\nCheck the path."
            )
        for file in files:
            size = file.stat().st_size if file.is_file() else None  # a named pipe has no size
            inputs.setdefault(file.resolve(), Input(str(file), file, size))
    if not inputs:
        raise InputError("Nothing to read.\nName files or folders with events, or - for standard input.")
    return list(inputs.values()), tuple(skipped)


class Bytes:
    """The bytes of an input, unpacked when they are gzip or zstd, with a look ahead."""

    def __init__(self, source: Input) -> None:
        self._name = source.name
        try:
            raw = sys.stdin.buffer if source.path is None else source.path.open("rb")
            self._raw = raw
            head = _read_up_to(raw, 8)
        except OSError as error:
            raise InputError(
                f"{source.name} cannot be read: {error.strerror}.\n"
                "Check that it exists and that you may read it."
            ) from error
        self._read = 0
        file = pa.PythonFile(_Counted(raw, head, self), mode="r")
        packed = _packing(source.name, head)
        self._stream: Any = pa.CompressedInputStream(file, packed) if packed else file
        self.head = self._next(_HEAD)
        """The first bytes, at most 64 KiB; they are read again by :meth:`read`."""
        self._kept = self.head
        self.is_parquet = head.startswith(b"PAR1")

    @property
    def read_from_disk(self) -> int:
        """Bytes taken from the file so far, packed as they are there."""
        return self._read

    def read(self, size: int) -> bytes:
        """At most ``size`` more bytes, fewer only at the end. Raises :class:`InputError`."""
        if self._kept:
            data, self._kept = self._kept[:size], self._kept[size:]
            return data + self._next(size - len(data)) if len(data) < size else data
        return self._next(size)

    def _next(self, size: int) -> bytes:
        try:
            return _read_up_to(self._stream, size)
        except (OSError, pa.ArrowException) as error:
            raise InputError(
                f"{self._name} cannot be unpacked: it is damaged or breaks off.\nCopy or export it again."
            ) from error

    def close(self) -> None:
        """Close the file; standard input is left open."""
        if self._raw is not sys.stdin.buffer:
            self._raw.close()


class _Counted:
    """A readable that gives back the bytes already looked at and counts what is read."""

    closed = False

    def __init__(self, raw: Any, head: bytes, owner: Bytes) -> None:
        self._raw, self._head, self._owner = raw, head, owner

    def read(self, size: int) -> bytes:
        data, self._head = self._head[:size], self._head[size:]
        if not data:
            data = self._raw.read(size)
        self._owner._read += len(data)
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        pass


def _read_up_to(stream: Any, size: int) -> bytes:
    parts = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"ARROW1": "an Arrow file",
    b"SQLite f": "an SQLite database",
    b"%PDF": "a PDF document",
}


def _packing(name: str, head: bytes) -> str | None:
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise FormatError(
                f"{name} is {what}; expected CSV, JSON Lines or Parquet (text also as .gz or .zst).\n"
                "Export or convert it to one of these; text must be UTF-8."
            )
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else None


def format_of(name: str, head: bytes, stated: Format | None) -> Format:
    """The format that the first bytes of an input show, which must be the ``stated`` one when there is one.

    Raises :class:`FormatError`.
    """
    if stated is not None and stated not in get_args(Format):
        raise FormatError(f"There is no format {stated!r}.\nWrite one of {', '.join(get_args(Format))}.")
    found: Format
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"PAR1"):
        found = "parquet"
    elif b"\0" in head.split(b"\n", 1)[0]:
        raise FormatError(
            f"{name} is neither text nor Parquet.\n"
            "Export events as CSV, JSON Lines or Parquet; text must be UTF-8."
        )
    elif text.startswith(b"["):
        raise FormatError(
            f"{name} is one JSON array; expected JSON Lines, one object a line.\n"
            f"Convert it, for example with: jq -c '.[]' {name}"
        )
    else:
        # An empty file holds no events; as CSV it lacks its header, and something went wrong.
        named = any(ending in Path(name).name for ending in (".jsonl", ".ndjson"))
        empty = not text and (stated == "jsonl" or named)
        found = "jsonl" if text.startswith(b"{") or empty else "csv"
    if stated is not None and found != stated:
        raise FormatError(
            f"{name} was stated to be {stated}, but looks like {found}.\n"
            "State the right format, or none: it is told by the content."
        )
    return found
