"""The stream: in the order of time, the same however the input is cut, and nothing dropped in silence."""

from __future__ import annotations

import os
import random
import resource
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from event_files import DAY, FORMATS, HOUR, MINUTE, START, Row, quarantined, read, row, text, write
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.events import fault
from lapwing.events import reader as reader_module
from lapwing.events import text_file as text_file_module
from lapwing.events.error import BadRowError, InputError
from lapwing.events.reader import Reader, stream

ROWS = st.lists(
    st.builds(
        lambda minute, micro, subject, kind, context, id_, circle: Row(
            START + minute * 10 * MINUTE + micro, subject, kind, context, id_, circle
        ),
        st.integers(0, 40),
        st.sampled_from([0, 1]),
        st.sampled_from(["", "ann", "bob", "b", 'q"', "é,"]),
        st.sampled_from(["share", "tag"]),
        st.sampled_from(["link:a", "link:b", "link:aa", "tag:ü"]),
        st.sampled_from(["", "", "1", "2", "10"]),
        st.sampled_from(["", "east", "west"]),
    ),
    max_size=60,
)


def nearly_sorted(rows: list[Row], tolerance: int, seed: int) -> list[Row]:
    """The rows in an order in which none is late."""
    chance = random.Random(seed)
    return sorted(rows, key=lambda r: r.time + chance.randrange(tolerance + 1))


def expected(rows: list[Row], tolerance: int) -> list[Row]:
    """The stream by its definition: sorted, and of what has an id and comes again in time, the first."""
    taken: list[Row] = []
    seen: dict[tuple[str, ...], int] = {}
    for r in sorted(rows, key=lambda r: (r.time, r.subject, r.id, r.kind, r.context, r.circle)):
        key = (r.id, r.subject, r.kind, r.context)
        if not r.id or r.time - seen.get(key, -DAY * 10**6) > tolerance:
            taken.append(r)
        seen[key] = r.time
    return taken


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    cuts=st.lists(st.integers(0, 60), max_size=4),
    formats=st.lists(st.sampled_from(FORMATS), min_size=5, max_size=5),
    seed=st.integers(0, 99),
    sizes=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    tolerance=st.sampled_from([0, MINUTE, HOUR, DAY]),
    sort=st.booleans(),
    careful=st.booleans(),
)
def test_the_stream_is_the_same_however_the_rows_are_cut(
    rows: list[Row],
    cuts: list[int],
    formats: list[str],
    seed: int,
    sizes: tuple[int, int],
    tolerance: int,
    sort: bool,
    careful: bool,
) -> None:
    arrived = nearly_sorted(rows, tolerance, seed)
    borders = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        paths = [
            write(Path(folder, str(at)), arrived[a:b], format_)
            for at, (a, b, format_) in enumerate(zip(borders, borders[1:], formats, strict=False))
        ]
        random.Random(seed).shuffle(paths)
        piece, table = sizes
        patch.setattr(reader_module, "_PIECE", piece)
        patch.setattr(reader_module, "_TABLE", table)
        patch.setattr(text_file_module, "_SMALLEST_BLOCK", 100)
        patch.setattr(text_file_module, "SMALL", 1 << 20 if careful else 0)
        assert read(paths, tolerance=tolerance, sort=sort)[0] == expected(rows, tolerance)


def test_shards_of_one_stream_are_merged_by_time(tmp_path: Path) -> None:
    rows = [row(minute, f"s{minute}") for minute in range(1000)]
    paths = [write(tmp_path / str(shard), rows[shard::20], FORMATS[shard % 7]) for shard in range(20)]
    assert read(paths)[0] == rows


def test_a_thousand_files_one_after_the_other_are_open_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [
        text(tmp_path / f"{i:04d}.csv", f"{1769817600 + i * 7200},s{i},share,link:a") for i in range(1000)
    ]
    most = 0

    class Counting(list):  # type: ignore[type-arg]
        def append(self, flow: object) -> None:
            nonlocal most
            super().append(flow)
            most = max(most, len(self))

    with Reader(paths[::-1]) as reader:
        monkeypatch.setattr(reader, "_open", Counting())
        tables = list(reader)
    assert pa.concat_tables(tables)["subject"].to_pylist() == [f"s{i}" for i in range(1000)]
    assert most <= 2
    assert len(tables) == 1


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_more_files_of_one_time_than_may_be_open_are_read_with_sort(tmp_path: Path, format_: str) -> None:
    paths = [write(tmp_path / str(i), [row(0, f"s{i}"), row(600)], format_) for i in range(80)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 40, hard))
    try:
        with pytest.raises(InputError, match=r"files of the same time are open already.*\nRead with sort"):
            list(Reader(paths))
        assert len(read(paths, sort=True)[0]) == 160
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_file_that_is_out_of_order_within_the_tolerance_has_no_late_row(tmp_path: Path) -> None:
    rows = [row(60), row(0), row(59), row(120), row(60, "bob")]
    assert read(write(tmp_path / "e", rows, "csv"))[0] == sorted(rows)


def test_a_late_row_is_set_aside_with_its_line(tmp_path: Path) -> None:
    rows = [row(61), row(0), row(1), row(90)]
    got, summary = read(write(tmp_path / "e", rows, "csv"), quarantine_path=tmp_path / "q")
    assert got == [row(1), row(61), row(90)]
    assert summary.late == 1
    assert quarantined(tmp_path / "q")[0]["line"] == 3
    assert quarantined(tmp_path / "q")[0]["reason"] == fault.LATE


def test_lateness_does_not_depend_on_the_size_of_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    rows = [row(minute + chance.randrange(-200, 200), f"s{minute}") for minute in range(2000)]
    path = write(tmp_path / "e", rows, "parquet")
    whole, summary = read(path)
    assert 0 < summary.late < 2000
    monkeypatch.setattr(reader_module, "_PIECE", 17)
    monkeypatch.setattr(reader_module, "_TABLE", 1)
    assert read(path)[0] == whole


