"""Slots: a table of rows under 64-bit keys is a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.evidence import slots

KEYS = st.integers(-(2**63), 2**63 - 1).filter(bool)


def put(table: slots.I64, key: int, value: int) -> bool:
    """Write under a key; whether it was new."""
    row = slots.slot_of(table, key)
    new = bool(table[row, 0] == 0)
    table[row] = (key, value)
    return new


def held(table: slots.I64) -> dict[int, int]:
    return {int(key): int(value) for key, value in table if key != 0}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(KEYS | st.integers(1, 8), st.integers(0, 9)), max_size=60))
def test_a_table_is_a_dictionary(writes: list[tuple[int, int]]) -> None:
    table, twin = slots.empty(2), {}
    for key, value in writes:
        assert put(table, key, value) == (key not in twin)
        twin[key] = value
    assert held(table) == twin


def test_keys_that_want_the_same_row_are_all_found() -> None:
    table = slots.empty(2)
    clashing = [7 + 1024 * step for step in range(200)] + [1023 + 1024 * step for step in range(200)]
    for key in clashing:
        put(table, key, key)
    assert held(table) == {key: key for key in clashing}


def test_a_table_grows_before_it_is_full_and_keeps_what_it_holds() -> None:
    table = slots.empty(2)
    for key in range(1, 701):
        put(table, key, -key)
    same = slots.grown(table, 700, 10)
    assert same is table
    larger = slots.grown(table, 700, 100)
    assert larger.shape[0] * slots.FULL >= 800
    assert held(larger) == held(table)


def test_only_marked_rows_are_kept() -> None:
    table = slots.empty(2)
    for key in range(1, 101):
        put(table, key, key % 3)
    left, count = slots.kept(table, table[:, 1] == 0)
    assert held(left) == dict.fromkeys(range(3, 101, 3), 0)
    assert count == 33
    nothing, none = slots.kept(table, np.zeros(table.shape[0], np.bool_))
    assert (held(nothing), none) == ({}, 0)


@settings(max_examples=50, deadline=None)
@given(KEYS, st.integers(-4100, 2**31))
def test_keys_are_never_the_mark_of_an_empty_row(first: int, second: int) -> None:
    assert slots.mixed(first) != 0
    assert slots.paired(first, second) != 0


def test_pairs_keep_their_order_apart() -> None:
    made = {int(slots.paired(a, b)) for a in range(1, 200) for b in range(-200, 200)}
    assert len(made) == 199 * 400


def test_a_table_comes_back_from_its_rows_alone() -> None:
    table = slots.empty(2, 5_000)
    for key in range(1, 101):
        put(table, key * 1024, -key)
    rows = slots.rows_of(table)
    assert rows.shape == (100, 2)
    again = slots.table_of(rows)
    assert again.shape[0] < table.shape[0]
    assert held(again) == held(table)
    assert not slots.table_of(slots.rows_of(slots.empty(3))).any()
