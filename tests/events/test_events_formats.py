"""Every format gives the same events. One class of checks, run over all of them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_files import FORMATS, HOUR, MINUTE, START, Row, quarantined, read, row, text, write

from lapwing.events import fault, text_file
from lapwing.events.error import ForbiddenError
from lapwing.events.reader import Reader
from lapwing.events.schema import SCHEMA


@pytest.fixture(autouse=True, params=["careful", "arrow"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small files are parsed line by line and large ones by Arrow; here either is tried on all."""
    monkeypatch.setattr(text_file, "SMALL", 0 if request.param == "arrow" else 1 << 40)
    return str(request.param)


@pytest.mark.parametrize("format_", FORMATS)
class TestEveryFormat:
    def test_gives_back_what_was_written(self, tmp_path: Path, format_: str) -> None:
        rows = [
            row(minute, f"s{minute % 5}", "share", f"link:{minute}", id=f"i{minute}") for minute in range(50)
        ]
        assert read(write(tmp_path / "e", rows, format_))[0] == rows

    def test_keeps_commas_quotes_and_letters_of_all_scripts(self, tmp_path: Path, format_: str) -> None:
        rows = [
            row(0, 'a "b", c', "tag", "tag:مرحبا"),
            row(1, "👍", "tag", 'tag:",",'),
            row(2, "é", "tag", "tag:я'"),
        ]
        assert read(write(tmp_path / "e", rows, format_))[0] == rows

    def test_an_empty_subject_is_background(self, tmp_path: Path, format_: str) -> None:
        path = write(tmp_path / "e", [row(0, ""), row(1, "ann")], format_)
        table = next(Reader(path))
        assert table["subject"].to_pylist() == [None, "ann"]

    def test_every_table_has_the_same_schema(self, tmp_path: Path, format_: str) -> None:
        assert next(Reader(write(tmp_path / "e", [row()], format_))).schema.equals(SCHEMA)

    def test_an_unknown_kind_goes_to_the_quarantine(self, tmp_path: Path, format_: str) -> None:
        path = write(tmp_path / "e", [row(0), row(1, "bob", "yodel"), row(2)], format_)
        rows, summary = read(path, quarantine_path=tmp_path / "q")
        assert len(rows) == 2
        assert summary.quarantined == {fault.UNKNOWN_KIND: 1}
        line = 2 if format_ == "parquet" or format_.startswith("jsonl") else 3
        assert quarantined(tmp_path / "q") == [
            {
                "file": str(path),
                "line": line,
                "reason": fault.UNKNOWN_KIND,
                "column": "kind",
                "value": "yodel",
            }
        ]
        assert summary.unknown_kinds == {"yodel": 1}
        assert "yodel" in summary.advice[0]

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            ("a\0b", fault.CONTROL),
            ("a\x1b[1mb", fault.CONTROL),
            ("a\u0085b", fault.CONTROL),
            ("a\u202eb", fault.DIRECTION),
            ("a\u2067b", fault.DIRECTION),
            ("x" * 4097, fault.TOO_LONG),
            ("é" * 2049, fault.TOO_LONG),
        ],
    )
    @pytest.mark.parametrize("column", ["subject", "context", "id", "circle"])
    def test_a_value_that_is_not_safe_goes_to_the_quarantine(
        self, tmp_path: Path, format_: str, column: str, value: str, why: str
    ) -> None:
        path = write(tmp_path / "e", [row(0), row(1)._replace(**{column: value}), row(2)], format_)
        rows, summary = read(path)
        assert [r.time for r in rows] == [START, START + 2 * MINUTE]
        assert summary.quarantined == {why: 1}

    def test_the_longest_value_and_right_to_left_marks_are_taken(self, tmp_path: Path, format_: str) -> None:
        rows = [row(0, "x" * 4096), row(1, "\u200fشكرا\u200e")]
        assert read(write(tmp_path / "e", rows, format_))[0] == rows

    def test_a_context_must_be_there(self, tmp_path: Path, format_: str) -> None:
        _, summary = read(write(tmp_path / "e", [row(0), row(1, context="")], format_))
        assert summary.quarantined == {fault.MISSING: 1}

    def test_a_forbidden_kind_refuses_the_file(self, tmp_path: Path, format_: str) -> None:
        path = write(tmp_path / "e", [row(0), row(1, kind="attend_prayer")], format_)
        with pytest.raises(ForbiddenError, match=r"line [23]: kind 'attend_prayer' is refused: .*N13"):
            list(Reader(path))

    def test_a_forbidden_sort_of_context_refuses_the_file(self, tmp_path: Path, format_: str) -> None:
        path = write(tmp_path / "e", [row(0), row(1, context="mosque:x")], format_)
        with pytest.raises(ForbiddenError, match=r"context 'mosque:' is refused: a place of worship"):
            list(Reader(path))

    def test_contexts_without_a_known_sort_are_taken(self, tmp_path: Path, format_: str) -> None:
        contexts = ["https://example.org/a:b", "12:30", ":", "x", "mosque", "newsort:mosque:1", "-religion:x"]
        rows = [row(i, context=context) for i, context in enumerate(contexts)]
        assert read(write(tmp_path / "e", rows, format_))[0] == rows

    def test_a_file_without_rows_is_fine(self, tmp_path: Path, format_: str) -> None:
        assert read(write(tmp_path / "e", [], format_))[0] == []