def test_an_export_from_new_to_old_is_advised_to_be_sorted_and_then_read_whole(tmp_path: Path) -> None:
    rows = [row(-60 * hour) for hour in range(100)]
    path = write(tmp_path / "e", rows, "jsonl")
    got, summary = read(path)
    assert len(got) == 2
    assert "read them with sort" in summary.advice[0]
    got, summary = read(path, sort=True)
    assert got == rows[::-1]
    assert summary.advice == ()


def test_rows_of_one_id_are_taken_once_across_files_and_time(tmp_path: Path) -> None:
    one = [row(0, id="1"), row(0, id="1", context="link:b"), row(30, id="1")]
    two = [row(0, id="1"), row(45, id="1", context="link:b"), row(90, id="1"), row(200, id="1")]
    rows, summary = read([write(tmp_path / "1", one, "csv"), write(tmp_path / "2", two, "parquet")])
    assert rows == [row(0, id="1"), row(0, id="1", context="link:b"), row(200, id="1")]
    assert summary.repeated == 4


def test_rows_without_id_are_all_taken(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "e", [row(0)] * 3, "csv"))[0]) == 3


@settings(max_examples=30, deadline=None)
@given(rows=ROWS, after=st.integers(0, 400), format_=st.sampled_from(["csv", "parquet"]))
def test_a_run_that_goes_on_where_another_stopped_yields_what_is_left(
    rows: list[Row], after: int, format_: str
) -> None:
    border = START + after * MINUTE
    with TemporaryDirectory() as folder:
        path = write(Path(folder, "e"), sorted(rows), format_)
        whole, _ = read(path)
        rest, summary = read(path, after=border)
    assert rest == [r for r in whole if r.time >= border]
    assert summary.already_taken == sum(r.time < border for r in rows)


def test_a_run_that_goes_on_leaves_the_quarantine_of_one_that_was_not_cut_off(tmp_path: Path) -> None:
    rows = [row(minute, kind="yodel" if minute % 3 == 0 else "share") for minute in range(100)]
    path = write(tmp_path / "e", rows, "csv")
    list(Reader(path, quarantine_path=tmp_path / "whole"))
    whole = (tmp_path / "whole").read_bytes()
    for cut in (0, 1, 200, len(whole) - 1, len(whole)):
        (tmp_path / "q").write_bytes(whole[:cut])
        list(Reader(path, quarantine_path=tmp_path / "q", after=START + HOUR))
        assert (tmp_path / "q").read_bytes() == whole


def test_a_new_run_begins_a_new_quarantine(tmp_path: Path) -> None:
    path = write(tmp_path / "e", [row(kind="yodel")], "csv")
    for _ in range(2):
        list(Reader(path, quarantine_path=tmp_path / "q"))
    assert len(quarantined(tmp_path / "q")) == 1


def test_what_was_quarantined_is_on_disk_when_reading_is_broken_off(tmp_path: Path) -> None:
    path = write(tmp_path / "e", [row(kind="yodel"), row(1)], "csv")
    with Reader(path, quarantine_path=tmp_path / "q") as reader:
        next(reader)
    assert len(quarantined(tmp_path / "q")) == 1


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_strict_stops_at_the_first_bad_row(tmp_path: Path, format_: str) -> None:
    rows = [row(0), row(1), row(2, kind="yodel"), row(3, context="")]
    path = write(tmp_path / "e", rows, format_)
    with pytest.raises(BadRowError) as stopped:
        list(stream(path, strict=True))
    assert (stopped.value.file, stopped.value.line) == (str(path), 4 if format_ == "csv" else 3)
    assert (stopped.value.column, stopped.value.value) == ("kind", "yodel")


def test_memory_is_bounded_by_the_tolerance_and_not_by_the_length(tmp_path: Path) -> None:
    rows = [row(minute, f"s{minute % 7}") for minute in range(30_000)]
    path = write(tmp_path / "e", rows, "parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "_PIECE", 1000)
        patch.setattr(reader_module, "_TABLE", 1000)
        with Reader(path) as reader:
            for _ in reader:
                assert sum(map(len, reader._pending)) <= 61
        assert len(reader._recent._prints) < 16_384


def test_a_time_far_in_the_future_is_set_aside_before_it_makes_everything_late(tmp_path: Path) -> None:
    path = text(
        tmp_path / "e.csv",
        "2026-01-31T00:00:00Z,a,share,x",
        "9999-12-31T00:00:00Z,a,share,x",
        "2026-01-31T00:00:01Z,a,share,x",
    )
    rows, summary = read(path)
    assert len(rows) == 2
    assert summary.quarantined == {fault.STRANGE_TIME: 1}


def test_a_stream_of_background_only_says_so(tmp_path: Path) -> None:
    _, summary = read(write(tmp_path / "e", [row(0, ""), row(1, "")], "csv"))
    assert summary.background == 2
    assert "Every row is background" in summary.advice[0]


def test_the_summary_reads_like_a_person_wrote_it(tmp_path: Path) -> None:
    rows = [row(0, id="1"), row(0, id="1"), row(1, kind="yodel"), row(2, context="")]
    summary = read(write(tmp_path / "e", rows, "csv"))[1]
    assert summary.text().splitlines() == [
        "1 of 1 file, 4 rows read, 1 taken",
        "1 row sent twice, taken once",
        "1 row set aside: unknown kind (a vocabulary file can add it)",
        "1 row set aside: value missing",
        "Kinds that are not known: yodel. Add them in a vocabulary file, or rename them in the data.",
    ]
