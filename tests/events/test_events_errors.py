"""Every refusal says what is wrong, where, and what to do next. The texts are golden files.

Write them anew with: LAPWING_GOLDEN=write pytest tests/events/test_events_errors.py
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_files import FORMATS, START, read, row, text, write
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.events.error import BadRowError, EventsError
from lapwing.events.reader import Reader

GOLDEN = Path(__file__).parent / "golden"
GOOD = "2026-01-31T00:00:00Z,ann,share,link:a"


def table(**columns: object) -> pa.Table:
    time = pa.array([START], pa.timestamp("us", "UTC"))
    return pa.table({"time": time, "subject": ["a"], "kind": ["share"], "context": ["x"], **columns})


def parquet(path: Path, contents: pa.Table) -> Path:
    pq.write_table(contents, path)
    return path


def contents(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def damaged_parquet(path: Path) -> Path:
    return contents(path, parquet(path, table()).read_bytes()[:-20])


def folder(path: Path) -> Path:
    path.mkdir()
    (path / "notes.txt").touch()
    return path


CASES: dict[str, Callable[[Path], dict[str, object]]] = {
    "no-such-file": lambda p: {"paths": p / "absent.csv"},
    "nothing-to-read": lambda p: {"paths": []},
    "folder-without-events": lambda p: {"paths": folder(p / "notes")},
    "quarantine-cannot-be-written": lambda p: {
        "paths": text(p / "e.csv", GOOD),
        "quarantine_path": p / "absent" / "q.jsonl",
    },
    "zip": lambda p: {"paths": contents(p / "e.xlsx", b"PK\x03\x04....")},
    "utf-16": lambda p: {"paths": contents(p / "e.csv", "time,subject".encode("utf-16"))},
    "binary": lambda p: {"paths": contents(p / "e.bin", b"\x01\x00\x02")},
    "json-array": lambda p: {"paths": contents(p / "e.json", b'[{"time": 1}]')},
    "gzip-breaks-off": lambda p: {"paths": contents(p / "e.csv.gz", gzip.compress(os.urandom(999))[:500])},
    "other-format-than-stated": lambda p: {"paths": text(p / "e.csv", GOOD), "stated": "parquet"},
    "unknown-format-stated": lambda p: {"paths": text(p / "e.csv", GOOD), "stated": "xml"},
    "csv-empty": lambda p: {"paths": contents(p / "e.csv", b"")},
    "csv-semicolons": lambda p: {"paths": contents(p / "e.csv", b"time;subject;kind;context\n")},
    "csv-tabs": lambda p: {"paths": contents(p / "e.csv", b"time\tsubject\tkind\tcontext\n")},
    "csv-header-not-utf-8": lambda p: {"paths": contents(p / "e.csv", b"time,subject,kind,context,\xff\n")},
    "csv-missing-column": lambda p: {"paths": text(p / "e.csv", header="time,user,kind,context")},
    "csv-missing-columns": lambda p: {"paths": text(p / "e.csv", header="Time,Subject,Kind,Context")},
    "csv-column-twice": lambda p: {"paths": text(p / "e.csv", header="time,subject,kind,context,id,id")},
    "csv-no-end-of-line": lambda p: {
        "paths": contents(p / "e.csv", b"time,subject,kind,context\n" + b"x" * 3_000_000)
    },
    "csv-forbidden-column": lambda p: {
        "paths": text(p / "e.csv", header="time,subject,kind,context,religious_affiliation")
    },
    "csv-rating-column": lambda p: {"paths": text(p / "e.csv", header="time,subject,kind,context,riskScore")},
    "csv-forbidden-kind": lambda p: {
        "paths": text(p / "e.csv", GOOD, GOOD.replace("share", "attend_protest"))
    },
    "csv-forbidden-context": lambda p: {"paths": text(p / "e.csv", GOOD.replace("link:", "mosque:"))},
    "csv-forbidden-source": lambda p: {
        "paths": text(p / "e.csv", GOOD + ",wiretap", header="time,subject,kind,context,source")
    },
    "json-missing-key": lambda p: {
        "paths": contents(p / "e.jsonl", b'{"time":"x","user":"a","kind":"share"}\n')
    },
    "json-forbidden-key": lambda p: {
        "paths": contents(
            p / "e.jsonl",
            b'{"time":"2026-01-31T00:00:00Z","subject":"a","kind":"share","context":"x"}\n'
            b'{"time":"2026-01-31T00:00:00Z","subject":"a","kind":"share","context":"x","faith":"?"}\n',
        )
    },
    "parquet-damaged": lambda p: {"paths": damaged_parquet(p / "e.parquet")},
    "parquet-missing-column": lambda p: {"paths": parquet(p / "e.parquet", table().drop_columns(["kind"]))},
    "parquet-forbidden-column": lambda p: {"paths": parquet(p / "e.parquet", table(Nationalities=["x"]))},
    "parquet-number-as-name": lambda p: {"paths": parquet(p / "e.parquet", table(id=[1.5]))},
    "parquet-dates": lambda p: {
        "paths": parquet(p / "e.parquet", table().set_column(0, "time", pa.array([1], pa.date32())))
    },
    "parquet-naive": lambda p: {
        "paths": parquet(
            p / "e.parquet", table().set_column(0, "time", pa.array([START], pa.timestamp("ms")))
        )
    },
    "time-naive": lambda p: {"paths": text(p / "e.csv", GOOD.replace("Z", ""))},
    "time-mixed-units": lambda p: {
        "paths": text(p / "e.csv", "1769817600,a,share,x", "1769817600000,a,share,x")
    },
    "time-mixed-forms": lambda p: {"paths": text(p / "e.csv", GOOD, "1769817600,a,share,x")},
    "time-fits-no-unit": lambda p: {"paths": text(p / "e.csv", "17698176000,a,share,x")},
    "strict-unknown-kind": lambda p: {
        "paths": text(p / "e.csv", GOOD, GOOD.replace("share", "yodel")),
        "strict": True,
    },
    "strict-wrong-columns": lambda p: {"paths": text(p / "e.csv", GOOD, "x,y"), "strict": True},
    "strict-missing-value": lambda p: {
        "paths": text(p / "e.csv", GOOD.replace("link:a", "")),
        "strict": True,
    },
}


@pytest.mark.parametrize("name", CASES)
def test_the_refusal_is_worded_like_its_golden_file(name: str, tmp_path: Path) -> None:
    options = CASES[name](tmp_path)
    with pytest.raises(EventsError) as refused:
        list(Reader(**options))  # type: ignore[arg-type]
    golden = GOLDEN / f"{name}.txt"
    said = str(refused.value).replace(str(tmp_path), "/data") + "\n"
    if os.environ.get("LAPWING_GOLDEN") == "write":
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text("utf-8")
    assert len(said.splitlines()) > 1, "the second line says what to do next"


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(CASES)


def test_parquet_through_a_pipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet(tmp_path / "e", table()).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    with pytest.raises(EventsError, match=r"standard input: Parquet cannot be read from a pipe"):
        list(Reader("-"))


def test_a_file_is_refused_before_the_first_table_of_any_other(tmp_path: Path) -> None:
    good = write(tmp_path / "a", [row()], "csv")
    bad = text(tmp_path / "z.csv", header="time,subject,kind,context,ethnicity")
    with pytest.raises(EventsError, match="ethnicity is never recorded"):
        next(Reader([good, bad]))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(FORMATS), st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3), st.integers(0, 9)))
)
def test_a_damaged_file_is_read_or_refused_and_never_breaks_the_reader(
    format_: str, damage: list[tuple[float, bytes, int]]
) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder, "e"), [row(minute, "é", id=str(minute)) for minute in range(9)], format_)
        data = bytearray(path.read_bytes())
        for place, inserted, erased in damage:
            at = int(place * len(data))
            data[at : at + erased] = inserted
        path.write_bytes(data)
        with contextlib.suppress(EventsError):
            read(path, quarantine_path=Path(folder, "q"))


def test_a_bad_row_says_where_it_is_in_its_fields() -> None:
    error = BadRowError("e.csv", 7, "value missing", "context", None)
    assert str(error).splitlines()[0] == "e.csv, line 7, column context: value missing."
