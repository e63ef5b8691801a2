"""The acts held: columns stay what was put in while they grow, and a subject's acts are found again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.moments.recent_acts import Columns, RecentActs


def acts(rng: np.random.Generator, first: int, count: int) -> tuple[NDArray[Any], ...]:
    """Columns of ``count`` acts whose numbers tell them apart."""
    number = np.arange(first, first + count)
    subject, kind = rng.integers(0, 5, count).astype(np.int32), rng.integers(0, 3, count).astype(np.int32)
    chance, bits = (number / 1e4).astype(np.float32), (number / -1e3).astype(np.float32)
    return number * 1_000, number + 70_000, subject, kind, chance, bits, number + 900_000


def test_columns_grow_without_touching_one_another() -> None:
    rng, recent = np.random.default_rng(1), RecentActs()
    recent.widen(5)
    pieces = []
    for count in (3, 50, 1, 400):
        pieces.append(acts(rng, sum(piece[0].size for piece in pieces), count))
        recent.add(*pieces[-1])
    whole = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    for name, column in zip(Columns._fields, whole, strict=False):
        assert np.array_equal(getattr(recent.held, name), column), name
    mine = np.flatnonzero(whole[2] == 3)
    assert np.array_equal(recent.places_of(np.array([3], np.int32)), mine)
    assert recent.held.own[mine].tolist() == [-1, *mine[:-1].tolist()]


def test_what_is_dropped_is_no_longer_found_and_numbers_go_on() -> None:
    rng, recent = np.random.default_rng(2), RecentActs()
    recent.widen(5)
    recent.add(*acts(rng, 0, 300))
    recent.forget(100_000)
    assert recent.oldest_row == 70_100
    recent.add(*acts(rng, 300, 200))
    assert recent.held.time.tolist() == [number * 1_000 for number in range(100, 500)]
    everybody = recent.places_of(np.arange(5, dtype=np.int32))
    assert everybody.tolist() == list(range(400))
    again = RecentActs.of(recent.arrays())
    again.add(*acts(rng, 500, 500))
    assert again.held.row.tolist() == [number + 70_000 for number in range(100, 1000)]
