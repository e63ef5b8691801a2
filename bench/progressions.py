"""How soon climbing groups are found: by all detectors, without ladders, and without meetings.

    python bench/progressions.py [--scenario climbs] [--subjects 8000] [--climbs 20] [--seeds 2]

Worlds of the scenario `climbs`, whose members do more of the kinds of each stage and copy one another now and then, or
of `apart`, whose members copy nobody. Medians are over all groups, those that were missed counted as never found; the
last column is the median over the groups that both ways found.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from lapwing.watch.run import watch
from lapwing.watch.settings import Settings
from lapwing.worlds.scenario import load_scenario
from lapwing.worlds.score import Outcome, score_file
from lapwing.worlds.world import make_world, write_world

WAYS = {
    "all": frozenset[str](),
    "meetings alone": frozenset({"ladder", "when", "what"}),
    "ladders alone": frozenset({"whom", "when", "what"}),
}


def main() -> None:
    """Run and print a row for each world and way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", default="climbs")
    parser.add_argument("--subjects", type=int, default=8_000)
    parser.add_argument("--climbs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    print("seed  detectors        found  acts  hours  false  acts fewer than this, all together")
    for seed in range(asked.seeds):
        scenario = load_scenario(asked.scenario).with_(subjects=asked.subjects, climbs=asked.climbs)
        with tempfile.TemporaryDirectory() as folder:
            world = Path(folder) / "world"
            write_world(make_world(scenario, seed=seed), world)
            together: Sequence[Outcome] = ()
            for name, without in WAYS.items():
                out = Path(folder) / name.replace(" ", "-")
                settings = Settings(without=without)  # type: ignore[arg-type]
                watch([world / "events.parquet"], out, settings, command="bench/progressions.py")
                result = score_file(out / "moments.jsonl", world / "truth.json", learning_days=7.0)
                together = together or result.outcomes
                acts = [math.inf if one.acts is None else one.acts for one in result.outcomes]
                hours = [math.inf if one.hours is None else one.hours for one in result.outcomes]
                saved = [
                    alone.acts - both.acts
                    for alone, both in zip(result.outcomes, together, strict=True)
                    if alone.acts is not None and both.acts is not None
                ]
                gain = f"{median(saved):.0f} of {len(saved)} pairs" if saved and name != "all" else ""
                print(
                    f"{seed:4}  {name:15} {result.found:3}/{len(acts):<3} {median(acts):5.0f} {median(hours):6.0f}"
                    f" {result.false:6}  {gain}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
