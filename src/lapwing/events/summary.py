"""What was read, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lapwing.events import fault


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading has come; handed to the ``progress`` callback after every piece of input."""

    files_done: int
    files: int
    bytes_done: int
    """Of the files as they lie on disk, compressed or not."""
    bytes_total: int | None
    """None when standard input is read, whose length is not known."""
    rows: int


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """At the end, every row that was read is counted in exactly one of ``taken``, ``already_taken``,
    ``repeated`` and ``quarantined``, so these add up to ``rows``; before, some rows are not yet yielded.
    """

    files: int
    files_done: int
    rows: int
    taken: int
    """Yielded."""
    background: int
    """Of those, how many have no subject."""
    already_taken: int
    """Older than ``after``: an earlier run has taken the stream up to there."""
    repeated: int
    """The same id, subject, kind and context came within the tolerance before."""
    quarantined: Mapping[str, int]
    """Rows that were set aside, by reason."""
    first: int | None
    """Time of the first row yielded, microseconds since 1970-01-01 UTC."""
    last: int | None
    """Time of the last row yielded so far, same unit."""
    ignored_columns: tuple[str, ...]
    """Columns that are not part of an event and were not read."""
    skipped_files: tuple[str, ...]
    """Files in the given folders that are no event files by their name."""
    unknown_kinds: Mapping[str, int]
    """The most frequent kinds that are not in the vocabulary, and how many rows have each."""
    advice: tuple[str, ...]
    """What a person should know or do about this input, in sentences; empty when all is well."""

    @property
    def late(self) -> int:
        """Rows that came more than the tolerance after newer ones of the same file."""
        return self.quarantined.get(fault.LATE, 0)

    def text(self) -> str:
        """The summary in a few lines for a person."""
        lines = [
            f"{self.files_done:,} of {_counted(self.files, 'file')}, {_counted(self.rows, 'row')} read, "
            f"{self.taken:,} taken"
        ]
        if self.already_taken:
            lines.append(f"{_counted(self.already_taken, 'row')} taken by an earlier run")
        if self.repeated:
            lines.append(f"{_counted(self.repeated, 'row')} sent twice, taken once")
        lines += [
            f"{_counted(count, 'row')} set aside: {reason}"
            for reason, count in sorted(self.quarantined.items(), key=lambda item: (-item[1], item[0]))
        ]
        if self.ignored_columns:
            lines.append("columns not read: " + ", ".join(self.ignored_columns))
        if self.skipped_files:
            skipped = len(self.skipped_files)
            are = (
                "is no event file by its name and was"
                if skipped == 1
                else "are no event files by their names and were"
            )
            lines.append(f"{_counted(skipped, 'file')} {are} not read")
        return "\n".join(lines + list(self.advice))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
