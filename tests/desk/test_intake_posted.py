"""A post is read line by line: what is sound is taken, what is not is told with its line and the reason."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.desk.intake import posted
from lapwing.desk.intake.posted import FUTURE, PostError, TooLargeError, checked, unpacked
from lapwing.events import fault
from lapwing.events.vocabulary import Vocabulary

VOCABULARY = Vocabulary.load()
NOW = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp() * 1_000_000)


def line(**fields: object) -> bytes:
    row = {"time": "2026-03-01T11:00:00Z", "subject": "s1", "kind": "share", "context": "link:a"} | fields
    return json.dumps(row).encode() + b"\n"


def read(content: bytes) -> posted.Post:
    return checked(content, VOCABULARY, now=NOW)


def test_sound_lines_are_taken_in_their_order() -> None:
    post = read(line(id="a") + line(id="b", subject=None))
    assert post.rows is not None
    assert post.rows.columns["id"].to_pylist() == ["a", "b"]
    assert post.rows.columns["subject"].to_pylist() == ["s1", None]
    assert post.lines.tolist() == [1, 2]
    assert post.faults == ()


def test_each_line_that_cannot_be_read_is_told_with_its_number_and_reason() -> None:
    post = read(
        line(id="1")
        + b"no json\n"
        + line(kind="stroll")
        + line(time="yesterday")
        + line(context="")
        + line(subject="a\x00b")
        + line(subject="a\u202eb")
        + line(id="8")
        + line(context="link:" + "x" * 5000)
    )
    assert [(found.line, found.reason, found.column) for found in post.faults] == [
        (2, fault.NOT_JSON, None),
        (3, fault.UNKNOWN_KIND, "kind"),
        (4, fault.UNREADABLE_TIME, "time"),
        (5, fault.MISSING, "context"),
        (6, fault.CONTROL, "subject"),
        (7, fault.DIRECTION, "subject"),
        (9, fault.TOO_LONG, "context"),
    ]
    assert post.lines.tolist() == [1, 8]
    assert max(len(found.value or "") for found in post.faults) <= 201


def test_a_time_that_is_ahead_of_the_desk_is_set_aside() -> None:
    post = read(line(time="2026-03-01T12:09:00Z") + line(time="2026-03-01T12:11:00Z"))
    assert [(found.line, found.reason, found.value) for found in post.faults] == [
        (2, FUTURE, "2026-03-01T12:11:00Z")
    ]
    assert post.lines.tolist() == [1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (line(religion="x"), "column 'religion' is refused"),
        (line(risk_score=3), "column 'risk_score' is refused"),
        (line(kind="prayer"), "kind 'prayer' is refused"),
        (line(context="mosque:x"), "context 'mosque:' is refused"),
        (line(source="wiretap"), "source 'wiretap' is refused"),
    ],
)
def test_what_must_not_be_watched_is_refused_with_the_reason_and_nothing_is_taken(
    content: bytes, told: str
) -> None:
    with pytest.raises(PostError) as error:
        read(line() + content + line())
    assert told in str(error.value)
    assert "The post is refused whole." in str(error.value)


def test_a_post_without_one_of_the_keys_says_which_is_missing() -> None:
    with pytest.raises(PostError, match=r"no subject, context in its first lines"):
        read(b'{"time":"2026-03-01T11:00:00Z","kind":"share"}\n')


def test_nothing_and_blank_lines_are_a_post_without_rows() -> None:
    for content in (b"", b"\n\n \n"):
        post = read(content)
        assert post.rows is None
        assert post.faults == ()


def test_a_post_with_too_many_rows_is_to_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posted, "MOST", 10)
    with pytest.raises(TooLargeError, match="more than 10 rows"):
        read(line() * 11)


def test_packed_and_plain_give_the_same() -> None:
    content = line(id="x") * 5000
    for packed in (gzip.compress(content), gzip.compress(content[:1000]) + gzip.compress(content[1000:])):
        assert unpacked(io.BytesIO(packed).read, packed=True) == content
    assert unpacked(io.BytesIO(content).read, packed=False) == content


@given(content=st.binary(max_size=300_000), level=st.integers(0, 9), step=st.integers(1, 70_000))
@settings(max_examples=25, deadline=None)
def test_whatever_was_packed_comes_out_again(content: bytes, level: int, step: int) -> None:
    data = io.BytesIO(gzip.compress(content, level))
    assert unpacked(lambda size: data.read(min(size, step)), packed=True) == content


def test_a_bomb_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posted, "LARGEST", 1 << 20)
    made = io.BytesIO(gzip.compress(bytes(200 << 20)))
    with pytest.raises(TooLargeError, match=r"more than 1 MiB of lines\.\nCut it at line ends"):
        unpacked(made.read, packed=True)
    assert made.tell() <= 1 << 17


def test_a_post_that_is_no_gzip_or_breaks_off_says_so() -> None:
    with pytest.raises(PostError, match="cannot be unpacked"):
        unpacked(io.BytesIO(b"plain text").read, packed=True)
    with pytest.raises(PostError, match="breaks off"):
        unpacked(io.BytesIO(gzip.compress(line() * 100)[:-20]).read, packed=True)
    with pytest.raises(PostError, match="cannot be unpacked"):
        unpacked(io.BytesIO(zlib.compress(line())).read, packed=True)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(content: bytes) -> None:
    with suppress(PostError):
        assert all(found.line >= 1 and found.reason for found in read(content).faults)
