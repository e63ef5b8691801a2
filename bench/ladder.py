"""Measures how soon the `preparation` ladder is seen to be climbed, in a simulation with known truth.

`python bench/ladder.py` prints the table of docs/cards/ladder.md in a minute. Everyday kinds with a mix of
its own for every subject, one act a day; from day 200 on a share of the acts is of the stages, one after
the other, over 250 days.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lapwing.events.vocabulary import Vocabulary
from lapwing.evidence import ladder, what
from lapwing.moments.ladder_file import load

HISTORY, CLIMB = 200, 250
UNITS = {1: 400, 8: 60}
"""Units simulated, by members."""
WATCHED, BUDGET = 15_000, 30.0
"""Subjects of whom one is named, and days for one false alarm."""
PROPOSALS = 18.0
"""Bits to name a group that was proposed for other reasons: one of 2^18."""
EVERYDAY = {
    "post": 8.0,
    "reply": 8.0,
    "like": 8.0,
    "repost": 6.0,
    "share": 4.0,
    "tag": 4.0,
    "mention": 4.0,
    "message": 2.0,
    "follow": 1.0,
    "join": 0.3,
    "meet": 0.3,
    "purchase": 0.3,
    "travel": 0.2,
}


def simulate(
    rungs: ladder.Rungs, mix: NDArray[np.float64], share: float, members: int
) -> tuple[float, float, float]:
    """Share of units found, and medians of the day of the climb and the number of the stage at that time."""
    rng = np.random.default_rng(round(1000 * share) + members)
    kinds_known, subjects, days = rungs.weak.shape[0], members * UNITS[members], HISTORY + CLIMB
    kinds = np.stack([rng.choice(kinds_known, days, p=own) for own in rng.dirichlet(mix * 20.0, subjects)])
    ends = np.cumsum(rungs.days) * CLIMB / rungs.days.sum()
    for day in range(CLIMB):
        stage = min(int(np.searchsorted(ends, day, side="right")), len(ends) - 1)
        climbing = np.flatnonzero(rng.random(subjects) < share)
        kinds[climbing, HISTORY + day] = rng.choice(kinds_known, climbing.size, p=rungs.weights[stage])
    who, did = np.tile(np.arange(subjects), days), kinds.T.ravel()
    times = np.repeat(np.arange(days), subjects) * what.DAY
    past = HISTORY * subjects
    population = what.learn(who[:past], did[:past], kinds_known)
    _, seen = what.update(what.start(subjects, kinds_known), population, who, did, times)
    units = who // members
    _, step = ladder.update(ladder.start(UNITS[members], rungs), rungs, units, did, seen.chance, times)
    evenings = step.log2_r.reshape(days, subjects)[:, members - 1 :: members]
    naming = math.log2(WATCHED) if members == 1 else PROPOSALS
    alarm = evenings[HISTORY:] >= math.log2(BUDGET) + naming
    assert not (evenings[:HISTORY] >= math.log2(BUDGET) + naming).any(), "raised before anybody climbed"
    found = alarm.any(axis=0)
    first = alarm.argmax(axis=0)[found]
    return (
        float(found.mean()),
        float(np.median(first)),
        float(np.median(np.searchsorted(ends, first, "right"))) + 1.0,
    )


if __name__ == "__main__":
    vocabulary = Vocabulary.load()
    preparation = load("preparation", vocabulary).rungs(vocabulary)
    everyday = np.array([EVERYDAY.get(kind, 0.02) for kind in vocabulary.kinds])
    print("\n| who | share of acts that climb | found | days until then, median | stage then, median |")
    print("|---|---|---|---|---|")
    for size, name in ((1, "one subject of 15,000"), (8, "a proposed group of 8")):
        for part in (0.05, 0.1, 0.3):
            found, day, stage = simulate(preparation, everyday / everyday.sum(), part, size)
            print(f"| {name} | {part:g} | {found:.0%} | {day:.0f} | {stage:.0f} of 8 |", flush=True)
