"""Tables become batches: each kernel against a slow twin, and no difference by how the stream is cut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watching import HOUR, MINUTE, START, VOCABULARY

from lapwing.events.schema import SCHEMA
from lapwing.watch.contexts import Sorts, count_in, different, empty_count, keys
from lapwing.watch.intake import Intake, Strata, Stretch
from lapwing.watch.names import Names

STRATA = Strata.of(VOCABULARY)
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.sampled_from([None, "a", "b", "Ä", "a" * 70]),
        st.sampled_from(["share", "reply", "like"]),
        st.sampled_from(["link:x", "tag:x", "x", "nothing:x", ":x", "link", "campaign:é", "l" * 500]),
        st.sampled_from([None, "1", "2", "1" * 9]),
        st.sampled_from([None, None, "k1", "k2"]),
    ),
    max_size=40,
)


def table(rows: list[tuple]) -> pa.Table:
    """Rows (time, subject, kind, context, id, circle) as a table of the stream."""
    columns = dict(
        zip(("time", "subject", "kind", "context", "id", "circle"), zip(*rows, strict=True), strict=False)
    )
    arrays = [pa.array(columns.get(f.name, [None] * len(rows)), f.type) for f in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def stretches(tables: list[pa.Table], tolerance: int = HOUR) -> Iterator[Stretch]:
    intake = Intake(STRATA, border=HOUR, tolerance=tolerance, names=Names())
    for piece in tables:
        yield from intake.take(piece)[1]
    if intake.has_rest:
        yield from intake.rest()[1]


def plain(found: Iterator[Stretch]) -> list[tuple]:
    return [
        (
            s.batch.end,
            s.batch.first_row,
            *(getattr(s.batch, name).tolist() for name in ("time", "subject", "context", "stratum", "act")),
            s.subjects,
            s.acts,
            s.circles,
        )
        for s in found
    ]


def mixed(h: int) -> int:
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    h = (h ^ (h >> 27)) * 0x94D049BB133111EB % 2**64
    return h ^ (h >> 31)


def slow_key(text: str) -> int:
    data = text.encode()
    h = len(data) * 0x9E3779B97F4A7C15 % 2**64
    for at in range(0, len(data) // 8 * 8, 8):
        h = mixed(h ^ int.from_bytes(data[at : at + 8], "little"))
    h = mixed(h ^ int.from_bytes(data[len(data) // 8 * 8 :], "little")) or 1
    return h - 2**64 if h >= 2**63 else h


def slow_stretches(rows: list[tuple]) -> list[tuple]:
    """The same by plain Python, row by row."""
    kinds, sorts = list(VOCABULARY.kinds), [*VOCABULARY.contexts, "other"]
    numbers: dict[str, int] = {}
    out: list[tuple] = []
    act, before = -1, None
    for at, (time, subject, kind, context, id_, circle) in enumerate(rows):
        end = time // HOUR * HOUR + HOUR
        if not out or out[-1][0] != end:
            out.append((end, at, [], [], [], [], [], 0, 0, {}))
        new = subject is not None and subject not in numbers
        who = -1 if subject is None else numbers.setdefault(subject, len(numbers))
        if not (id_ and before == (end, who, id_)):
            act += 1
        before = (end, who, id_)
        stratum = kinds.index(kind) * len(sorts) + sorts.index(VOCABULARY.sort_of(context))
        for column, value in zip(out[-1][2:7], (time, who, slow_key(context), stratum, act), strict=True):
            column.append(value)
        if circle and who >= 0 and (new or who >= (out[-2][7] if len(out) > 1 else 0)):
            out[-1][9].setdefault(who, circle)
        out[-1] = (*out[-1][:7], len(numbers), act + 1, out[-1][9])
    return out


def in_order(rows: list[tuple], step: int) -> list[tuple]:
    rows = [(START + minute * step * MINUTE, *rest) for minute, *rest in rows]
    return sorted(rows, key=lambda row: (row[0], row[1] or "", row[4] or ""))


@settings(max_examples=150, deadline=None)
@given(rows=EVENTS, step=st.sampled_from([1, 7, 300]), data=st.data())
def test_batches_are_those_of_plain_python_however_the_stream_is_cut(
    rows: list[tuple], step: int, data: st.DataObject
) -> None:
    rows = in_order(rows, step)
    expected = slow_stretches(rows)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=5)))
    pieces = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True) if a < b]
    tolerance = data.draw(st.sampled_from([0, MINUTE, 3 * HOUR]))
    assert plain(stretches([table(piece) for piece in pieces], tolerance)) == expected


def test_an_act_of_several_rows_is_one_also_where_a_table_ends() -> None:
    rows = [(START + second, "a", "share", f"link:{second}", "i1", None) for second in range(4)]
    (whole,) = plain(stretches([table(rows)]))
    (cut,) = plain(stretches([table(rows[:1]), table(rows[1:3]), table(rows[3:])]))
    assert whole == cut
    assert whole[6] == [0, 0, 0, 0]


def test_rows_without_id_are_acts_of_their_own() -> None:
    rows = [(START, "a", "share", "link:x", None, None)] * 3
    assert [s.batch.act.tolist() for s in stretches([table(rows)])] == [[0, 1, 2]]


def test_a_border_is_passed_only_when_the_stream_is_the_tolerance_beyond_it() -> None:
    intake = Intake(STRATA, border=HOUR, tolerance=HOUR, names=Names())
    for minute, handed_out in ((0, 0), (59, 0), (119, 0), (120, 2), (121, 0), (180, 1)):
        rows = [(START + minute * MINUTE, "a", "share", "link:x", None, None)]
        found = intake.take(table(rows))[1]
        assert sum(len(stretch.batch.time) for stretch in found) == handed_out
    assert intake.position == START + 2 * HOUR
    assert [time // MINUTE - START // MINUTE for time in intake.tail()["time"].to_pylist()] == [
        119,
        120,
        121,
        180,
    ]


def test_subjects_are_told_apart_byte_by_byte_and_keep_their_numbers() -> None:
    names = Names()
    many = [f"{'x' * (at % 30)}{at}" for at in range(5_000)]
    first = names.numbered(pa.array(many).dictionary_encode())
    again = names.numbered(pa.array(list(reversed(many))).dictionary_encode())
    assert first.tolist() == list(range(5_000))
    assert again.tolist() == list(reversed(range(5_000)))
    assert [names.text(number) for number in (0, 17, 4_999)] == [many[0], many[17], many[4_999]]
    kept = Names.of(*names.arrays(100))
    assert kept.count == 100
    assert kept.texts(0, 100) == many[:100]
    assert kept.numbered(pa.array([many[100], many[5]]).dictionary_encode()).tolist() == [100, 5]


def test_names_that_no_row_uses_get_no_number() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([2, None, 0], pa.int32()), ["a", "unused", "b"])
    names = Names()
    assert names.numbered(column).tolist() == [0, -1, 1]
    assert names.texts(0, names.count) == ["b", "a"]


@given(texts=st.lists(st.text(max_size=40), max_size=20))
def test_keys_are_those_of_plain_python(texts: list[str]) -> None:
    assert keys(pa.array(texts, pa.large_string())).tolist() == [slow_key(text) for text in texts]


def test_low_bits_of_keys_are_evenly_used() -> None:
    found = keys(pa.array([f"link:{at}" for at in range(1 << 16)], pa.large_string())) & 0xFF
    counts = np.bincount(found, minlength=256)
    assert 180 < counts.min() < 256 < counts.max() < 340  # 256 on average, a deviation of 16


@pytest.mark.parametrize(
    ("context", "sort"),
    [("tag:x", "tag"), ("tag", "other"), ("tags:x", "other"), ("", "other"), (":", "other"), ("tag:", "tag")],
)
def test_the_sort_of_a_context_is_what_stands_before_its_first_colon(context: str, sort: str) -> None:
    sorts = Sorts(VOCABULARY.contexts)
    assert sorts.names[sorts.of(pa.array([context], pa.large_string()))[0]] == sort


def test_every_stratum_has_the_sort_of_its_contexts() -> None:
    sorts = STRATA.sorts.names
    assert len(STRATA.sort_of) == len(VOCABULARY.kinds) * len(sorts)
    kinds = pa.array(["reply", "share"]).dictionary_encode()
    numbers = STRATA.stratum(kinds, np.array([3, 5], np.int32))
    assert STRATA.sort_of[numbers].tolist() == [3, 5]


@pytest.mark.parametrize("count", [0, 1, 1_000, 40_000, 1_000_000])
def test_different_contexts_are_counted_within_three_percent(count: int) -> None:
    registers = empty_count()
    rng = np.random.default_rng(1)
    seen = rng.integers(-(2**63), 2**63, count)
    for _ in range(2):
        count_in(registers, seen)
    assert abs(different(registers) - count) <= 0.03 * count