def test_parquet_takes_dictionaries_views_integers_and_other_units(tmp_path: Path) -> None:
    times = [START, START + HOUR]
    for unit, factor in (("s", 1_000_000), ("ms", 1000), ("us", 1)):
        table = pa.table(
            {
                "time": pa.array([t // factor for t in times], pa.timestamp(unit, "Europe/Vienna")),
                "subject": pa.array([7, 8], pa.int64()),
                "kind": pa.array(["share", "share"]).dictionary_encode(),
                "context": pa.array(["link:a", "link:b"], pa.string_view()),
            }
        )
        pq.write_table(table, tmp_path / "e.parquet")
        assert read(tmp_path / "e.parquet")[0] == [
            Row(times[0], "7", "share", "link:a"),
            Row(times[1], "8", "share", "link:b"),
        ]


def test_nanoseconds_are_cut_to_microseconds(tmp_path: Path) -> None:
    time = pa.array([START * 1000 + 999], pa.timestamp("ns", "UTC"))
    pq.write_table(
        pa.table({"time": time, "subject": ["a"], "kind": ["share"], "context": ["x"]}), tmp_path / "e"
    )
    assert read(tmp_path / "e")[0][0].time == START


def test_bytes_that_are_not_utf8_go_to_the_quarantine_with_their_line(tmp_path: Path) -> None:
    good = b"2026-01-31T00:00:00Z,ann,share,link:a\n"
    bad = good.replace(b"ann", b"\xff\xfe")
    (tmp_path / "e.csv").write_bytes(b"time,subject,kind,context\n" + good + bad + good)
    rows, summary = read(tmp_path / "e.csv", quarantine_path=tmp_path / "q")
    assert len(rows) == 2
    assert summary.quarantined == {fault.NOT_UTF8: 1}
    assert quarantined(tmp_path / "q")[0]["line"] == 3
    assert quarantined(tmp_path / "q")[0]["value"] == "\\xff\\xfe"


def test_half_a_surrogate_pair_is_no_text(tmp_path: Path) -> None:
    line = '{"time":"2026-01-31T00:00:00Z","subject":"%s","kind":"share","context":"x"}\n'
    (tmp_path / "e").write_text(line % "\\ud83d" + line % "\\ud83d\\ude00")
    rows, summary = read(tmp_path / "e")
    assert [r.subject for r in rows] == ["😀"]
    assert summary.quarantined == {fault.NOT_UTF8: 1}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", fault.NOT_JSON),
        ("[]", fault.NOT_JSON),
        ("null", fault.NOT_JSON),
        ('{"time":1} {"time":2}', fault.NOT_JSON),
        ('{"kind":"share","kind":"share"}', fault.NOT_JSON),
        ('{"time":"2026-01-31T00:00:00Z","subject":1.5,"kind":"share","context":"x"}', fault.NOT_TEXT),
        ('{"time":"2026-01-31T00:00:00Z","subject":true,"kind":"share","context":"x"}', fault.NOT_TEXT),
        ('{"time":"2026-01-31T00:00:00Z","subject":["a"],"kind":"share","context":"x"}', fault.NOT_TEXT),
        ('{"subject":"a","kind":"share","context":"x"}', fault.NO_TIME),
        ('{"time":"2026-01-31T00:00:00Z","subject":"a","context":"x"}', fault.MISSING),
    ],
)
def test_a_line_that_is_no_event_is_named_with_its_line(tmp_path: Path, line: str, why: str) -> None:
    good = '{"time":"2026-01-31T00:00:00Z","subject":"ann","kind":"share","context":"x"}'
    (tmp_path / "e").write_text("\n".join(["", good, line, good]))
    rows, summary = read(tmp_path / "e", quarantine_path=tmp_path / "q")
    assert len(rows) == 2
    assert summary.quarantined == {why: 1}
    assert quarantined(tmp_path / "q")[0]["line"] == 3


