"""The clock: how fast time goes for all subjects together, so that seasons and news cancel.

A bin's time is the acts of all subjects over those that their usual rates would make. A subject's weight falls with
its rate, so that no busy one sets the clock, and only those known for :data:`KNOWN` tell it. What carries no watched
subject tells the time where few are watched, by its volume against its usual one, and counts no more than
:data:`OTHERS` acts a bin: a background that swells must not make the watched look silent.

That tells one bin from the next. Over months it would go wrong: of those who left more is expected than they do, so
every week would be a little shorter than the last. So how long a week was is told like prices are, by a chain of
matched samples: the acts of this week over those of the week before, of subjects that acted in the week before both and
in the week after both, whoever came or left. This is believed as far as its sampling error is small against
:data:`DRIFT`, and what it says is set right in the usual rates of all, a week later.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

OTHERS = 5.0
"""All that is not watched counts as so many usual acts a bin; what it does beyond :data:`SWELL` times the usual does
not count."""
SWELL = 2.0
KNOWN = 20.0
"""A subject is known once its own clock ran so far: what the population does says too little of one that is new."""
STEADY = 28.0
"""Bins after which what is usual for all that is not watched has faded to ``1/e``."""
MEMORY = 112.0
"""Units of time after which what a subject usually does has faded to ``1/e``, for telling the time."""
ROUNDS = 3
"""The clock of the training and the usual rates are found from one another in so many rounds."""
DRIFT = 0.1
"""The clock may go wrong by about so much in a week, as a share, where nothing sets it right."""
SCATTER = 2.0
"""People act in bursts: acts scatter so many times as much as if each came by itself."""
OUTAGE = 0.05
"""A week so short tells nothing but that nothing was recorded."""


class Clock:
    """Tells the time of one bin after the other."""

    def __init__(self, bins: int) -> None:
        self._week = bins
        """Bins of a week."""
        self._usual_others = 0.0
        self._acts = np.zeros((4, 0), np.int32)
        """Acts of each subject in each of the last weeks; the last one is still going on."""
        self._weeks = 0
        """How many weeks are over."""
        self._bins = 0
        """Bins of this week so far, and their time."""
        self._time = 0.0
        self._before = 1.0
        """Mean time of a bin of the week before."""
        self._done = np.zeros(0)
        """Acts of each subject so far, fading, and the time in which they were done."""
        self._told = np.zeros(0)
        self.pace = 1.0
        """Mean time of a bin, about a week ago."""

    def widen(self, subjects: int) -> None:
        """Make room for ``subjects`` subjects."""
        more = subjects - self._acts.shape[1]
        self._acts = np.concatenate([self._acts, np.zeros((4, more), np.int32)], axis=1)
        self._done = np.concatenate([self._done, np.zeros(more)])
        self._told = np.concatenate([self._told, np.zeros(more)])

    def forget(self, subjects: I64) -> None:
        """Know nothing more of these subjects."""
        self._done[subjects] = self._told[subjects] = 0.0

    def train(self, counts: I32, exposed: Bools, others: F64) -> F64:
        """The time of every bin of the training, 1 in the mean.

        ``counts`` and ``exposed`` (whether a subject was there) have shape (subjects, bins), ``others``, the acts of
        all that is not watched, (bins,).
        """
        usual = self._usual_others = float(others.mean())
        told = min(OTHERS, usual)
        volume = told * np.minimum(others / usual, SWELL) if told > 0.0 else np.zeros(others.size)
        total = counts.sum(axis=0) + volume
        clock: F64 = total / max(total.mean(), 1e-300)
        for _ in range(ROUNDS):
            time = (exposed * clock).sum(axis=1)
            rate = np.divide((counts * exposed).sum(axis=1), time, out=np.zeros(time.size), where=time > 0)
            weight = (exposed / (1.0 + rate[:, None])) * (time > 0)[:, None]
            due = (weight * rate[:, None]).sum(axis=0) + told
            made = (weight * counts).sum(axis=0) + volume
            clock = np.divide(made, due, out=clock.copy(), where=due > 0)
        self._acts[2] = counts[:, -self._week :].sum(axis=1)
        normed: F64 = clock / max(clock.mean(), 1e-300)
        self._done[:] = (counts * exposed).sum(axis=1)
        self._told[:] = (exposed * normed).sum(axis=1)
        return normed

    def tell(self, counts: I32, others: int, awake: Bools) -> float:
        """The time of a bin in which every subject acted ``counts`` times, and all that is not watched ``others``;
        ``awake``, shape (subjects,) too: who was there."""
        rate = np.divide(self._done, self._told, out=np.zeros(self._done.size), where=self._told > 0)
        known = awake & (self._told >= KNOWN)
        weight = (known if known.any() else awake) / (1.0 + rate)
        told = min(OTHERS, self._usual_others)
        due = float((weight * rate).sum()) + told
        made = float((weight * counts).sum())
        if told > 0.0:
            made += told * min(others / self._usual_others, SWELL)
        time = made / due if due > 0.0 else 0.0
        keep = math.exp(-time / MEMORY)
        self._done = np.where(awake, keep * self._done + counts, self._done)
        self._told = np.where(awake, keep * self._told + time, self._told)
        self._usual_others += (others - self._usual_others * time) / STEADY
        self._acts[3] += counts
        self._time += time
        self._bins += 1
        if self._bins == self._week:
            self._turn()
        return time

    def _turn(self) -> None:
        """End a week: the one before it can now be held against the one before that."""
        time = self._time / self._bins
        self._time, self._bins = 0.0, 0
        if time < OUTAGE:
            self._acts[3] = 0
            return
        wrong = 1.0
        if self._weeks < 2:
            self.pace = self._before  # the training is no week of those that it taught
        else:
            pace = self.pace * self._matched(self._before / self.pace)
            wrong = self._before / pace
            self.pace = pace
        self._told /= wrong
        self._before = time / wrong
        self._weeks += 1
        self._acts[:3] = self._acts[1:]
        self._acts[3] = 0

    def _matched(self, told: float) -> float:
        """How many times as long the last week but one was as the one before it; ``told`` is what the clock says."""
        before, one, two, after = self._acts
        weight = ((before > 0) & (after > 0)) / (1.0 + before + after)
        first, second = float((weight * one).sum()), float((weight * two).sum())
        if first <= 0.0 or second <= 0.0:
            return told
        square = weight * weight
        error = SCATTER * float((square * one).sum() / first**2 + (square * two).sum() / second**2)
        belief = DRIFT**2 / (DRIFT**2 + error)
        return math.exp(belief * math.log(second / first) + (1.0 - belief) * math.log(told))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of it; :meth:`plain` is the rest."""
        return {name: getattr(self, f"_{name}") for name in _ARRAYS}

    def plain(self) -> dict[str, Any]:
        """What is not in arrays."""
        return {"pace": self.pace} | {name: getattr(self, f"_{name}") for name in _PLAIN}

    def restore(self, arrays: dict[str, NDArray[Any]], plain: dict[str, Any]) -> None:
        """Go on from :meth:`arrays` and :meth:`plain`. Raises ``KeyError`` when one is missing."""
        for name in _ARRAYS:
            setattr(self, f"_{name}", arrays[name])
        self.pace = plain["pace"]
        for name in _PLAIN:
            setattr(self, f"_{name}", plain[name])


_ARRAYS = ("acts", "done", "told")
_PLAIN = ("usual_others", "weeks", "bins", "time", "before")
