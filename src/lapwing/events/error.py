"""What can be wrong with an input as a whole. Each message says what, where, and what to do next."""

from __future__ import annotations


class EventsError(Exception):
    """An input that cannot be read as events, or not in the way that was asked for."""


class InputError(EventsError):
    """A file or folder is missing, cannot be opened, or breaks off."""


class FormatError(EventsError):
    """The content is not CSV, JSON Lines or Parquet, or not the format that was stated."""


class ColumnError(EventsError):
    """A required column is missing, stands twice, or has a type that cannot be read."""


class TimeError(EventsError):
    """The times of a file leave open which instant they mean."""


class ForbiddenError(EventsError):
    """A column, kind, context sort or source that must not be watched; the file is refused whole."""


class VocabularyError(EventsError):
    """A vocabulary file that cannot be used."""


class BadRowError(EventsError):
    """The first row that would have gone to the quarantine, when reading is strict."""

    def __init__(self, file: str, line: int, reason: str, column: str | None, value: str | None) -> None:
        self.file = file
        self.line = line
        self.reason = reason
        self.column = column
        self.value = value
        where = "" if column is None else f", column {column}"
        what = "" if not value else f": {value!r}"
        super().__init__(
            f"{file}, line {line}{where}: {reason}{what}.\n"
            "Correct the row, or read without strict: then such rows are set aside and the rest is read."
        )


class StoreError(EventsError):
    """The event store on disk cannot be used."""
