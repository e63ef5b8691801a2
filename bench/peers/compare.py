"""Lapwing and what a user might take instead, on the same files: found, false, delay, onset error, time and memory.

    python bench/peers/compare.py [--scenario plain] [--seeds 3] [--nulls 3] [--only NAME] [--json FILE]

The peers live in an environment of their own, made on the first run. Each gets the threshold at which it raises at
most one false moment in 30 days on null worlds of the same scenario with other seeds; Lapwing runs with that as
its budget. With `--json` results are added to a file, and the tables are made of all that is in it: so one column can
be run again by `--only`. The tables are written as Markdown to standard output.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from lapwing.moments.moment import Bits, Moment
from lapwing.worlds.score import Score, score, score_file
from lapwing.worlds.truth import Truth, read_truth
from lapwing.worlds.world import make_world, write_world

HERE = Path(__file__).parent
PACKAGES = ("numpy", "scipy", "pyarrow", "numba", "scikit-learn", "river", "coordination-network-toolkit")
MEETINGS = {
    "coordination-network-toolkit": ["toolkit.py"],
    "TF-IDF cosine, whole period": ["cosine.py"],
    "TF-IDF cosine, hourly": ["cosine.py", "--hourly"],
    "running count, 7 days": ["running_count.py"],
    "rarity-weighted sum, 7 days": ["rarity_sum.py"],
    "configuration-model tail": ["configuration_tail.py"],
}
SHIFTS = {
    "river ADWIN": ["adwin.py"],
    "river Page-Hinkley": ["page_hinkley.py"],
    "FOCuS": ["focus.py"],
}
LEVELLED = ("river ADWIN", "river Page-Hinkley")
"""Peers that must know their threshold beforehand."""
LAPWING = "Lapwing"
BUDGET_DAYS = 30.0
LEARNING = 7.0
DAY = 86_400_000_000
NULL_SEEDS = 1_000
"""Seeds of null worlds begin here, so that no threshold is fixed on a world that is scored."""


@dataclass(frozen=True)
class Result:
    """One peer on one world."""

    peer: str
    scenario: str
    seed: int
    commit: str
    threshold: float | None
    events: int
    cpu_seconds: float
    peak_mb: float
    hidden: int
    found: int
    false: int
    days: float
    hours: float | None
    acts: float | None
    half_hours: float | None
    """Until half of all that was hidden was found; None when less than half was found at all."""
    onset_error_hours: float | None
    """None when nothing was found or the peer does not date."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    cpu_seconds: float
    peak_mb: float


def main() -> None:
    """Run what is asked for and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--nulls", type=int, default=3)
    parser.add_argument("--subjects", type=int)
    parser.add_argument("--days", type=float)
    parser.add_argument("--only", action="append")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--environment", type=Path, default=cache() / "peers")
    asked = parser.parse_args()
    results = [] if asked.json is None or not asked.json.exists() else read(asked.json)
    python = environment(asked.environment)
    for scenario in asked.scenario or ["plain", "tastes", "viral", "bursty", "calm", "shifts"]:
        peers = SHIFTS if scenario == "shifts" else MEETINGS
        names = [name for name in [LAPWING, *peers] if not asked.only or name in asked.only]
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), scenario, asked.subjects, asked.days, asked.nulls, python)
            for name in names:
                for result in bench.run(name, peers.get(name), asked.first_seed, asked.seeds):
                    results = [r for r in results if key(r) != key(result)] + [result]
                    print(f"{scenario} {result.seed}: {name}", file=sys.stderr, flush=True)
                    if asked.json is not None:
                        asked.json.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    print(tables(results))


def key(result: Result) -> tuple[str, str, int]:
    """A run that is repeated replaces the one before."""
    return result.scenario, result.peer, result.seed


def read(path: Path) -> list[Result]:
    """The results of earlier runs."""
    return [Result(**plain) for plain in json.loads(path.read_text())]


def cache() -> Path:
    """Where environments are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lapwing"


def environment(folder: Path) -> Path:
    """The Python of the peers' environment, which is made when it is absent."""
    python, made = folder / "bin" / "python", folder / "made"
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, stdout=sys.stderr)
        made.touch()
    return python


