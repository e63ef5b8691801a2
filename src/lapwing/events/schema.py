"""The columns of events."""

from __future__ import annotations

import pyarrow as pa

REQUIRED = ("time", "subject", "kind", "context")
"""Columns that every file must have."""

OPTIONAL = ("id", "circle", "source", "platform")

LABELS = ("circle", "source", "platform")
"""Optional columns of few values."""

LABEL = pa.dictionary(pa.int32(), pa.string())
"""The type of columns of few values; a dictionary may hold more values than its rows use."""

SCHEMA = pa.schema(
    [
        pa.field("time", pa.int64(), nullable=False),
        pa.field("subject", LABEL),
        pa.field("kind", LABEL, nullable=False),
        pa.field("context", pa.large_string(), nullable=False),
        pa.field("id", pa.large_string()),
        pa.field("circle", LABEL),
        pa.field("source", LABEL),
        pa.field("platform", LABEL),
    ]
)
"""Of every table of the stream. ``time`` is microseconds since 1970-01-01 UTC; a null ``subject`` is
background; a null ``id`` stands for an act of one row; a column that the input lacks is null throughout."""
