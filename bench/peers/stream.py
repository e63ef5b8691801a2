"""What every peer reads and writes: events as columns of numbers, and signals.

A signal says that something (a pair of subjects, or one subject) reached a score at a time. For each pair only new
highest scores are kept, so one file of signals tells what would have been raised under any threshold.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR

PAIRS = 20_000
"""So many pairs, those with the highest scores, are written: far more than any threshold lets through."""


@dataclass(frozen=True)
class Events:
    """First touches in the order of time; what is touched again is habit. Arrays have shape (touches,)."""

    time: np.ndarray
    """Microseconds since the start of the stream's first day."""
    subject: np.ndarray
    context: np.ndarray
    names: list[str]
    start: int
    """Microseconds since 1970-01-01 UTC."""
    rows: int
    """Events read, repeats among them."""


def read_events(path: Path, *, repeats: bool = False) -> Events:
    """Read `events.parquet`; events without a subject are left out, and so are repeats unless asked for."""
    table = pq.read_table(path)
    seen = table.filter(pa.compute.is_valid(table["subject"]))
    time = seen["time"].cast(pa.int64()).to_numpy()
    subject = seen["subject"].dictionary_encode().combine_chunks()
    context = seen["context"].dictionary_encode().combine_chunks()
    who = subject.indices.to_numpy().astype(np.int64)
    what = context.indices.to_numpy().astype(np.int64)
    start = int(time[0]) // DAY * DAY
    if not repeats:
        _, first = np.unique(what * len(subject.dictionary) + who, return_index=True)
        first.sort()
        time, who, what = time[first], who[first], what[first]
    return Events(time - start, who, what, subject.dictionary.to_pylist(), start, len(table))


def write_signals(
    path: Path,
    events: Events,
    time: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    score: np.ndarray,
    since: np.ndarray,
) -> None:
    """Write signals: who (twice the same for one subject), when, how high, and since when; -1 if not dated."""
    names = np.array(events.names, object)
    table = pa.table(
        {
            "time": np.asarray(time, np.int64) + events.start,
            "first": pa.array(names[first], pa.string()),
            "second": pa.array(names[second], pa.string()),
            "score": np.asarray(score, np.float64),
            "since": np.where(since < 0, -1, since + events.start),
        }
    )
    pq.write_table(table.sort_by("time"), path)


def highest(pair: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Which signals to keep: those of the pairs whose highest score is among the highest."""
    _, place = np.unique(pair, return_inverse=True)
    top = np.full(place.max(initial=-1) + 1, -np.inf)
    np.maximum.at(top, place, score)
    if len(top) <= PAIRS:
        return np.arange(len(pair))
    return np.flatnonzero(top[place] >= np.partition(top, -PAIRS)[-PAIRS])


def asked(about: str | None) -> argparse.Namespace:
    """The arguments every peer understands: EVENTS, OUT and, for those that must know it, the threshold."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("events", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threshold", type=float)
    return parser.parse_args()
