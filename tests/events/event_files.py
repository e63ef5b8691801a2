"""Events as plain rows, written in every format and read back."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from lapwing.events.reader import Reader
from lapwing.events.summary import ReadSummary

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = int(datetime(2026, 1, 31, tzinfo=UTC).timestamp()) * 1_000_000

FORMATS = ("csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "parquet")


class Row(NamedTuple):
    """One event. The empty string stands for null."""

    time: int
    subject: str = "ann"
    kind: str = "share"
    context: str = "link:a"
    id: str = ""
    circle: str = ""


def row(minutes: float = 0, *values: str, **named: str) -> Row:
    return Row(START + int(minutes * MINUTE), *values, **named)


def rfc3339(time: int) -> str:
    return (
        datetime.fromtimestamp(time // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        + f".{time % 1_000_000:06d}Z"
    )


def write(path: Path, rows: Sequence[Row], format_: str) -> Path:
    """Write rows as ``path`` with the format as its ending."""
    path = path.with_name(f"{path.name}.{format_}")
    if format_ == "parquet":
        names = Row._fields
        columns = {n: [getattr(r, n) or None for r in rows] for n in names}
        columns["time"] = pa.array(columns["time"], pa.int64()).cast(pa.timestamp("us", "UTC"))
        for name in names[1:]:
            columns[name] = pa.array(columns[name], pa.string())
        pq.write_table(pa.table(columns), path, row_group_size=max(7, len(rows) // 50))
        return path
    out = io.StringIO()
    if format_.startswith("csv"):
        lines = csv.writer(out, lineterminator="\r\n" if len(rows) % 2 else "\n")
        lines.writerow(Row._fields)
        lines.writerows([rfc3339(r.time), *r[1:]] for r in rows)
    else:
        for r in rows:
            out.write(
                json.dumps({**r._asdict(), "time": rfc3339(r.time), "subject": r.subject or None}) + "\n"
            )
    data = out.getvalue().encode()
    if format_.endswith(".gz"):
        data = gzip.compress(data)
    elif format_.endswith(".zst"):
        data = zstandard.compress(data)
    path.write_bytes(data)
    return path


def text(path: Path, *lines: str, header: str = "time,subject,kind,context") -> Path:
    """Write lines of CSV."""
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def read(paths: Path | str | Sequence[Path | str], **options: Any) -> tuple[list[Row], ReadSummary]:
    """All rows of the stream, in its order, and the summary. Checks what holds for every stream."""
    with Reader(paths, **options) as reader:
        tables = list(reader)
    rows: list[Row] = []
    for table in tables:
        table.validate(full=True)
        part = [Row(*(r[n] if r[n] is not None else "" for n in Row._fields)) for r in table.to_pylist()]
        assert part
        assert not rows or rows[-1].time < part[0].time
        rows += part
    summary = reader.summary
    assert [r.time for r in rows] == sorted(r.time for r in rows)
    assert summary.taken == len(rows)
    assert summary.rows == (
        summary.taken + summary.already_taken + summary.repeated + sum(summary.quarantined.values())
    )
    return rows, summary


def quarantined(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
