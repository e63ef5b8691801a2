"""The stream to calibrate on: all events in memory, and the same events with other subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lapwing.calibration.permutation import Permutation, permuted
from lapwing.events.error import EventsError
from lapwing.events.reader import Reader
from lapwing.evidence.circles import learn_circles
from lapwing.watch.settings import Settings

I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Stream:
    """Events in the order of time, and the groups within which subjects may be exchanged."""

    table: pa.Table
    """As read (:data:`lapwing.events.schema.SCHEMA`)."""
    names: tuple[str, ...]
    """The subjects, by number."""
    subject: I32
    """Number of the subject of every row, -1 for background."""
    group: I32
    """Of every subject: its circle, and whether it is watched."""

    def permuted(self, seed: int) -> Permutation:
        """The rows with exchanged subjects; the same seed exchanges them in the same way."""
        return permuted(
            self.table["time"].to_numpy(),
            self.subject,
            _numbers(self.table["kind"]),
            _numbers(self.table["context"]).astype(np.int64),
            _acts(self.subject, self.table["id"]),
            self.group,
            np.random.default_rng(seed),
        )

    def write(self, permutation: Permutation, path: Path) -> None:
        """Write the events with exchanged subjects as Parquet."""
        names = pa.array(self.names, pa.string())
        numbers = pa.array(permutation.subject, mask=permutation.subject < 0)
        columns = {
            "time": self.table["time"].cast(pa.timestamp("us", tz="UTC")),
            "subject": pa.DictionaryArray.from_arrays(numbers, names).dictionary_decode(),
            "kind": self.table["kind"].cast(pa.string()),
            "context": self.table["context"],
            "id": self.table["id"],
        }
        for name in ("circle", "source", "platform"):
            if self.table[name].null_count < len(self.table):
                columns[name] = self.table[name].cast(pa.string())
        pq.write_table(pa.table(columns), path, compression="zstd")


def read_stream(paths: Sequence[Path | str], settings: Settings) -> Stream:
    """Read all events; what a watch would set aside is left out.

    Circles are those of the roster, or those in the events, or learnt from the training, before anything may have
    begun. Raises :class:`lapwing.events.error.EventsError`.
    """
    with Reader(
        paths,
        vocabulary=settings.vocabulary,
        tolerance=settings.tolerance,
        strict=settings.strict,
        assume_utc=settings.assume_utc,
        sort=settings.sort,
        stated=settings.stated,
    ) as reader:
        tables = list(reader)
    if not tables:
        raise EventsError("There is no event to calibrate on.\nGive files with events of several weeks.")
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    encoded = table["subject"].chunk(0)
    names = tuple(encoded.dictionary.to_pylist())
    subject = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    watched = settings.roster.watched
    flag = np.array([watched is None or name in watched for name in names], np.int32)
    circle = _circles(table, subject, names, settings)
    return Stream(table, names, subject, (2 * circle + flag).astype(np.int32))


def _circles(table: pa.Table, subject: I32, names: tuple[str, ...], settings: Settings) -> I32:
    """The circle of every subject, -1 for none."""
    given = settings.roster.circles
    if given is not None:
        numbers = {name: number for number, name in enumerate(sorted(set(given.values())))}
        return np.array([numbers[given[name]] if name in given else -1 for name in names], np.int32)
    if table["circle"].null_count < len(table):
        circle = np.full(len(names), -1, np.int32)
        stated = _numbers(table["circle"])
        rows = np.flatnonzero((subject >= 0) & (stated >= 0))[::-1]  # so that the first stated one stays
        circle[subject[rows]] = stated[rows]
        return circle
    time = table["time"].to_numpy()
    learning = (time < time[0] + settings.parameters.training) & (subject >= 0)
    context = _numbers(table["context"])[learning].astype(np.int64)
    return learn_circles(subject[learning], context, len(names), settings.parameters.seed)


def _numbers(column: pa.ChunkedArray) -> I32:
    """A number for each different value, -1 for none."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    indices = column.combine_chunks().indices.fill_null(-1)
    numbers: I32 = indices.to_numpy(zero_copy_only=False).astype(np.int32)
    return numbers


def _acts(subject: I32, ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """The act of every row: a row is of the act of the row before it when both have one subject and one id."""
    known = pc.fill_null(pc.equal(ids[1:], ids[:-1]), False).to_numpy()
    apart = np.concatenate([[True], ~known.astype(np.bool_) | (np.diff(subject) != 0)])
    acts: NDArray[np.int64] = np.cumsum(apart) - 1
    return acts
