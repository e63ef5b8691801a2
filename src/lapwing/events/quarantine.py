"""Where rows go that cannot be read: a file of JSON lines, and a count for each reason."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import IO

from lapwing.events.error import BadRowError, InputError

LONGEST_QUOTE = 200
"""Longest part of a bad value that is kept, in characters."""


class Quarantine:
    """Takes in bad rows. With a ``path`` they are written there, one JSON object a line:
    ``{"file", "line", "reason", "column", "value"}``. With ``strict`` the first one is raised instead.

    With ``resume`` the lines that stand in the file already are kept and none is written twice, so a run that
    was cut off and started again leaves the same file as one that was not.
    """

    def __init__(self, path: Path | str | None, *, strict: bool, resume: bool) -> None:
        self._strict = strict
        self.counts: dict[str, int] = {}
        self._known: set[int] = set()
        self._file: IO[bytes] | None = None
        if path is None:
            return
        path = Path(path)
        try:
            self._file = path.open("r+b" if resume and path.exists() else "wb")
        except OSError as error:
            raise InputError(
                f"The quarantine file {path} cannot be written: {error.strerror}.\n"
                "Name a file in a folder that exists and can be written."
            ) from error
        whole = 0
        for line in self._file if resume and self._file.readable() else ():
            if line.endswith(b"\n"):  # the last line may have been cut off in the middle
                self._known.add(hash(line))
                whole += len(line)
        self._file.seek(whole)
        self._file.truncate()

    def add(self, file: str, line: int, reason: str, column: str | None, value: str | None) -> None:
        """Take in one bad row. ``line`` counts from 1; in Parquet it is the number of the row.

        Raises :class:`BadRowError` when reading is strict.
        """
        if value is not None and len(value) > LONGEST_QUOTE:
            value = value[:LONGEST_QUOTE] + "…"
        if self._strict:
            raise BadRowError(file, line, reason, column, value)
        self.counts[reason] = self.counts.get(reason, 0) + 1
        if self._file is not None:
            entry = {"file": file, "line": line, "reason": reason, "column": column, "value": value}
            # Escapes keep control characters and half surrogates of bad values out of the file.
            text = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
            if not self._known or hash(text) not in self._known:
                self._file.write(text)

    def flush(self) -> None:
        """Hand everything over to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Write out what is left."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()
