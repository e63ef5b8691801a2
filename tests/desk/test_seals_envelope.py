"""An envelope opens with its key, at its place, unaltered; and in no other way."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.desk.seals.envelope import Place, key_id_of, open_, rewrap, seal
from lapwing.desk.seals.error import EnvelopeError, SealsError, UnknownKeyError

KEYS = {"2026": os.urandom(32), "2027": os.urandom(32)}
HERE = Place("subject:lark-204", "handle")

texts = st.text(st.characters(codec="utf-8"), max_size=300)
names = st.text(st.characters(codec="utf-8"), max_size=40)


@given(texts, names, names)
def test_what_was_sealed_comes_back(text: str, record: str, field: str) -> None:
    place = Place(record, field)
    assert open_(seal(text, place, KEYS, "2026"), place, KEYS) == text


@given(st.data())
def test_any_flipped_bit_is_refused(data: st.DataObject) -> None:
    envelope = bytearray(seal(data.draw(texts), HERE, KEYS, "2026"))
    bit = data.draw(st.integers(0, 8 * len(envelope) - 1))
    envelope[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealsError):
        open_(bytes(envelope), HERE, KEYS)


def test_every_single_bit_of_one_envelope_matters() -> None:
    envelope = seal("@marsh_hen", HERE, KEYS, "2026")
    for bit in range(8 * len(envelope)):
        altered = bytearray(envelope)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealsError):
            open_(bytes(altered), HERE, KEYS)


@given(st.data())
def test_an_envelope_that_was_cut_or_lengthened_is_refused(data: st.DataObject) -> None:
    envelope = seal("@marsh_hen", HERE, KEYS, "2026")
    cut = data.draw(st.integers(0, len(envelope) - 1))
    tail = data.draw(st.binary(min_size=1, max_size=100))
    for altered in (envelope[:cut], envelope[cut:][1:], envelope + tail):
        with pytest.raises(EnvelopeError):
            open_(altered, HERE, KEYS)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_with_a_reason(noise: bytes) -> None:
    for bytes_ in (noise, b"\x01\x04" + b"2026" + noise, b"\x01\x20" + noise):
        with pytest.raises(SealsError, match=r"handle of subject:lark-204"):
            open_(bytes_, HERE, KEYS)


@given(names, names, names, names)
def test_envelopes_cannot_be_swapped_between_records_or_fields(
    record: str, field: str, other_record: str, other_field: str
) -> None:
    place, other = Place(record, field), Place(other_record, other_field)
    envelope = seal("@marsh_hen", place, KEYS, "2026")
    if place != other:
        with pytest.raises(EnvelopeError):
            open_(envelope, other, KEYS)
        with pytest.raises(EnvelopeError):
            rewrap(envelope, other, KEYS, "2027")


def test_where_a_record_ends_and_a_field_begins_is_bound_too() -> None:
    envelope = seal("@marsh_hen", Place("ab", "c"), KEYS, "2026")
    with pytest.raises(EnvelopeError):
        open_(envelope, Place("a", "bc"), KEYS)


@given(texts)
def test_rewrapping_changes_the_key_and_leaves_the_text_as_it_was(text: str) -> None:
    envelope = seal(text, HERE, KEYS, "2026")
    wrapped = rewrap(envelope, HERE, KEYS, "2027")
    assert (key_id_of(envelope, HERE), key_id_of(wrapped, HERE)) == ("2026", "2027")
    sealed_text = 12 + 32 * (1 + len(text.encode()) // 32) + 16
    assert wrapped[-sealed_text:] == envelope[-sealed_text:]
    assert open_(wrapped, HERE, {"2027": KEYS["2027"]}) == text
    with pytest.raises(UnknownKeyError):
        open_(wrapped, HERE, {"2026": KEYS["2026"]})


def test_a_wrapped_key_does_not_open_the_text_of_another_envelope() -> None:
    one, two = seal("@marsh_hen", HERE, KEYS, "2026"), seal("@marsh_tit", HERE, KEYS, "2026")
    text = 12 + 32 + 16
    with pytest.raises(EnvelopeError):
        open_(one[:-text] + two[-text:], HERE, KEYS)


def test_the_same_text_never_gives_the_same_bytes() -> None:
    envelopes = {seal("@marsh_hen", HERE, KEYS, "2026") for _ in range(50)}
    assert len(envelopes) == 50
    assert len({envelope[-60:] for envelope in envelopes}) == 50


def test_the_length_of_a_handle_is_not_told_by_its_envelope() -> None:
    assert len({len(seal("x" * n, HERE, KEYS, "2026")) for n in range(32)}) == 1


def test_another_key_of_the_same_name_opens_nothing() -> None:
    envelope = seal("@marsh_hen", HERE, KEYS, "2026")
    with pytest.raises(EnvelopeError):
        open_(envelope, HERE, {"2026": KEYS["2027"]})
