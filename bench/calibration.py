"""Is the promise kept? False moments on null worlds against what budgets allow.

    python bench/calibration.py [--scenario plain] [--seeds 5] [--subjects N] [--days D] [--apart] [--out DIR]

Nothing begins in these worlds, so whatever is raised is false. Each is watched once, at the loosest budget; with
`--apart` also once for each budget, to see what is lost by reading all counts from one run. Tables are written as
Markdown to standard output, and cards, one a scenario, into the folder.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lapwing import __version__
from lapwing.calibration.calibrate import BUDGETS, watched
from lapwing.calibration.card import cells, write_card
from lapwing.calibration.curve import summary
from lapwing.calibration.promise import Calibration, Round
from lapwing.watch.settings import Settings
from lapwing.worlds.world import make_world, write_world

SCENARIOS = ("calm", "plain", "tastes", "viral", "bursty")


def main() -> None:
    """Watch the nulls of every scenario asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=2_000)
    parser.add_argument("--subjects", type=int)
    parser.add_argument("--days", type=float)
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    for scenario in asked.scenario or SCENARIOS:
        budgets = BUDGETS if asked.apart else BUDGETS[:1]
        rounds: list[list[Round]] = [[] for _ in budgets]
        for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
            with tempfile.TemporaryDirectory() as folder:
                world = make_world(f"{scenario}-null", seed=seed, subjects=asked.subjects, days=asked.days)
                write_world(world, Path(folder))
                events = Path(folder) / "events.parquet"
                for done, budget in zip(rounds, budgets, strict=True):
                    done.append(watched(events, Settings(), budget, seed))
        name = f"{scenario}-null, seeds {asked.first_seed} to {asked.first_seed + asked.seeds - 1}"
        found = Calibration(name, __version__, None, tuple(rounds[0]), BUDGETS)
        apart = [sum(len(one.nets) for one in done) for done in rounds] if asked.apart else None
        print(table(found, apart), flush=True)
        if asked.out is not None:
            write_card(found, asked.out / scenario)


def table(calibration: Calibration, apart: Sequence[int] | None) -> str:
    """One scenario as Markdown. ``apart``: what runs of their own counted, by budget."""
    lines = [
        f"### {calibration.source}",
        "",
        f"{summary(calibration)} {calibration.days:.0f} days were counted.",
        "",
        "| budget | allowed | counted | to be expected, 95 % | the promise | bits missing |"
        + (" in a run of its own |" if apart else ""),
        "|---|---|---|---|---|---|" + ("---|" if apart else ""),
    ]
    for number, one in enumerate(calibration.kept()):
        own = [str(apart[number])] if apart else []
        lines.append(f"| {' | '.join([*cells(one), *own])} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
