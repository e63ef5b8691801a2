"""Recent acts: what watched subjects did lately, each act once and every subject's acts as a chain."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

PASS = 64
"""One pass over all acts is quicker than chains once one in so many subjects is asked for."""


TAUGHT = -1.0
"""In place of a chance: the act is of the time when chances were still being learnt."""


class Columns(NamedTuple):
    """Acts in stream order, shape (acts,) each."""

    time: I64
    """Microseconds."""
    row: I64
    """Number of the event that tells most."""
    subject: I32
    kind: I32
    chance: F32
    """``p0`` of the kind among the subject's acts on contexts that were new to it, given its own past; 0 where it had
    touched the context before: to do again what one did is no step further; :data:`TAUGHT` while this was learnt."""
    bits: F32
    """What the kind brought for a new mix."""
    context: I64
    own: I64
    """Number of the subject's act before this one, -1 if it is forgotten or there was none."""


class RecentActs:
    """Acts are numbered as they come, and numbers go on when old ones are dropped."""

    def __init__(self) -> None:
        types = (np.int64, np.int64, np.int32, np.int32, np.float32, np.float32, np.int64, np.int64)
        columns: list[NDArray[Any]] = [np.zeros(0, type_) for type_ in types]
        self._room = Columns(*columns)  # each its own, since they grow where they are
        self._base = 0
        self._length = 0
        self._last = np.zeros(0, np.int64)

    @property
    def _columns(self) -> list[NDArray[Any]]:
        return list(self._room)

    @property
    def held(self) -> Columns:
        """The acts held."""
        columns: list[NDArray[Any]] = [column[: self._length] for column in self._columns]
        return Columns(*columns)

    @property
    def oldest_row(self) -> int | None:
        """The event of the first act held."""
        return int(self._room.row[0]) if self._length else None

    def widen(self, subjects: int) -> None:
        """Make room for ``subjects`` subjects."""
        self._last = np.concatenate([self._last, np.full(subjects - self._last.size, -1, np.int64)])

    def add(self, time: I64, row: I64, subject: I32, kind: I32, chance: F32, bits: F32, context: I64) -> None:
        """Append acts in stream order, each column of shape (new acts,)."""
        wanted = self._length + time.size
        if wanted > self._room.time.size:
            for column in self._columns:  # where they are: nobody holds a view over this
                column.resize(wanted + wanted // 8, refcheck=False)
        own = np.empty(time.size, np.int64)
        _chain(subject, self._base + self._length, self._last, own)
        new_acts: tuple[NDArray[Any], ...] = (time, row, subject, kind, chance, bits, context, own)
        for column, new in zip(self._columns, new_acts, strict=True):
            column[self._length : wanted] = new
        self._length = wanted

    def forget(self, before: int) -> None:
        """Drop acts older than ``before`` (microseconds) once they are a quarter of all."""
        gone = int(np.searchsorted(self._room.time[: self._length], before))
        if 4 * gone <= self._length:
            return
        for column in self._columns:
            column[: self._length - gone] = column[gone : self._length]
        self._base += gone
        self._length -= gone
        self._room.own[: self._length][self._room.own[: self._length] < self._base] = -1
        self._last[self._last < self._base] = -1

    def places_of(self, subjects: I32) -> I64:
        """Where the acts of some subjects are among those held, in stream order."""
        if PASS * subjects.size > self._last.size:
            asked = np.zeros(self._last.size, np.bool_)
            asked[subjects] = True
            return np.flatnonzero(asked[self._room.subject[: self._length]])
        return _places(subjects, self._last, self._room.own, self._base)

    def bits_in(self, subjects: I32, numbers: I64, length: int) -> F64:
        """What the acts of some subjects brought in each of some bins of ``length`` microseconds, whose ``numbers``
        ascend; shape (subjects, bins)."""
        line = np.full(self._last.size, -1, np.int32)
        line[subjects] = np.arange(subjects.size, dtype=np.int32)
        sums = np.zeros((subjects.size, numbers.size))
        if numbers.size:
            column = np.full(int(numbers[-1] - numbers[0]) + 1, -1, np.int32)
            column[numbers - numbers[0]] = np.arange(numbers.size, dtype=np.int32)
            room = self._room
            _sum_up(
                self.places_of(subjects), room.time, room.subject, room.bits, line, column,
                int(numbers[0]), length, sums,
            )  # fmt: skip
        return sums

    def before(self, first: int, unknown: int) -> I64:
        """When the subject of each act from place ``first`` on acted before; ``unknown`` where that is not held."""
        own = self._room.own[first : self._length]
        there = own >= self._base
        time = np.full(own.size, unknown, np.int64)
        time[there] = np.maximum(self._room.time[own[there] - self._base], unknown)
        return time

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as flat named arrays."""
        held = {name: column.copy() for name, column in self.held._asdict().items()}
        return held | {"last": self._last.copy(), "base": np.array([self._base])}

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> RecentActs:
        """The inverse of :meth:`arrays`. Raises ``KeyError`` when one is missing."""
        acts = cls()
        acts._room = Columns(*(arrays[name] for name in Columns._fields))
        acts._length = acts._room.time.size
        acts._last, acts._base = arrays["last"], int(arrays["base"][0])
        return acts


@kernel
def _chain(subject: I32, first: int, last: I64, own: I64) -> None:
    """Number new acts from ``first`` on and join each to its subject's last, both arrays in place."""
    for at in range(subject.shape[0]):
        own[at] = last[subject[at]]
        last[subject[at]] = first + at


@kernel
def _places(subjects: I32, last: I64, own: I64, base: int) -> I64:
    count = 0
    for subject in subjects:
        at = last[subject]
        while at >= base:
            count += 1
            at = own[at - base]
    places = np.empty(count, np.int64)
    count = 0
    for subject in subjects:
        at = last[subject]
        while at >= base:
            places[count] = at - base
            count += 1
            at = own[at - base]
    places.sort()
    return places


@kernel
def _sum_up(
    places: I64,
    time: I64,
    subject: I32,
    bits: F32,
    line: I32,
    column: I32,
    first: int,
    length: int,
    sums: F64,
) -> None:
    """Add up ``bits`` in ``sums``, by the ``line`` of the subject and the ``column`` of the bin, counted from bin
    ``first`` on."""
    for place in places:
        number = time[place] // length - first
        if 0 <= number < column.shape[0] and column[number] >= 0:
            sums[line[subject[place]], column[number]] += bits[place]
