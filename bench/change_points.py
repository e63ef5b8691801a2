"""Sets the `when` detector beside two public benchmarks of change detection, as far as they hold counts.

`python bench/change_points.py [DATA]` reads `nab/` and `tcpd/` in DATA (../shared/data beside the
repository by default) and prints the tables of docs/cards/when.md in a quarter of a minute.

Numenta Anomaly Benchmark (NAB): the ten series of Twitter volumes, its only counts of acts. Scored by the
rules of NAB's standard profile (Lavin and Ahmad, 2015): the first alarm within a window earns up to 1, the
earlier the more, a missed window costs 1, an alarm outside 0.11, less shortly after a window; 0 is a
detector that never alarms, 100 a perfect one. Beside it a windowed Gaussian, scored by the same code, its
threshold chosen in hindsight.

Turing Change Point Dataset (TCPD): the count series, scored by covering and by F1 with a margin of five
points against five annotators (van den Burg and Williams, 2020), beside "no change" scored by the same
code.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import math
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lapwing.evidence import when

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FIVE_MINUTES = 300.0
HOUR = 12
"""Five-minute bins in an hour."""
PROBATION = 0.15
"""NAB's share of a series that is for learning and is not scored."""
COUNTS = ("centralia", "homeruns", "jfk_passengers", "lga_passengers", "nile", "seatbelts")
"""TCPD's series that count something; the others are prices, shares, rates and sums of money."""


def twitter_volumes(data: Path) -> tuple[list[str], I64, NDArray[np.bool_], list[list[tuple[int, int]]]]:
    """Names, counts and whether observed (series, five-minute bins), and the labelled windows in bins."""
    table = pq.read_table(data / "nab" / "series.parquet").to_pydict()
    rows = [
        (name, datetime.fromisoformat(at).timestamp() / FIVE_MINUTES, value)
        for at, name, value in zip(table["time"], table["subject"], table["value"], strict=True)
        if name.startswith("realTweets/")
    ]
    names = sorted({name for name, _, _ in rows})
    origin = min(at for _, at, _ in rows)
    bins = int(max(at for _, at, _ in rows) - origin) + 1
    counts, seen = np.zeros((len(names), bins), np.int64), np.zeros((len(names), bins), np.bool_)
    for name, at, value in rows:
        place = names.index(name), int(at - origin)
        counts[place], seen[place] = int(value), True
    labels = json.loads((data / "nab" / "combined_windows.json").read_text("utf-8"))
    windows = [
        [
            tuple(int(datetime.fromisoformat(end).timestamp() / FIVE_MINUTES - origin) for end in window)
            for window in labels[name]
        ]
        for name in names
    ]
    return names, counts, seen, windows  # type: ignore[return-value]


def when_alarms(counts: I64, seen: NDArray[np.bool_], days: float) -> list[list[int]]:
    """Alarms of `when` on hourly counts, one false alarm in so many days per series, in five-minute bins.

    The clock of a series is the median of the other nine, each over its own mean: the population's day and
    news, without its own.
    """
    hours = counts.shape[1] // HOUR
    hourly = counts[:, : hours * HOUR].reshape(-1, hours, HOUR).sum(axis=2)
    observed = seen[:, : hours * HOUR].reshape(-1, hours, HOUR).mean(axis=2)
    learning = int(PROBATION * hours)
    relative = hourly / hourly[:, :learning].mean(axis=1, keepdims=True)
    clock = np.array([np.median(np.delete(relative, i, axis=0), axis=0) for i in range(len(hourly))])
    clock = np.maximum(clock, 0.05) * observed
    population = when.learn(hourly[:, :learning], clock[:, :learning])
    state, _ = when.update(
        when.start(len(hourly)), population, hourly[:, :learning], clock[:, :learning], 0.0
    )
    alarms: list[list[int]] = [[] for _ in hourly]
    for hour in range(learning, hours):
        now = slice(hour, hour + 1)
        state, step = when.update(state, population, hourly[:, now], clock[:, now], 1.0 / 24.0)
        raised = np.flatnonzero(step.log2_r[:, 0] >= math.log2(days))
        if raised.size:
            r = state.r.copy()
            r[raised] = 0.0  # the next alarm needs evidence of its own
            state = replace(state, r=r)
        for i in raised:
            alarms[i].append(hour * HOUR + HOUR - 1)
    return alarms


def gaussian_alarms(counts: I64, threshold: float) -> list[list[int]]:
    """Alarms where a count lies so many standard deviations above or below the mean of the last 6400 bins."""
    window, learning = 6400, int(PROBATION * counts.shape[1])
    sums = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
    squares = np.cumsum(np.pad(counts**2, ((0, 0), (1, 0))), axis=1)
    ends = np.arange(counts.shape[1])
    begins = np.maximum(ends - window, 0)
    size = np.maximum(ends - begins, 1)
    mean = (sums[:, ends] - sums[:, begins]) / size
    spread = np.sqrt(np.maximum((squares[:, ends] - squares[:, begins]) / size - mean**2, 1e-9))
    far = np.abs(counts - mean) >= threshold * spread
    return [[int(t) for t in np.flatnonzero(row) if t >= learning] for row in far]


