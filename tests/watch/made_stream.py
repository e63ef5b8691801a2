"""Small synthetic populations for tests of the engine: plain columns, cut into batches at every border."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.slots import mixed
from lapwing.evidence.whom import DAY
from lapwing.moments.budget_shares import Detector
from lapwing.moments.finding import Finding
from lapwing.watch.batch import Batch
from lapwing.watch.engine import HOUR, Engine, Parameters

START = 16_000 * DAY
"""A midnight in 2013."""
SORTS = np.zeros(1, np.int32)
OTHERS: tuple[Detector, ...] = ("when", "what", "ladder")
"""These streams are about meetings: the other detectors are left out."""
I64 = NDArray[np.int64]


@dataclass
class Stream:
    """Rows of events in any order; ``act`` -1 means an act of its own."""

    subjects: int
    days: float
    rows: list[tuple[I64, I64, I64, I64]] = field(default_factory=list)
    acts: int = 0

    def add(self, time: object, subject: object, context: object) -> None:
        """Events by times (days since the start), subjects and contexts; single acts."""
        t, s, c = np.broadcast_arrays(np.asarray(time, float), np.asarray(subject), np.asarray(context))
        act = np.arange(self.acts, self.acts + t.size)
        self.acts += t.size
        self._add(t.ravel(), s.ravel(), c.ravel(), act)

    def add_act(self, time: float, subject: int, contexts: Sequence[int]) -> None:
        """One act that carries several contexts."""
        size = len(contexts)
        self._add(
            np.full(size, time),
            np.full(size, subject),
            np.array(contexts),
            np.full(size, self.acts, np.int64),
        )
        self.acts += 1

    def _add(self, t: NDArray[np.float64], s: I64, c: I64, act: I64) -> None:
        inside = (t >= 0) & (t < self.days)
        micro = START + (t * DAY).astype(np.int64)
        self.rows.append((micro[inside], s[inside].astype(np.int64), c[inside].astype(np.int64), act[inside]))

    def background_choices(
        self, rng: np.random.Generator, daily: float, contexts: int = 20_000, tail: float = 0.8
    ) -> None:
        """Everybody chooses alone: contexts by a power law, subjects' rates differ."""
        rate = rng.gamma(2.0, daily / 2.0, self.subjects)
        count = rng.poisson(rate * self.days)
        who = np.repeat(np.arange(self.subjects), count)
        share = np.arange(1, contexts + 1) ** -tail
        what = rng.choice(contexts, who.size, p=share / share.sum())
        self.add(rng.uniform(0, self.days, who.size), who, what)

    def copy_one_another(
        self,
        rng: np.random.Generator,
        members: Sequence[int],
        begin: float,
        end: float,
        daily: float = 3.0,
        copied: float = 0.5,
        within: float = 1 / 24,
        new: int = 10_000_000,
        contexts: int = 20_000,
        tail: float = 0.8,
    ) -> None:
        """Members act ``daily`` times a day; a share ``copied`` of the acts takes up what another member touched
        within the last hours, the others are chosen alone from the population's contexts."""
        share = np.arange(1, contexts + 1) ** -tail
        share /= share.sum()
        times = np.sort(rng.uniform(begin, end, rng.poisson(len(members) * daily * (end - begin))))
        memory: list[tuple[float, int, int]] = []
        for t in times:
            who = int(rng.choice(np.asarray(members)))
            recent = [(c, w) for past, w, c in memory if t - past < within * 3 and w != who]
            if recent and rng.random() < copied:
                what = recent[rng.integers(len(recent))][0]
            else:
                what = int(rng.choice(contexts, p=share))
            memory.append((t, who, what))
            self.add(t, who, what)

    def batches(self) -> Iterator[Batch]:
        """Cut at every hour of stream time, in stream order."""
        time, subject, context, act = (np.concatenate(column) for column in zip(*self.rows, strict=True))
        order = np.lexsort((act, time))
        time, subject, context, act = time[order], subject[order], context[order], act[order]
        new = np.concatenate([[True], act[1:] != act[:-1]])
        number = np.cumsum(new) - 1
        key = _keys(context)
        row = 0
        for border in np.unique(time // HOUR):
            end = int(np.searchsorted(time, (border + 1) * HOUR))
            yield Batch(
                end=int((border + 1) * HOUR),
                first_row=row,
                time=time[row:end],
                subject=subject[row:end].astype(np.int32),
                context=key[row:end],
                stratum=np.zeros(end - row, np.int32),
                act=number[row:end],
            )
            row = end


def _keys(context: I64) -> I64:
    names, inverse = np.unique(context, return_inverse=True)
    return np.array([mixed(name + 1) for name in names.tolist()], np.int64)[inverse]


def engine_for(
    stream: Stream,
    parameters: Parameters,
    watched: Sequence[bool] | None = None,
    circles: Sequence[int] | None = None,
) -> Engine:
    """An engine that knows the stream's subjects and watches with whom they act, and for nothing else."""
    engine = Engine(parameters, sort_of=SORTS, without=("when", "what", "ladder"))
    engine.subjects(
        [f"s{n}" for n in range(stream.subjects)],
        [True] * stream.subjects if watched is None else watched,
        circles,
    )
    return engine


def findings(
    stream: Stream,
    parameters: Parameters = Parameters(),  # noqa: B008
    watched: Sequence[bool] | None = None,
    circles: Sequence[int] | None = None,
) -> list[Finding]:
    """All that the engine says over the whole stream."""
    engine = engine_for(stream, parameters, watched, circles)
    return [finding for batch in stream.batches() for finding in engine.take(batch)]


def days(time: int) -> float:
    """Days since the start of the stream."""
    return (time - START) / DAY
