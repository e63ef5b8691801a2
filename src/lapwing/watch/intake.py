"""Intake: tables of events become batches, cut at fixed borders of stream time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lapwing.events.schema import SCHEMA
from lapwing.events.text import buffers, codes_of
from lapwing.events.vocabulary import Vocabulary
from lapwing.evidence.kernel import kernel
from lapwing.watch.batch import Batch
from lapwing.watch.contexts import Sorts, keys
from lapwing.watch.names import Names


@dataclass(frozen=True, slots=True)
class Strata:
    """The numbers of kinds, sorts of contexts, and strata (a kind and a sort), fixed by the vocabulary."""

    kinds: tuple[str, ...]
    sorts: Sorts

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Strata:
        """The strata of a vocabulary."""
        return cls(tuple(vocabulary.kinds), Sorts(vocabulary.contexts))

    @property
    def sort_of(self) -> NDArray[np.int32]:
        """The sort of every stratum. The stratum of kind ``k`` and sort ``s`` is ``k * sorts + s``."""
        return np.tile(np.arange(len(self.sorts.names), dtype=np.int32), len(self.kinds))

    def stratum(self, kinds: pa.DictionaryArray, sorts: NDArray[np.int32]) -> NDArray[np.int32]:
        """The stratum of every row."""
        numbers = {name: number for number, name in enumerate(self.kinds)}
        # A dictionary may hold values that no row uses, and that the vocabulary does not know.
        of_code = np.array([numbers.get(name, -1) for name in kinds.dictionary.to_pylist()], np.int32)
        return of_code[codes_of(kinds)] * np.int32(len(self.sorts.names)) + sorts


@dataclass(frozen=True, slots=True)
class Stretch:
    """A batch, and what else the run needs to know of it."""

    batch: Batch
    subjects: int
    """Subjects known after the batch; those it brings have the numbers up to here."""
    acts: int
    """Acts numbered so far."""
    circles: dict[int, str]
    """Circles of subjects that the batch brings, from the events themselves."""


class Intake:
    """Numbers rows and cuts them at borders, the multiples of ``border`` since 1970 (microseconds).

    A border is passed when the stream is ``tolerance`` beyond it, so that rows which a later run brings out
    of order are not missed; the rows since the last border passed are held back. All rows of a stretch are in
    one batch, and what a batch holds depends on the stream alone, not on how it was cut into tables.
    """

    def __init__(
        self,
        strata: Strata,
        *,
        border: int,
        tolerance: int,
        names: Names,
        rows: int = 0,
        acts: int = 0,
        position: int = 0,
    ) -> None:
        self.names = names
        """Of the subjects, those of rows already numbered."""
        self.position = position
        """The last border passed: every row before it has been handed out."""
        self._strata = strata
        self._border = border
        self._tolerance = tolerance
        self._subjects = names.count
        self._rows = rows
        self._acts = acts
        self._circle_names = Names()
        self._held: list[pa.Table] = []
        self._before: list[pa.Table] = []  # what was handed out last, at least the rows of one tolerance

    def take(self, table: pa.Table) -> tuple[list[pa.Table], list[Stretch]]:
        """Take in further rows of the stream (:data:`~lapwing.events.schema.SCHEMA`, ascending in time).

        Returns the rows whose border is passed now, as tables and the same rows as stretches.
        """
        self._held.append(table)
        passed = (_newest(table) - self._tolerance) // self._border * self._border
        if passed <= self.position:
            return [], []
        return self._pass(passed)

    def tail(self) -> pa.Table:
        """The rows held back, and before them those of the last ``tolerance``."""
        tail = pa.concat_tables([SCHEMA.empty_table(), *self._before, *self._held])
        oldest = self.position - self._tolerance
        return tail[int(np.searchsorted(tail["time"].to_numpy(), oldest)) :]

    def rest(self) -> tuple[list[pa.Table], list[Stretch]]:
        """Hand out the rows held back: the last stretches of the stream, of which the very last may go on."""
        return self._pass(_newest(self._held[-1]) // self._border * self._border + self._border)

    @property
    def has_rest(self) -> bool:
        """Whether any row is held back."""
        return bool(self._held)

    def _pass(self, border: int) -> tuple[list[pa.Table], list[Stretch]]:
        tables, held = [], []
        for table in self._held:
            cut = int(np.searchsorted(table["time"].to_numpy(), border))
            tables += [table[:cut]] if cut else []
            held += [table[cut:]] if cut < len(table) else []
        self._held = held
        self.position = border
        oldest = border - self._tolerance
        self._before = [table for table in self._before + tables if _newest(table) >= oldest]
        return tables, list(self._stretches(tables)) if tables else []

    def _stretches(self, tables: list[pa.Table]) -> Iterator[Stretch]:
        parts = self._numbers(tables)
        time, subject, context, stratum, act = (np.concatenate(column) for column in zip(*parts, strict=True))
        circle = self._circles(tables)
        slot = time // self._border
        starts = np.flatnonzero(np.diff(slot, prepend=slot[0] - 1))
        ends = np.append(starts[1:], len(time))
        highest = np.maximum.reduceat(subject, starts)
        for start, end, most in zip(starts.tolist(), ends.tolist(), highest.tolist(), strict=True):
            before, self._subjects = self._subjects, max(self._subjects, most + 1)
            circles = {}
            if circle is not None and self._subjects > before:
                given = np.flatnonzero((subject[start:end] >= before) & (circle[start:end] >= 0)) + start
                new, first = np.unique(subject[given], return_index=True)
                circles = {
                    int(who): self._circle_names.text(int(circle[given[at]]))
                    for who, at in zip(new, first, strict=True)
                }
            yield Stretch(
                Batch(
                    end=(int(slot[start]) + 1) * self._border,
                    first_row=self._rows,
                    time=time[start:end],
                    subject=subject[start:end],
                    context=context[start:end],
                    stratum=stratum[start:end],
                    act=act[start:end],
                ),
                self._subjects,
                int(act[end - 1]) + 1,
                circles,
            )
            self._rows += end - start

    def _numbers(self, tables: list[pa.Table]) -> list[tuple[NDArray[Any], ...]]:
        """Per table: time, subject, context, stratum and act of its rows."""
        parts: list[tuple[NDArray[Any], ...]] = []
        slot, who, id_ = -1, -1, _NOTHING
        for table in tables:
            time = table["time"].to_numpy()
            subject = self.names.numbered(column_of(table, "subject"))
            contexts = column_of(table, "context")
            stratum = self._strata.stratum(column_of(table, "kind"), self._strata.sorts.of(contexts))
            offsets, data = buffers(column_of(table, "id"))
            slots = time // self._border
            act, self._acts = _acts(slots, subject, offsets, data, self._acts, slot, who, id_)
            slot, who, id_ = int(slots[-1]), int(subject[-1]), data[offsets[-2] : offsets[-1]]
            parts.append((time, subject, keys(contexts), stratum, act))
        return parts

    def _circles(self, tables: list[pa.Table]) -> NDArray[np.int32] | None:
        """The number of the circle of every row, -1 for none; None when no row has one."""
        if all(table["circle"].null_count == len(table) for table in tables):
            return None
        return np.concatenate([self._circle_names.numbered(column_of(t, "circle")) for t in tables])


_NOTHING = np.frombuffer(b"", np.uint8)


def column_of(table: pa.Table, name: str) -> pa.Array:
    """A column of a table as one array."""
    column = table[name]
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _newest(table: pa.Table) -> int:
    return int(table["time"][-1].as_py())


@kernel
def _acts(
    slots: NDArray[np.int64],
    subject: NDArray[np.int32],
    offsets: NDArray[np.int64],
    data: NDArray[np.uint8],
    acts: int,
    slot: int,
    who: int,
    id_: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], int]:
    """The act of every row, and how many acts there are now, given the row before (``slot, who, id_``).

    A row is of the act of the row before it when both have the same subject and id and lie between the same
    borders. Rows without id are an act each.
    """
    rows = slots.shape[0]
    out = np.empty(rows, np.int64)
    for row in range(rows):
        start, size = offsets[row], offsets[row + 1] - offsets[row]
        if row > 0:
            slot, who, id_ = slots[row - 1], subject[row - 1], data[offsets[row - 1] : start]
        same = size > 0 and id_.shape[0] == size and who == subject[row] and slot == slots[row]
        if same:
            for i in range(size):
                same = same and id_[i] == data[start + i]
        if not same:
            acts += 1
        out[row] = acts - 1
    return out, acts
