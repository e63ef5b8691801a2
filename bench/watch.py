"""The whole command on streams of one density and growing length: events a second, CPU seconds, peak memory.

    python bench/watch.py [--days 30 --days 300] [--scenario plain] [--repeat 1]
    python bench/watch.py --days 30 --scenario origin

Every stream is written to a temporary folder and watched with the defaults by a process of its own, after one that
compiles; of a world with a list of watched accounts, these are watched. The ratio is that of the seconds per event to
the first stream's; memory is flat when its ratio stays near 1.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq


def make(world: Path, *options: str) -> Path:
    """A world's stream, made by a process of its own: the system counts the memory of whoever starts a process as that
    process's own."""
    command = [sys.executable, "-m", "lapwing.cli", "world", "--out", str(world), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return world / "events.parquet"


def run(events: Path, out: Path) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak memory (MB) of one whole command."""
    command = [sys.executable, "-m", "lapwing.cli", "watch", str(events), "--out", str(out)]
    watched = events.with_name("watched.txt")
    if watched.exists():
        command += ["--watched", str(watched)]
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(said.decode())
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main() -> None:
    """Run and print one row a stream."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=float, action="append")
    parser.add_argument("--scenario", default="plain")
    parser.add_argument("--repeat", type=int, default=1)
    asked = parser.parse_args()
    print("scenario      days      events   seconds   CPU s   events/s   s/event ratio   peak MB   ratio")
    first: tuple[float, int] | None = None
    with tempfile.TemporaryDirectory() as folder:
        small = make(Path(folder) / "small", "--seed", "9", "--subjects", "2000", "--days", "12")
        run(small, Path(folder) / "compiled")
        for days in asked.days or [30.0, 300.0]:
            world = Path(folder) / f"world-{days:g}"
            stream = make(world, "--seed", "0", "--scenario", asked.scenario, "--days", str(days))
            events = pq.read_metadata(stream).num_rows
            runs = [run(stream, world / f"out-{n}") for n in range(asked.repeat)]
            seconds, cpu = (statistics.median(r[i] for r in runs) for i in (0, 1))
            peak = max(r[2] for r in runs)
            first = first or (seconds / events, peak)
            print(
                f"{asked.scenario:10} {days:7g} {events:11,} {seconds:9.1f} {cpu:7.1f} {events / seconds:10,.0f}"
                f" {seconds / events / first[0]:15.2f} {peak:9} {peak / first[1]:7.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
