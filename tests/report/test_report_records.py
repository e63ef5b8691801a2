"""What the report is drawn from: exhibits and run records are written and read back unchanged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import ONSET, meeting, run_record

from lapwing.moments.exhibit import CurvePoint, Exhibit, LaneAct, Tie
from lapwing.moments.run_record import RunRecord

times = st.integers(0, 4_000_000_000_000_000)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
whole_bits = st.integers(-999, 999).map(float)
ties = st.lists(st.builds(Tie, texts, texts, st.integers(1, 99)), max_size=3).map(tuple)


@given(
    st.builds(
        Exhibit,
        id=texts,
        onset_between=st.tuples(times, times),
        threshold=whole_bits,
        circles=st.dictionaries(texts, st.none() | texts, max_size=4),
        lanes=st.lists(st.builds(LaneAct, times, texts, texts, texts, st.booleans()), max_size=4).map(tuple),
        lanes_left_out=st.integers(0, 999),
        ties_before=ties,
        ties_after=ties,
        curve=st.lists(st.builds(CurvePoint, times, whole_bits), max_size=4).map(tuple),
    )
)
def test_exhibit_survives_its_line(exhibit: Exhibit) -> None:
    assert "\n" not in exhibit.line()
    assert Exhibit.parse(exhibit.line()) == exhibit


def test_exhibit_line_has_the_agreed_fields() -> None:
    _, exhibit = meeting(members=2, acts=3)
    data = json.loads(exhibit.line())
    assert list(data) == [
        "id",
        "onset_between",
        "threshold",
        "circles",
        "lanes",
        "lanes_left_out",
        "ties_before",
        "ties_after",
        "curve",
        "change",
        "climb",
    ]
    assert data["onset_between"] == ["2015-06-02T13:10:00Z", "2015-06-02T16:40:00Z"]
    assert list(data["lanes"][0]) == ["time", "subject", "kind", "context", "in_ledger"]


def test_run_record_survives_its_line() -> None:
    record = run_record()
    assert "\n" not in record.line()
    assert RunRecord.parse(record.line()) == record


def test_run_record_without_an_event() -> None:
    record = run_record()
    empty = replace(record, read=replace(record.read, accepted=0, first=None, last=None, files=()))
    assert RunRecord.parse(empty.line()) == empty


def test_run_record_says_times_as_rfc_3339() -> None:
    data = json.loads(run_record().line())
    assert data["read"]["last"] == "2015-06-06T14:00:00Z"
    assert list(data) == [
        "version",
        "command",
        "read",
        "quarantine",
        "parameters",
        "budget_days",
        "threshold_bits",
        "days_watched",
    ]


@pytest.mark.parametrize("field", ["id", "onset_between", "lanes", "curve"])
def test_exhibit_without_a_field_is_refused(field: str) -> None:
    _, exhibit = meeting(members=2, acts=3)
    data = json.loads(exhibit.line())
    del data[field]
    with pytest.raises(KeyError, match=field):
        Exhibit.parse(json.dumps(data))


def test_sample_is_told_in_stream_time() -> None:
    moment, exhibit = meeting()
    assert exhibit.onset_between[0] <= ONSET == moment.onset <= exhibit.onset_between[1]