class Bench:
    """The worlds of one scenario, and the peers on them."""

    def __init__(
        self,
        folder: Path,
        scenario: str,
        subjects: int | None,
        days: float | None,
        nulls: int,
        python: Path,
    ) -> None:
        self._folder = folder
        self._scenario = scenario
        self._size = {"subjects": subjects, "days": days}
        self._nulls = nulls
        self._python = python
        self._commit = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True, check=True
        ).stdout.strip()
        self._warm: set[str] = set()

    def run(self, name: str, script: list[str] | None, first: int, seeds: int) -> Iterator[Result]:
        """One peer on all scored worlds; its threshold is fixed on the nulls first."""
        threshold = None if script is None else self._threshold(name, script)
        for seed in range(first, first + seeds):
            world = self._world(self._scenario, seed)
            truth = read_truth(world / "truth.json")
            if script is None:
                cost, found = self._lapwing(world)
                dated = True
            else:
                signals, cost = self._signals(name, script, world, threshold)
                dated = bool((signals["since"] >= 0).any())
                lines = moments(signals, threshold or 0.0, truth)
                found = score(lines, truth, learning_days=LEARNING)
            yield Result(
                peer=name,
                scenario=self._scenario,
                seed=seed,
                commit=self._commit,
                threshold=threshold,
                events=pq.read_metadata(world / "events.parquet").num_rows,
                cpu_seconds=cost.cpu_seconds,
                peak_mb=cost.peak_mb,
                hidden=found.found + found.missed,
                found=found.found,
                false=found.false,
                days=found.days,
                hours=found.median_hours,
                acts=found.median_acts,
                half_hours=until_half(found),
                onset_error_hours=found.median_onset_error_hours if dated else None,
            )

    def _world(self, scenario: str, seed: int) -> Path:
        out = self._folder / f"{scenario}-{seed}"
        if not out.exists():
            write_world(make_world(scenario, seed=seed, **self._size), out)
        return out

    def _threshold(self, name: str, script: list[str]) -> float:
        """The least threshold with at most one false moment in so many days, over all null worlds together."""
        nulls = []
        for seed in range(NULL_SEEDS, NULL_SEEDS + self._nulls):
            world = self._world(f"{self._scenario}-null", seed)
            nulls.append((self._signals(name, script, world, None)[0], read_truth(world / "truth.json")))
        days = sum((truth.end - truth.start) / DAY - LEARNING for _, truth in nulls)
        return least_threshold(nulls, math.floor(days / BUDGET_DAYS))

    def _signals(
        self, name: str, script: list[str], world: Path, threshold: float | None
    ) -> tuple[dict[str, np.ndarray], Cost]:
        out = self._folder / "signals.parquet"
        command = [str(self._python), str(HERE / script[0]), *script[1:]]
        if threshold is not None and name in LEVELLED:
            command += ["--threshold", str(threshold)]
        if name not in self._warm:  # what is compiled is compiled once
            self._warm.add(name)
            tiny = self._tiny()
            measured([*command, str(tiny), str(out)])
        cost = measured([*command, str(world / "events.parquet"), str(out)])
        table = pq.read_table(out)
        return {column: table[column].to_numpy(zero_copy_only=False) for column in table.column_names}, cost

    def _lapwing(self, world: Path) -> tuple[Cost, Score]:
        out = self._folder / "out"
        command = [sys.executable, "-m", "lapwing.cli", "watch", "--budget", f"1/{BUDGET_DAYS:g}d", "--out"]
        if LAPWING not in self._warm:
            self._warm.add(LAPWING)
            measured([*command, str(out), str(self._tiny())])
        shutil.rmtree(out, ignore_errors=True)
        cost = measured([*command, str(out), str(world / "events.parquet")])
        return cost, score_file(out / "moments.jsonl", world / "truth.json", learning_days=LEARNING)

    def _tiny(self) -> Path:
        out = self._folder / "tiny"
        if not out.exists():
            write_world(make_world(self._scenario, seed=1, subjects=2_000, days=12.0, cells=2), out)
        return out / "events.parquet"


def until_half(found: Score) -> float | None:
    """Hours from the onset until half of all that was hidden was found: the median over all, those missed counted as
    later than any. The median over those found alone flatters whoever finds the easiest only."""
    hours = sorted(math.inf if one.hours is None else one.hours for one in found.outcomes)
    half = hours[math.ceil(len(hours) / 2) - 1] if hours else math.inf
    return half if math.isfinite(half) else None


