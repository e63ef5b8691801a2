"""How a file tells time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_files import MINUTE, START, Row, read, text
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.events import fault
from lapwing.events.clock import EARLIEST, LATEST, Clock
from lapwing.events.error import TimeError


def clock(
    values: list[object], assume_utc: bool = False, type_: pa.DataType | None = None
) -> list[int | str]:
    """What a clock reads: microseconds, or what is wrong."""
    time, faults = Clock("e.csv", assume_utc=assume_utc).read(pa.array(values, type_), lambda at: at + 2)
    out: list[int | str] = list(map(int, time))
    for rows, why in faults:
        for at in np.flatnonzero(rows):
            out[at] = why
    return out


OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1981, 1, 1), datetime(2099, 1, 1), timezones=OFFSETS)


@settings(deadline=None)
@given(TIMES, st.sampled_from("T t"), st.sampled_from(["seconds", "milliseconds", "microseconds"]))
def test_rfc_3339_is_read_as_python_reads_it(time: datetime, between: str, precision: str) -> None:
    written = time.isoformat(between, precision)
    exact = datetime.fromisoformat(time.isoformat("T", precision)) - datetime(1970, 1, 1, tzinfo=UTC)
    assert clock([written]) == [exact // timedelta(microseconds=1)]


@settings(deadline=None)
@given(st.text("0123456789-:T .Z+", max_size=30) | TIMES.map(str))
def test_what_python_cannot_read_is_not_read_either(written: str) -> None:
    try:
        read_ = clock([written])[0]
    except TimeError:
        return
    if isinstance(read_, int) and not re.fullmatch(r"[\d.]+", written):
        plain = re.sub(r"(\.\d{6})\d+", r"\1", written).replace(":60", ":59")
        assert datetime.fromisoformat(plain).tzinfo is not None


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", fault.NO_TIME),
        ("2026-01-31", fault.PLAIN_DATE),
        ("2026-02-29T00:00:00Z", fault.UNREADABLE_TIME),
        ("2026-01-31T24:00:00Z", fault.UNREADABLE_TIME),
        ("2026-01-31T00:00:00.Z", fault.UNREADABLE_TIME),
        ("2026-01-31T00:00:00 Z", fault.UNREADABLE_TIME),
        ("31/01/2026 00:00", fault.UNREADABLE_TIME),
        ("yesterday", fault.UNREADABLE_TIME),
        ("1979-12-31T23:59:59Z", fault.STRANGE_TIME),
        ("2100-01-01T00:00:00Z", fault.STRANGE_TIME),
        ("0001-01-01T00:00:00Z", fault.STRANGE_TIME),
        ("2026-01-31T00:00:00", fault.NAIVE_TIME),
    ],
)
def test_a_time_that_says_too_little_or_too_much_is_set_aside(written: str, why: str) -> None:
    assert clock(["2026-01-31T00:00:00Z", written]) == [START, why]


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [
        ("2026-01-31T01:00:00+01:00", 0),
        ("2026-01-30T19:00:00-0500", 0),
        ("2026-01-31 00:00Z", 0),
        ("2026-01-31T00:00:00.1234567Z", 123_456),
        ("2026-01-31T00:00:60Z", 59_999_999),
    ],
)
def test_ways_to_write_a_time(written: str, microseconds: int) -> None:
    assert clock([written]) == [START + microseconds]


@settings(deadline=None)
@given(st.integers(EARLIEST // 1_000_000, LATEST // 1_000_000 - 1))
def test_seconds_milliseconds_microseconds_and_nanoseconds_are_told_apart(seconds: int) -> None:
    for per_second in (1, 10**3, 10**6, 10**9):
        for type_ in (pa.int64(), pa.string()):
            value = str(seconds * per_second) if type_ == pa.string() else seconds * per_second
            assert clock([value], type_=type_) == [seconds * 10**6]


def test_numbers_may_have_a_fraction() -> None:
    assert clock(["1769817600.25"]) == clock([1769817600.25]) == [START + 250_000]
    assert clock(["1769817600250.5"]) == clock([1769817600250.5]) == [START + 250_500]


def test_a_number_outside_all_units_is_set_aside() -> None:
    assert clock([1769817600, 0, -5, 10**10, None]) == [START, *[fault.STRANGE_TIME] * 3, fault.NO_TIME]


@pytest.mark.parametrize("values", [[0, 0], ["0", "12"], [10**10], [float("nan"), 5.0]])
def test_numbers_that_fit_no_unit_refuse_the_file(values: list[object]) -> None:
    with pytest.raises(TimeError, match=r"fits no unit"):
        clock(values)


@pytest.mark.parametrize(
    "values",
    [
        [1769817600, 1769817600000],
        ["1769817600", "2026-01-31T00:00:00Z"],
        ["2026-01-31T00:00:00Z", "1769817600"],
        ["1769817600000000", "1769817600"],
    ],
)
def test_mixed_forms_refuse_the_file(values: list[object]) -> None:
    with pytest.raises(
        TimeError, match=r"e.csv, line 3: time is given as .*\bline 2\.\nA file must keep to one form"
    ):
        clock(values)


def test_mixed_forms_are_found_across_pieces() -> None:
    steady = Clock("e.csv", assume_utc=False)
    steady.read(pa.array([1769817600]), lambda at: at + 1)
    with pytest.raises(TimeError, match=r"line 9: time is given as milliseconds since 1970, but as seconds"):
        steady.read(pa.array([1769817600000]), lambda at: at + 9)


def test_times_without_offset_are_refused_unless_they_are_said_to_be_utc() -> None:
    with pytest.raises(TimeError, match=r"no offset from UTC"):
        clock(["2026-01-31T00:00:00"])
    assert clock(["2026-01-31T00:00:00", "2026-01-31T01:00+01:00"], assume_utc=True) == [START, START]


def test_timestamps_without_zone_are_taken_when_they_are_said_to_be_utc(tmp_path: Path) -> None:
    table = pa.table(
        {"time": pa.array([START], pa.timestamp("us")), "subject": ["a"], "kind": ["share"], "context": ["x"]}
    )
    pq.write_table(table, tmp_path / "e")
    with pytest.raises(TimeError, match=r"the column time has no time zone"):
        read(tmp_path / "e")
    assert read(tmp_path / "e", assume_utc=True)[0] == [Row(START, "a", "share", "x")]


def test_files_of_one_stream_may_tell_time_differently(tmp_path: Path) -> None:
    one = text(tmp_path / "1.csv", "2026-01-31T00:00:00Z,a,share,x")
    two = text(tmp_path / "2.csv", f"{START // 1_000_000 + 60},a,share,x")
    assert [r.time for r in read([one, two])[0]] == [START, START + MINUTE]