def test_json_numbers_name_subjects_and_tell_time(tmp_path: Path) -> None:
    (tmp_path / "e").write_text(
        '{"time":1769817600,"subject":12345678901234567890123,"kind":"share","context":"x"}\n'
        '{"time":1769817660.25,"subject":7,"kind":"share","context":"x"}\n'
    )
    assert read(tmp_path / "e")[0] == [
        Row(START, "12345678901234567890123", "share", "x"),
        Row(START + MINUTE + 250_000, "7", "share", "x"),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2026-01-31T00:00:00Z,ann,share", fault.WRONG_COLUMNS),
        ("2026-01-31T00:00:00Z,ann,share,link:a,more", fault.WRONG_COLUMNS),
        ('2026-01-31T00:00:00Z,ann,share,"link:a', fault.WRONG_QUOTES),
        ('2026-01-31T00:00:00Z,ann,share,"link"a', fault.WRONG_QUOTES),
        ("  ", fault.WRONG_COLUMNS),
        ('2026-01-31T00:00:00Z,ann,share,"link\na"', fault.CONTROL),
    ],
)
def test_a_broken_line_of_csv_costs_no_other(tmp_path: Path, line: str, why: str) -> None:
    good = '2026-01-31T00:00:00Z,ann,share,"link:a"'
    path = text(tmp_path / "e.csv", good, "", line, good, '2026-01-31T00:00:00Z,ann,share,5" pipe')
    rows, summary = read(path, quarantine_path=tmp_path / "q")
    assert [r.context for r in rows] == ['5" pipe', "link:a", "link:a"]
    assert summary.quarantined == {why: 1}
    assert quarantined(tmp_path / "q")[0]["line"] == 4


def test_a_quoted_value_may_span_lines(tmp_path: Path) -> None:
    path = text(
        tmp_path / "e.csv",
        '2026-01-31T00:00:00Z,ann,share,link:a,"two\nlines, ""quoted"""',
        "2026-01-31T00:00:00Z,ann,yodel,link:a,x",
        header="time,subject,kind,context,note",
    )
    rows, summary = read(path, quarantine_path=tmp_path / "q")
    assert len(rows) == 1
    assert summary.ignored_columns == ("note",)
    assert quarantined(tmp_path / "q")[0]["line"] == 4


def test_the_mark_of_utf8_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = text(tmp_path / "e.csv", "2026-01-31T00:00:00Z,ann,share,link:a")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read(path)[0]) == 1
    path.write_bytes(
        b'\xef\xbb\xbf{"time":"2026-01-31T00:00:00Z","subject":"ann","kind":"share","context":"x"}'
    )
    assert len(read(path)[0]) == 1


def test_the_content_tells_the_format_and_not_the_name(tmp_path: Path) -> None:
    rows = [row(0), row(1)]
    for format_ in FORMATS:
        path = write(tmp_path / "e", rows, format_).rename(tmp_path / "events.txt")
        assert read(path)[0] == rows


@pytest.mark.parametrize("format_", ["csv", "csv.gz", "jsonl", "jsonl.zst"])
def test_standard_input_is_read(tmp_path: Path, format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(i, id=str(i)) for i in range(10)]
    data = write(tmp_path / "e", rows, format_).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert read("-")[0] == rows


def test_a_folder_is_read_with_its_folders_and_without_strangers(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    for at, place in enumerate(("a", "b/c", ".hidden/d", "z")):
        write(tmp_path / place, [row(at)], "csv")
    (tmp_path / "truth.json").write_text("{}")
    rows, summary = read([tmp_path, tmp_path / "z.csv"])
    assert [r.time for r in rows] == [START, START + MINUTE, START + 3 * MINUTE]
    assert summary.files == 3
    assert summary.skipped_files == (str(tmp_path / "truth.json"),)


def test_progress_ends_with_everything_read(tmp_path: Path) -> None:
    paths = [write(tmp_path / str(i), [row(i)], format_) for i, format_ in enumerate(FORMATS)]
    seen = []
    list(Reader(paths, progress=seen.append))
    assert seen[-1].bytes_done == seen[-1].bytes_total == sum(path.stat().st_size for path in paths)
    assert seen[-1].files_done == seen[-1].files == len(FORMATS)
    assert seen[-1].rows == len(FORMATS)
