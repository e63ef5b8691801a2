"""Events in Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lapwing.events.error import ColumnError, InputError, TimeError
from lapwing.events.rows import RawRows, check_columns
from lapwing.events.schema import LABELS, OPTIONAL, REQUIRED
from lapwing.events.text import is_text
from lapwing.events.vocabulary import Vocabulary


class ParquetFile:
    """One Parquet file, read a batch at a time. The line of a row is its number in the file, from 1."""

    def __init__(self, file: str, path: Path, vocabulary: Vocabulary, *, assume_utc: bool) -> None:
        self._file = file
        self._rows_done = 0
        try:
            self._bytes = path.stat().st_size
            metadata = pq.read_metadata(path)
            # Subjects and kinds repeat: decoding them as dictionaries is what makes reading fast.
            repeated = [
                n for n in ("subject", "kind", *LABELS) if n in metadata.schema.to_arrow_schema().names
            ]
            self._parquet = pq.ParquetFile(path, metadata=metadata, read_dictionary=repeated)
        except (OSError, pa.ArrowException) as error:
            raise InputError(
                f"{file} cannot be read as Parquet: it is damaged or breaks off.\nCopy or export it again."
            ) from error
        schema = self._parquet.schema_arrow
        self.ignored = check_columns(file, schema.names, vocabulary)
        self._columns = [name for name in REQUIRED + OPTIONAL if name in schema.names]
        for name in self._columns:
            type_ = schema.field(name).type
            if name == "time":
                _check_time(file, type_, assume_utc)
            elif not is_text(type_) and not pa.types.is_integer(type_):
                raise ColumnError(
                    f"{file}: column {name} is of type {type_}; expected text.\n"
                    "Write it as text; numbers with a fraction lose digits and can not name anything."
                )

    @property
    def bytes_done(self) -> int:
        """Bytes read so far, as the share of rows that are."""
        rows: int = self._parquet.metadata.num_rows
        return self._bytes * self._rows_done // max(1, rows)

    def pieces(self, rows: int) -> Iterator[RawRows]:
        """Batches of at most ``rows`` rows. Raises :class:`InputError` when the file is damaged."""
        try:
            for batch in self._parquet.iter_batches(batch_size=rows, columns=self._columns):
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                yield RawRows(columns, self._rows_done + 1)
                self._rows_done += batch.num_rows
        except (OSError, pa.ArrowException) as error:
            raise InputError(
                f"{self._file} is damaged or breaks off after row {self._rows_done}.\n"
                "Copy or export it again."
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._parquet.close()


def _check_time(file: str, type_: pa.DataType, assume_utc: bool) -> None:
    if pa.types.is_timestamp(type_):
        if type_.tz is None and not assume_utc:
            raise TimeError(
                f"{file}: the column time has no time zone, so it may mean any hour of the day.\n"
                "Write it with a time zone, or, when you know that it is UTC, read with assume_utc."
            )
    elif not (pa.types.is_integer(type_) or pa.types.is_floating(type_) or is_text(type_)):
        raise TimeError(
            f"{file}: the column time is of type {type_}; expected a timestamp with time zone, text in "
            "RFC 3339, or seconds or milliseconds since 1970.\nConvert the column."
        )