def nab_score(alarms: list[list[int]], windows: list[list[tuple[int, int]]]) -> tuple[float, int, int]:
    """The standard profile's score over all series, windows found, alarms outside."""

    def worth(y: float) -> float:
        return 2.0 / (1.0 + math.exp(5.0 * y)) - 1.0

    score, found, outside, total = 0.0, 0, 0, sum(len(row) for row in windows)
    for raised, labelled in zip(alarms, windows, strict=True):
        for begin, end in labelled:
            inside = [t for t in raised if begin <= t <= end]
            found += bool(inside)
            length = end - begin + 1
            score += worth(-(end - inside[0] + 1) / length) / worth(-1.0) if inside else -1.0
        for t in raised:
            if any(begin <= t <= end for begin, end in labelled):
                continue
            outside += 1
            before = [(begin, end) for begin, end in labelled if end < t]
            late = (t - before[-1][1]) / (before[-1][1] - before[-1][0] + 1) if before else math.inf
            score += 0.11 * (worth(late) if late < 3.0 else -1.0)
    return 100.0 * (score + total) / (2.0 * total), found, outside


def nab(data: Path) -> None:
    """NAB's Twitter volumes."""
    names, counts, seen, windows = twitter_volumes(data)
    labelled = sum(len(row) for row in windows)
    series_days = len(names) * counts.shape[1] * (1.0 - PROBATION) / (24 * HOUR)
    print(f"\nNAB, {len(names)} Twitter volumes, {labelled} windows, {series_days:.0f} series-days watched\n")
    print("| detector | windows found | alarms outside | expected by chance, at most | standard score |")
    print("|---|---|---|---|---|")
    for days in (3.0, 10.0, 30.0, 100.0):
        score, found, outside = nab_score(when_alarms(counts, seen, days), windows)
        print(
            f"| when, one false alarm in {days:g} days | {found} | {outside} | {series_days / days:.0f} |",
            f"{score:.1f} |",
        )
    best = max(
        (nab_score(gaussian_alarms(counts, threshold), windows), threshold)
        for threshold in np.arange(2.0, 30.0, 0.5)
    )
    (score, found, outside), threshold = best
    print(f"| Gaussian, {threshold:g} deviations (best) | {found} | {outside} | | {score:.1f} |")


def segments(points: list[int], length: int) -> list[set[int]]:
    """The stretches between change points, as sets of places."""
    borders = [0, *sorted({p for p in points if 0 < p < length}), length]
    return [set(range(a, b)) for a, b in itertools.pairwise(borders)]


def covering(annotators: list[list[int]], points: list[int], length: int) -> float:
    """How well the segments cover those of each annotator, mean."""
    mine = segments(points, length)
    scores = [
        sum(
            len(theirs) * max(len(theirs & own) / len(theirs | own) for own in mine)
            for theirs in segments(them, length)
        )
        / length
        for them in annotators
    ]
    return float(np.mean(scores))


def f1(annotators: list[list[int]], points: list[int], margin: int = 5) -> float:
    """F1 within a margin; place 0 counts as a change point everybody found."""

    def hits(truth: set[int], found: set[int]) -> int:
        left, count = set(found), 0
        for place in sorted(truth):
            near = sorted((abs(place - other), other) for other in left if abs(place - other) <= margin)
            if near:
                left.remove(near[0][1])
                count += 1
        return count

    found = {0, *points}
    everybody = set().union({0}, *map(set, annotators))
    precision = hits(everybody, found) / len(found)
    recall = float(np.mean([hits({0, *them}, found) / len({0, *them}) for them in annotators]))
    return 2.0 * precision * recall / (precision + recall)


def when_change_points(counts: I64) -> list[int]:
    """Onsets of the shifts that `when` raises in one series, one false alarm in as many points as it has.

    After each, what came since is the new baseline. With one series there is no population: its habits are
    learnt from itself, and of its rate nothing is known beforehand.
    """
    length = counts.shape[0]
    habits = when.learn(counts[None, :], np.ones(length))
    population = replace(habits, shape=0.5, clock=0.5 / counts.mean())
    points: list[int] = []
    begin = 0
    while begin < length:
        fresh = when.start(1)
        _, step = when.update(fresh, population, counts[None, begin:], np.ones(length - begin), 1.0)
        raised = np.flatnonzero(step.log2_r[0] >= math.log2(length))
        if not raised.size:
            break
        upto = begin + int(raised[0]) + 1
        state, _ = when.update(fresh, population, counts[None, begin:upto], np.ones(upto - begin), 1.0)
        onset = begin + max(1, int(when.read(state).onset[0]))
        points.append(onset)
        begin = onset
    return points


def tcpd(data: Path) -> None:
    """TCPD's count series."""
    annotations = json.loads((data / "tcpd" / "annotations.json").read_text("utf-8"))
    series: dict[str, list[int]] = {name: [] for name in COUNTS}
    with gzip.open(data / "tcpd" / "series.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["subject"] in series:
                series[row["subject"]].append(int(float(row["value"])))
    print("\nTCPD, count series\n")
    print("| series | points | when: change points | cover | F1 | no change: cover | F1 |")
    print("|---|---|---|---|---|---|---|")
    sums = np.zeros(4)
    for name in COUNTS:
        counts = np.array(series[name])
        them = list(annotations[name].values())
        points = when_change_points(counts)
        scores = np.array(
            [
                covering(them, points, len(counts)),
                f1(them, points),
                covering(them, [], len(counts)),
                f1(them, []),
            ]
        )
        sums += scores
        places = ", ".join(map(str, points)) or "none"
        print(f"| {name} | {len(counts)} | {places} | " + " | ".join(f"{s:.2f}" for s in scores) + " |")
    print("| mean | | | " + " | ".join(f"{s:.2f}" for s in sums / len(COUNTS)) + " |")


if __name__ == "__main__":
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    nab(folder)
    tcpd(folder)
