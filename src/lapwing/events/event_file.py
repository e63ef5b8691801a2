"""An input as a file of events, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from lapwing.events.csv_file import CsvFile
from lapwing.events.error import FormatError
from lapwing.events.inputs import Bytes, Format, Input, format_of
from lapwing.events.jsonl_file import JsonlFile
from lapwing.events.parquet_file import ParquetFile
from lapwing.events.rows import RawRows
from lapwing.events.vocabulary import Vocabulary


class EventFile(Protocol):
    """What every format offers."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that are not part of an event."""

    @property
    def bytes_done(self) -> int:
        """Bytes of the file that are read, as it lies on disk."""

    def pieces(self, rows: int) -> Iterator[RawRows]:
        """The rows, about so many at a time. Raises :class:`EventsError`."""

    def close(self) -> None:
        """Let go of the file."""


def open_events(
    source: Input, vocabulary: Vocabulary, *, stated: Format | None, assume_utc: bool
) -> EventFile:
    """Open an input in the format that it is in.

    Raises :class:`EventsError` when it cannot be read, is of no known format or not of the ``stated`` one,
    lacks a column, or has a forbidden one.
    """
    data = Bytes(source)
    try:
        format_ = format_of(source.name, data.head, stated)
        if format_ == "csv":
            return CsvFile(source.name, data, vocabulary)
        if format_ == "jsonl":
            return JsonlFile(source.name, data, vocabulary)
        if source.path is None or not data.is_parquet:
            raise FormatError(
                f"{source.name}: Parquet cannot be read from a pipe or a packed file.\n"
                "Save it to a plain file and name that."
            )
    except BaseException:
        data.close()
        raise
    data.close()
    return ParquetFile(source.name, source.path, vocabulary, assume_utc=assume_utc)
