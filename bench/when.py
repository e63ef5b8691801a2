"""Measures the `when` detector: is the promise kept, how soon is a shift found, how fast does it run.

`python bench/when.py` prints the tables of docs/cards/when.md (some ten minutes on one core). The null
streams are those of tests/evidence/test_when.py, run on more subjects and for longer.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import numpy as np

from lapwing.evidence import when

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "evidence"))
import test_when as claims

TIMES = (3, 10, 30, 100, 300, 500)
FACTORS = (0.0, 0.25, 0.5, 1.5, 2.0, 4.0, 8.0)


def promise() -> None:
    """Share of null subjects that alarmed by t, as a share of what is promised."""
    claims.SUBJECTS, claims.MONITORED = 5000, TIMES[-1]
    print(f"\nFalse alarms of {claims.SUBJECTS} null subjects by bin t over t/A, A = {claims.LEVEL:g}\n")
    print("| stream | rates | bins of history |", " | ".join(f"t={t}" for t in TIMES), "|")
    print("|---|---|---|" + "---|" * len(TIMES))
    for stream in claims.STREAMS:
        for same_rate in (True, False):
            for history in (10, 50, 200):
                alarms = claims.null_alarms(stream, history, same_rate, seed=1000 + history)
                shares = [float(np.mean(alarms <= t)) * claims.LEVEL / t for t in TIMES]
                rates = "one" if same_rate else "differ"
                print(
                    f"| {stream} | {rates} | {history} |",
                    " | ".join(f"{s:.2f}" for s in shares),
                    "|",
                    flush=True,
                )


def delay() -> None:
    """Bins from a shift to its alarm, at rate 2, by length of history."""
    rng = np.random.default_rng(11)
    rates = rng.lognormal(math.log(2.0), 1.7, 4000)
    subjects, longest = 5000, 400
    print("\nMean bins to the alarm, rate 2 per bin; shifts that take over 400 bins count as 400\n")
    print("| bins of history | A | one false alarm in | " + " | ".join(f"x{f:g}" for f in FACTORS) + " |")
    print("|---|---|---|" + "---|" * len(FACTORS))
    for history in (10, 50, 200, 1000):
        population = when.learn(rng.poisson(rates[:, None], (4000, history)), np.ones(history))
        past = rng.poisson(2.0, (subjects, history))
        before, _ = when.update(when.start(subjects), population, past, np.ones(history), 1.0)
        _, null = when.update(before, population, rng.poisson(2.0, (subjects, 1000)), np.ones(1000), 1.0)
        for level in (600.0, 1000.0):
            fresh = before.r.sum(axis=1) < level
            alarm = null.log2_r[fresh] >= math.log2(level)
            waited = np.where(alarm.any(axis=1), alarm.argmax(axis=1) + 1, 1000).sum()
            delays = []
            for factor in FACTORS:
                later = rng.poisson(2.0 * factor, (subjects, longest))
                _, step = when.update(before, population, later, np.ones(longest), 1.0)
                alarm_at = step.log2_r[fresh] >= math.log2(level)
                first = np.where(alarm_at.any(axis=1), alarm_at.argmax(axis=1) + 1, longest)
                delays.append(float(first.mean()))
            print(
                f"| {history} | {level:g} | {waited / alarm.any(axis=1).sum():.0f} |",
                " | ".join(f"{d:.1f}" for d in delays),
                "|",
                flush=True,
            )


def speed() -> None:
    """Subject-bins a second on one core."""
    rng = np.random.default_rng(1)
    print("\n| subjects | bins in a batch | million subject-bins a second |\n|---|---|---|")
    for subjects, bins in ((15_000, 1), (15_000, 24), (46_000, 24)):
        counts, clock = rng.poisson(2.0, (subjects, bins)), np.ones(bins)
        state, _ = when.update(when.start(subjects), claims.BURSTY, counts, clock, 1.0)
        best = math.inf
        for _ in range(7):
            began = time.process_time()
            when.update(state, claims.BURSTY, counts, clock, 1.0)
            best = min(best, time.process_time() - began)
        print(f"| {subjects} | {bins} | {subjects * bins / best / 1e6:.1f} |")


if __name__ == "__main__":
    speed()
    delay()
    promise()