def measured(command: list[str]) -> Cost:
    """Run a command and say what it and all it started took. Raises ``CalledProcessError``."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace")[-4_000:])
            raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def moments(signals: dict[str, np.ndarray], threshold: float, truth: Truth) -> list[str]:
    """What a peer would have raised: pairs that reach the threshold, joined when they share a subject.

    What reached it while Lapwing learns is known already, and raised by nobody.
    """
    learnt = truth.start + int(LEARNING * DAY)
    above = np.flatnonzero(signals["score"] >= threshold)
    above = above[np.argsort(signals["time"][above], kind="stable")]
    known: set[tuple[str, str]] = set()
    of: dict[str, int] = {}
    members: list[set[str]] = []
    first: list[tuple[int, int]] = []
    lines = []
    for row in above.tolist():
        pair = (signals["first"][row], signals["second"][row])
        if pair in known:
            continue
        known.add(pair)
        time, since = int(signals["time"][row]), int(signals["since"][row])
        if time <= learnt:
            continue
        here = sorted({of[name] for name in pair if name in of})
        if not here:
            here = [len(members)]
            members.append(set())
            first.append((time, since if since >= 0 else time))
        joined = set(pair).union(*(members[number] for number in here))
        if joined == members[here[0]]:
            continue
        members[here[0]] = joined
        of |= dict.fromkeys(joined, here[0])
        raised, onset = first[here[0]]
        bits = Bits(when=0.0, what=0.0, whom=0.0, naming=0.0, net=float(signals["score"][row]))
        moment = Moment(
            f"p-{here[0]}", "meeting", tuple(sorted(joined)), onset, raised, bits, 0.0, None, "open", ()
        )
        lines.append(moment.line())
    return lines


def least_threshold(nulls: list[tuple[dict[str, np.ndarray], Truth]], allowed: int) -> float:
    """The least score from which on up no more than ``allowed`` moments are raised in all null worlds together."""
    scores = np.unique(np.concatenate([signals["score"] for signals, _ in nulls]))[::-1]
    if not scores.size:
        return 0.0
    threshold = float(np.nextafter(scores[0], np.inf))
    for value in scores.tolist():
        raised = sum(
            len({line.split('"', 4)[3] for line in moments(signals, value, truth)})
            for signals, truth in nulls
        )
        if raised > allowed:
            break
        threshold = value
    return threshold


def tables(results: list[Result]) -> str:
    """One table a scenario, as Markdown: medians over the seeds, with the range in brackets."""
    parts = []
    for scenario in dict.fromkeys(result.scenario for result in results):
        here = [result for result in results if result.scenario == scenario]
        seeds = sorted({result.seed for result in here})
        parts += [
            f"### {scenario}\n",
            f"Seeds {', '.join(map(str, seeds))}; {here[0].events:,} events.\n",
            "| | found | false in a month | delay, h | half of all found after, h | delay, acts of the members "
            "| onset error, h | CPU, s "
            "| events per CPU second | peak, MB |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for peer in dict.fromkeys([LAPWING, *(result.peer for result in here)]):
            mine = [result for result in here if result.peer == peer]
            if not mine:
                continue
            cells = [
                f"{ranged([r.found for r in mine])} of {mine[0].hidden}",
                ranged([r.false / r.days * 30 for r in mine]),
                ranged([r.hours for r in mine]),
                until([r.half_hours for r in mine]),
                ranged([r.acts for r in mine]),
                ranged([r.onset_error_hours for r in mine]),
                ranged([r.cpu_seconds for r in mine]),
                ranged([r.events / r.cpu_seconds for r in mine]),
                ranged([r.peak_mb for r in mine]),
            ]
            parts.append(f"| {peer} | {' | '.join(cells)} |")
        parts.append("")
    return "\n".join(parts)


def ranged(values: list[float | None]) -> str:
    """The median of the values there are, and least and greatest."""
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    middle, low, high = statistics.median(known), min(known), max(known)
    return plain(middle) if plain(low) == plain(high) else f"{plain(middle)} ({plain(low)} to {plain(high)})"


def until(values: list[float | None]) -> str:
    """The same, where one that never came is told as such."""
    return "never" if None in values else ranged(values)


def plain(value: float) -> str:
    """Two figures below ten, whole numbers above, three figures of the large ones."""
    if abs(value) < 10:
        return f"{value:.2g}"
    return f"{value:,.0f}" if abs(value) < 1_000 else f"{float(f'{value:.3g}'):,.0f}"


if __name__ == "__main__":
    main()
