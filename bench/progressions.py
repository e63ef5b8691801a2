"""How soon climbing groups are found: by all detectors, without ladders, and without meetings.

    python bench/progressions.py [--subjects 2000] [--climbs 3] [--seeds 2]

Worlds of the scenario `climbs`, whose members do more of the kinds of each stage and copy nobody.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from lapwing.watch.run import watch
from lapwing.watch.settings import Settings
from lapwing.worlds.scenario import load_scenario
from lapwing.worlds.score import score_file
from lapwing.worlds.world import make_world, write_world

WAYS = {
    "all": frozenset[str](),
    "without ladder": frozenset({"ladder"}),
    "without whom": frozenset({"whom"}),
}


def main() -> None:
    """Run and print a row for each world and way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=2_000)
    parser.add_argument("--climbs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    print("seed  detectors        climbs found  acts in the median  hours   false")
    for seed in range(asked.seeds):
        scenario = load_scenario("climbs").with_(subjects=asked.subjects, climbs=asked.climbs)
        with tempfile.TemporaryDirectory() as folder:
            world = Path(folder) / "world"
            write_world(make_world(scenario, seed=seed), world)
            for name, without in WAYS.items():
                out = Path(folder) / name.replace(" ", "-")
                settings = Settings(without=without)  # type: ignore[arg-type]
                watch([world / "events.parquet"], out, settings, command="bench/progressions.py")
                result = score_file(out / "moments.jsonl", world / "truth.json", learning_days=7.0)
                acts = "-" if result.median_acts is None else f"{result.median_acts:.0f}"
                hours = "-" if result.median_hours is None else f"{result.median_hours:.0f}"
                print(
                    f"{seed:4}  {name:15} {result.found:6}/{result.found + result.missed:<5} {acts:>19} {hours:>6}"
                    f" {result.false:7}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
