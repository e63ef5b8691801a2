"""Every kernel against a slow and obvious twin."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lapwing.events import text, text_file
from lapwing.events.order import canonical
from lapwing.events.reader import Reader
from lapwing.events.recent import Recent
from lapwing.events.rows import Rows, labels
from lapwing.events.vocabulary import Vocabulary

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
FEW = st.sampled_from(["", "a", "b", "aa", "é", "a\0"])


def rows_of(values: list[tuple[int, str, str, str, str, str]]) -> Rows:
    time, subject, id_, kind, context, circle = zip(*values, strict=True) if values else [()] * 6
    nothing = labels(pa.nulls(len(values), pa.string()))

    def label(texts: Any) -> pa.DictionaryArray:
        return labels(pa.array([t or None for t in texts], pa.string()))

    return Rows(
        np.array(time, np.int64),
        {
            "subject": label(subject),
            "kind": label(kind),
            "circle": label(circle),
            "source": nothing,
            "platform": nothing,
            "context": text.plain(pa.array(context, pa.string())),
            "id": text.plain(pa.array(id_, pa.string())),
        },
    )


def values_of(rows: Rows) -> list[tuple[Any, ...]]:
    columns = [rows.columns[name].to_pylist() for name in ("subject", "id", "kind", "context", "circle")]
    return [(int(t), *(v or "" for v in row)) for t, *row in zip(rows.time, *columns, strict=True)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), FEW, FEW, FEW, FEW, FEW), max_size=40))
def test_canonical_order_is_that_of_sorted_tuples(values: list[tuple[int, str, str, str, str, str]]) -> None:
    assert values_of(canonical(rows_of(values))) == sorted(values)


def test_rows_in_order_are_not_copied() -> None:
    rows = rows_of(sorted((i // 3, "a", str(i % 3), "k", "c", "") for i in range(30)))
    assert canonical(rows) is rows


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), FEW, FEW, FEW, FEW, st.just("")), max_size=60),
    st.integers(0, 20),
    st.lists(st.integers(0, 60), max_size=3),
)
def test_repeats_are_those_of_a_dictionary(
    values: list[tuple[int, str, str, str, str, str]], tolerance: int, cuts: list[int]
) -> None:
    values.sort()
    seen: dict[tuple[str, ...], int] = {}
    expected = []
    for time, *key in values:
        expected.append(bool(key[1]) and time - seen.get(tuple(key), -1000) <= tolerance)
        seen[tuple(key)] = time
    recent, rows, got = Recent(tolerance), rows_of(values), []
    borders = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    for a, b in pairwise(borders):
        got += recent.repeats(rows.slice(a, b)).tolist()
    assert got == expected


def test_repeats_are_found_while_the_table_grows_and_forgets() -> None:
    recent = Recent(1000)
    for start in range(0, 20_000, 500):
        rows = rows_of([(i, "a", str(i), "k", "c", "") for i in range(start, start + 500)])
        assert not recent.repeats(rows).any()
        again = rows_of([(start + 499, "a", str(i), "k", "c", "") for i in range(start, start + 500)])
        assert recent.repeats(again).all()
    assert len(recent._prints) <= 16_384


def verdict(value: bytes) -> int:
    if not value:
        return text.EMPTY
    if len(value) > text.LONGEST:
        return text.TOO_LONG
    try:
        characters = value.decode("utf-8")
    except UnicodeDecodeError as error:
        before = verdict(value[: error.start])
        return before if before in (text.CONTROL, text.DIRECTION) else text.NOT_UTF8
    for character in characters:
        if character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029":
            return text.CONTROL
        if "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069":
            return text.DIRECTION
    return text.SOUND


@settings(deadline=None)
@given(st.lists(st.binary(max_size=6) | WORDS.map(str.encode), max_size=8))
@example([b"x" * 4096, b"x" * 4097, "\ud800".encode("utf-8", "surrogatepass"), b"\xf4\x90\x80\x80"])
@example([b"\xc0\x80", b"\xe0\x80\x80", "\u2029".encode(), "\U0010ffff".encode(), b"\xf0\x9f\x91"])
def test_verdicts_are_those_of_pythons_decoder(values: list[bytes]) -> None:
    array = text.plain(pa.array(values, pa.binary()))
    assert text.verdicts(array).tolist() == [verdict(value) for value in values]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), unique=True, max_size=30), st.integers(0, 5))
def test_fingerprints_depend_on_the_value_alone(values: list[bytes], skipped: int) -> None:
    array = text.plain(pa.array(values, pa.large_binary()))
    prints = text.fingerprints(array)
    assert len(set(prints.tolist())) == len(values)
    assert text.fingerprints(array.slice(skipped)).tolist() == prints.tolist()[skipped:]


def both_parsers(data: bytes, suffix: str) -> list[tuple[Any, ...]]:
    """What the careful parser and Arrow give for the same bytes: rows, quarantine, or the error."""
    results = []
    for small in (0, 1 << 40):
        with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(text_file, "SMALL", small)
            path = Path(folder, "e" + suffix)
            path.write_bytes(data)
            reader = Reader(path, vocabulary=Vocabulary.load(), quarantine_path=Path(folder, "q"))
            try:
                rows = [row for table in reader for row in table.to_pylist()]
            except Exception as error:
                results.append((str(error).replace(folder, ""),))
            else:
                results.append((rows, Path(folder, "q").read_text().replace(folder, "")))
    return results


# "\udcff" is written as the byte 0xff, which is no UTF-8.
FIELD = st.sampled_from(
    ["", "a", "share", "x y", '"q"', '"a,b"', '"a\nb"', '"a""b"', 'a"b', '"', '"a"b', "\r", "é", '""', " "]
) | st.sampled_from(["\n", "\udcff", '"\udcff"'])
TIME = st.sampled_from(["2026-01-31T00:00:00Z", '"2026-01-31T00:00:00Z"', "x"])
LINE = st.tuples(TIME, FIELD, st.sampled_from(["share", '"tag"', "yodel"]), FIELD).map(",".join) | st.lists(
    FIELD, max_size=6
).map(",".join)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LINE, st.sampled_from(["\n", "\r\n", "\n\n", "\r"])), max_size=8))
def test_csv_by_arrow_is_csv_by_hand(lines: list[tuple[str, str]]) -> None:
    data = "time,subject,kind,context\n" + "".join(line + end for line, end in lines)
    fast, careful = both_parsers(data.encode(errors="surrogateescape"), ".csv")
    assert fast == careful


@settings(deadline=None)
@given(
    st.lists(
        st.lists(WORDS.filter(lambda t: "\r" not in t and "\n" not in t), min_size=3, max_size=3), max_size=8
    )
)
def test_csv_by_hand_is_csv_by_python(rows: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "e.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["note", "time", "subject", "other", "kind", "context", "more"])
            for a, b, c in rows:
                lines.writerow([a, "2026-01-31T00:00:00Z", "s", b, "share", "x", c])
        assert sum(map(len, Reader(path))) == len(rows)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "a", "share", "2026-01-31T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=3,
)
OBJECT = st.fixed_dictionaries(
    {
        "time": st.just("2026-01-31T00:00:00Z") | JSON,
        "subject": st.just("a") | JSON,
        "kind": st.just("share") | JSON,
    },
    optional={"context": st.just("x") | JSON, "id": JSON, "circle": JSON, "extra": JSON, "more": JSON},
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            OBJECT.map(json.dumps)
            | st.sampled_from(
                ["", " ", "{", "[]", "1", '{"a":1}{"b":2}', '{"time":"\udcff"}', '{"\udcff":1}']
            ),
            st.sampled_from(["\n", "\r\n"]),
        ),
        max_size=6,
    )
)
def test_json_by_arrow_is_json_by_hand(lines: list[tuple[str, str]]) -> None:
    first = '{"time":"2026-01-31T00:00:00Z","subject":"a","kind":"share","context":"x"}\n'
    data = first + "".join(line + end for line, end in lines)
    fast, careful = both_parsers(data.encode(errors="surrogateescape"), ".jsonl")
    assert fast == careful
