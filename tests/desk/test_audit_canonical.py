"""A value has one form in the log, and reading it gives the value back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.desk.audit.canonical import JSON, WIDEST, CanonicalError, read, written

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-WIDEST, WIDEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_can_be_read_again_and_is_written_the_same(value: JSON) -> None:
    line = written(value)
    assert read(line) == value
    assert written(read(line)) == line
    assert json.loads(line) == value


@given(st.dictionaries(st.text(), st.integers(-5, 5)))
def test_the_order_in_which_keys_were_given_does_not_matter(value: dict[str, int]) -> None:
    assert written(value) == written(dict(reversed(value.items())))


def test_a_form_is_short_and_plain_and_hides_nothing() -> None:
    value = {"b": [1, 2.5, True, None], "a": "é\u202e\u0000 <b>"}
    assert written(value) == b'{"a":"\\u00e9\\u202e\\u0000 <b>","b":[1,2.5,true,null]}'


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1.50}',
        b'{"a":1E2}',
        b'"\\u00E9"',
        b'"\\/"',
        '"é"'.encode(),
        b"NaN",
        b"Infinity",
        b"1 ",
        b"1\n",
        b"-0",
        b"9" * 5000,
        b"[" * 100_000 + b"]" * 100_000,
        b"\xef\xbb\xbf1",
    ],
    ids=lambda line: repr(line[:20]),
)
def test_another_way_to_write_the_same_is_refused(line: bytes) -> None:
    with pytest.raises(CanonicalError):
        read(line)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": {"b": [1, {2}]}}, "a.b[1] is of the type set: only text, numbers, true, false, null, "
         "lists and mappings can be kept; give times and models as text"),
        ({"a": float("nan")}, "a is nan, which JSON does not know: give null or text"),
        ({"a": 2**53 + 1}, "a is a whole number above 2^53: give it as text"),
        ({1: "a"}, "the value has the key 1, which is not text"),
        (object(), "the value is of the type object: only text, numbers, true, false, null, "
         "lists and mappings can be kept; give times and models as text"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_with_its_place(value: JSON, message: str) -> None:
    with pytest.raises(CanonicalError) as refused:
        written(value)
    assert str(refused.value) == message


def test_a_value_that_is_nested_without_end_is_refused() -> None:
    value: list[JSON] = []
    value.append(value)
    with pytest.raises(CanonicalError, match="nested more than 16 levels deep"):
        written(value)
