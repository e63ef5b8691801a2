"""Measures the `what` detector: is the promise kept, how soon is a new mix found, how fast does it run.

`python bench/what.py` prints the tables of docs/cards/what.md in half a minute. The streams are those of
tests/evidence/test_what.py, with other seeds.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import numpy as np

from lapwing.evidence import what

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "evidence"))
import test_what as claims

claims.SUBJECTS = 4000
MIXES = {"differ much": 1.0, "differ somewhat": 5.0, "hardly differ": 50.0}
HABITS = {"fresh draws": (0.0, math.inf), "runs": (0.5, math.inf), "runs of some": (0.4, 1.5)}
TIMES = (3, 10, 30, 100, 300)


def promise() -> None:
    """Share of null subjects that alarmed by act t, over what is promised."""
    print(f"\nFalse alarms of {claims.SUBJECTS} null subjects by act t over t/A, A = {claims.LEVEL:g}\n")
    print("| draws | mixes | acts of history |", " | ".join(f"t={t}" for t in TIMES), "|")
    print("|---|---|---|" + "---|" * len(TIMES))
    for habit, (repeat, firmness) in HABITS.items():
        for mixes, sum_alpha in MIXES.items():
            for history in (10, 50, 200):
                rng = np.random.default_rng(1000 + history)
                kinds = claims.stream(rng, history + TIMES[-1], sum_alpha, repeat, firmness)
                alarms = claims.alarms_after(kinds, history)
                shares = [float(np.mean(alarms <= t)) * claims.LEVEL / t for t in TIMES]
                print(f"| {habit} | {mixes} | {history} |", " | ".join(f"{s:.2f}" for s in shares), "|")


def delay() -> None:
    """Acts from a new mix to its alarm."""
    print(f"\nFrom the mix of one subject to that of another, A = {claims.LEVEL:g}\n")
    print("| draws | mixes | acts of history | found after, median | found within 200 acts |")
    print("|---|---|---|---|---|")
    for habit in ("fresh draws", "runs"):
        for mixes, sum_alpha in MIXES.items():
            for history in (10, 50, 200):
                rng = np.random.default_rng(history)
                before = claims.stream(rng, history, sum_alpha, *HABITS[habit])
                after = claims.stream(rng, 200, sum_alpha, *HABITS[habit])
                alarms = claims.alarms_after(np.hstack([before, after]), history)
                median = float(np.median(alarms))
                found = f"{median:.0f}" if median <= 200 else "over 200"
                print(f"| {habit} | {mixes} | {history} | {found} | {np.mean(alarms <= 200):.0%} |")


def speed() -> None:
    """Acts a second on one core, 15,000 subjects and 47 kinds."""
    rng = np.random.default_rng(0)
    acts, kinds = 500_000, 47
    who, did = rng.integers(0, 15_000, acts), rng.integers(0, kinds, acts)
    times = np.sort(rng.integers(0, 30 * what.DAY, acts))
    population = what.Population(np.full(kinds, 0.1), repeat=0.3, firmness=20.0, memory=500.0)
    state, _ = what.update(what.start(15_000, kinds), population, who[:9], did[:9], times[:9])
    began = time.process_time()
    what.update(state, population, who[9:], did[9:], times[9:])
    print(f"\n{acts / (time.process_time() - began) / 1e6:.1f} million acts a second")


if __name__ == "__main__":
    promise()
    delay()
    speed()
