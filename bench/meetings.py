"""How well meetings are found on simulated populations: found, false, delay, onset error, time and memory.

    python bench/meetings.py [--scenario plain --scenario tastes] [--seeds 3]

Each world is written to a temporary folder and watched with the defaults; the first week belongs to the training.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

from lapwing.watch.run import watch
from lapwing.watch.settings import Settings
from lapwing.worlds.score import score_file
from lapwing.worlds.world import make_world, write_world


def main() -> None:
    """Run and print one row a world, and the median of each scenario."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    asked = parser.parse_args()
    print("scenario      seed  events/s   found   false   delay h   onset error h   peak MB")
    for scenario in asked.scenario or ["plain", "tastes"]:
        delays = []
        for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
            with tempfile.TemporaryDirectory() as folder:
                world, out = Path(folder) / "world", Path(folder) / "out"
                made = make_world(scenario, seed=seed)
                write_world(made, world)
                events = made.events.time.size
                del made
                begin = time.perf_counter()
                watch([world / "events.parquet"], out, Settings(), command="bench/meetings.py")
                took = time.perf_counter() - begin
                result = score_file(out / "moments.jsonl", world / "truth.json", learning_days=7.0)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                hours = float("nan") if result.median_hours is None else result.median_hours
                error = (
                    float("nan")
                    if result.median_onset_error_hours is None
                    else result.median_onset_error_hours
                )
                delays += [hours] if result.median_hours is not None else []
                print(
                    f"{scenario:12} {seed:5} {events / took:9,.0f} {result.found:3}/{result.found + result.missed:<3}"
                    f" {result.false:7} {hours:9.1f} {error:15.1f} {peak:9}",
                    flush=True,
                )
        if delays:
            print(f"{scenario:12} median of the median delays {statistics.median(delays):.1f} h")


if __name__ == "__main__":
    main()
