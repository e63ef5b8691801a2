"""The engine: takes batches in numbers, keeps the state, and says which moments changed.

At every border it annotates the batch, links subjects by hits, lets groups grow from the subjects that just made
one, tests the best of them exactly, and states the moments that were raised, grew, faded or closed. What it says
at a border depends on the events before the border and on nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence import rarity, touches
from lapwing.evidence.circles import keep_names, learn_circles, place_newcomers
from lapwing.evidence.touches import MAX_CIRCLES, History, Touches
from lapwing.evidence.whom import DAY, TAU
from lapwing.moments import hits as linking
from lapwing.moments.finding import Entry, Finding
from lapwing.moments.groups import Proposal
from lapwing.moments.hits import Habits, Hits
from lapwing.moments.life import (
    NEWS,
    OpenMoment,
    aged,
    grown,
    may_grow,
    raise_moment,
    same_matter,
    threshold_bits,
)
from lapwing.moments.moment import Bits
from lapwing.moments.naming import member_bits
from lapwing.moments.scene import Scene
from lapwing.moments.trials import EACH_BORDER, LASTS, Trial, fresh_bits, proposed
from lapwing.watch.batch import Batch

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

HOUR = 3_600_000_000
EITHER = 1.0
"""A group may be raised by name or on trial; the budget is shared evenly, which costs one bit."""
PROMISING = -20.0
"""Candidates with fewer approximate bits are not tested exactly."""
IMPROVED = 4
"""So many candidates of a border, the best by the exact test, are improved member by member."""
GROWTH = 1.05
"""Exposure is booked for all contexts whenever the clock has grown by this factor."""
GENERATIONS = 8
"""The horizon is told in so many steps."""
FEW = 24
"""Up to this size a group is improved member by member."""
LARGE = 10
"""From this size on a group may take in many members at once."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a stream is watched. Times in microseconds."""

    border: int = HOUR
    """Moments are looked for whenever stream time passes a multiple of this."""
    horizon: int = 30 * DAY
    """Whoever touches a context again within this time repeats a habit; later it counts as a first touch."""
    window: int = 21 * DAY
    """Acts of so long are held in memory: to search in, and to learn from what is usual."""
    training: int = 7 * DAY
    """Nothing is raised in this first stretch: what is usual is learnt."""
    budget_days: float = 30.0
    """One false alarm in so many days is accepted."""
    circle_every: int = 7 * DAY
    """This often newcomers are placed in circles, unless these were given, and what is usual is learnt anew."""
    seed: int = 0
    """Of the community detection."""


class Engine:
    """One watch over one stream. The sort of context of every stratum is fixed at the start."""

    def __init__(self, parameters: Parameters, *, sort_of: I32) -> None:
        self.parameters = parameters
        self._sort_of = np.asarray(sort_of, np.int32)
        self._sorts = sorts = int(self._sort_of.max(initial=0)) + 1
        self._strata = np.zeros(0, np.int32)
        """The strata seen so far; the tables have a row for each of these only."""
        self._history: History = touches.new_history(0, sorts)
        self._found: Touches = touches.new_touches()
        self._base = 0
        self._length = 0
        self._hits: Hits = linking.new_hits()
        self._hit_base = 0
        self._hit_length = 0
        self._names: list[str] = []
        self._watched = np.zeros(0, np.bool_)
        self._circle = np.zeros(0, np.int32)
        self._last_own = np.zeros(0, np.int64)
        self._last_hit = np.zeros(0, np.int64)
        self._habits = Habits(np.zeros((0, sorts, TAU.size)), np.zeros((0, sorts), np.int64))
        self._costs = np.zeros(0)
        self._trials: list[Trial] = []
        self._open: list[OpenMoment] = []
        self._tried: dict[tuple[int, ...], float] = {}
        """Groups improved in vain today, and the bits they had: they are tried again when these rise."""
        self._clock = {
            "began": -1, "swept": 0, "day": -1, "circles_at": -1, "circles": 0, "given": 0,
        }  # fmt: skip

    @property
    def oldest_row(self) -> int:
        """Events with smaller numbers will never be asked for again."""
        return int(self._found.row[0]) if self._length else 0

    def subjects(self, names: Sequence[str], watched: Sequence[bool], circles: Sequence[int] | None) -> None:
        """Announce new subjects, before the batch in which they first act; numbers continue.

        ``circles`` are their given circles (-1 for none), or None when circles are to be learnt.
        """
        more = len(names)
        if len(watched) != more or (circles is not None and len(circles) != more):
            raise ValueError(f"{more} names need as many marks of being watched, and as many circles if any")
        self._names.extend(names)
        self._watched = np.concatenate([self._watched, np.asarray(watched, np.bool_)])
        self._circle = np.concatenate([self._circle, np.full(more, -1, np.int32)])
        if circles is not None:
            self._circle[-more:] = circles
            self._clock["given"] = 1
            self._clock["circles"] = max(self._clock["circles"], int(self._circle.max(initial=-1)) + 1)
        self._last_own = np.concatenate([self._last_own, np.full(more, -1, np.int64)])
        self._last_hit = np.concatenate([self._last_hit, np.full(more, -1, np.int64)])
        self._habits = Habits(
            np.concatenate([self._habits.decayed, np.zeros((more, self._sorts, TAU.size))]),
            np.concatenate([self._habits.time, np.zeros((more, self._sorts), np.int64)]),
        )
        self._costs = np.concatenate([self._costs, np.full(more, np.inf)])

    def take(self, batch: Batch) -> list[Finding]:
        """Take the events up to a border; returns the moments whose state changed, in a fixed order."""
        if self._clock["began"] < 0:
            self._clock["began"] = int(batch.time[0])
        fresh = self._annotate(batch)
        self._forget(batch.end)
        self._learn_circles(batch.end)
        self._price(batch.end)
        if batch.end - self._clock["began"] < self.parameters.training:
            return []
        return self._search(batch.end, fresh)

    # -- annotate ------------------------------------------------------------------------------------------

    def _annotate(self, batch: Batch) -> I32:
        """Take the batch into history and hits; returns the subjects that just followed somebody."""
        history = self._history = touches.room_for_circles(self._history, self._clock["circles"])
        total = int(history.ticks.sum())
        if total > self._clock["swept"] * GROWTH + 100:
            touches.sweep(history)
            self._clock["swept"] = total
        stratum = self._numbered(batch.stratum)
        history, sort_of = self._history, self._sort_of[self._strata]
        chance = rarity.chances(history.touches, history.exposure, history.clock, sort_of)
        before = self._length
        self._history, self._found, self._length = touches.annotate(
            history, self._found, self._base, self._length, chance, batch.time, batch.subject, batch.context,
            stratum, sort_of, batch.act, batch.first_row, self._circle, self._watched, self._last_own,
            self._generation(batch.end),
        )  # fmt: skip
        new = self._length - before
        self._hits = linking.hits_with_room(self._hits, self._hit_length, new * linking.LINKS)
        first_hit = self._hit_length
        end = self._base + self._length
        self._hit_length = linking.find_hits(
            self._hits, self._hit_base, first_hit, self._last_hit, self._habits, self._found, self._base, end - new,
            end, self._watched,
        )  # fmt: skip
        return np.unique(self._hits.later[first_hit : self._hit_length])

    def _numbered(self, stratum: I32) -> I32:
        """The batch's strata by their row in the tables; strata never seen before get new rows."""
        row = np.full(self._sort_of.size, -1, np.int32)
        row[self._strata] = np.arange(self._strata.size, dtype=np.int32)
        new = np.unique(stratum[row[stratum] < 0])
        if new.size:
            self._history = touches.with_strata(self._history, new.size)
            row[new] = np.arange(self._strata.size, self._strata.size + new.size, dtype=np.int32)
            self._strata = np.concatenate([self._strata, new])
        return row[stratum]

    def _generation(self, now: int) -> int:
        return now // (self.parameters.horizon // GENERATIONS)

    def _forget(self, now: int) -> None:
        window = now - self.parameters.window
        self._found, self._base, self._length = touches.forget_touches(
            self._found, self._base, self._length, window
        )
        self._hits, self._hit_base, self._hit_length = linking.forget_hits(
            self._hits, self._hit_base, self._hit_length, window
        )

    def _learn_circles(self, now: int) -> None:
        """Learn circles in the middle of the training and at its end; then place newcomers on schedule."""
        clock, parameters = self._clock, self.parameters
        first = clock["circles_at"] < 0
        due = clock["began"] + parameters.training // 2 if first else clock["circles_at"]
        if now < due:
            return
        watched = self._found.subject[: self._length]
        watched = np.where(watched >= 0, self._watched[watched], False)
        if not clock["given"]:
            subject, context = (
                self._found.subject[: self._length][watched],
                self._found.context[: self._length][watched],
            )
            if now <= clock["began"] + parameters.training + parameters.border:
                new = learn_circles(subject, context, self._circle.size, parameters.seed)
                self._circle, clock["circles"] = keep_names(new, self._circle, clock["circles"], MAX_CIRCLES)
            else:
                self._circle, clock["circles"] = place_newcomers(
                    subject, context, self._circle, clock["circles"], MAX_CIRCLES, parameters.seed
                )
        present = self._generation(now)
        self._history = touches.with_circles(
            self._history, self._found, self._base, self._length, self._sort_of[self._strata], self._circle,
            clock["circles"], self._watched, (present - GENERATIONS, present),
        )  # fmt: skip
        clock["swept"] = int(self._history.ticks.sum())
        step = parameters.training - parameters.training // 2 if first else parameters.circle_every
        clock["circles_at"] = due + max(step, 1) * max(1, 1 + (now - due) // max(step, 1))

    def _weekly(self, now: int) -> F64:
        faded = self._habits.decayed[:, :, -1] * np.exp(-(now - self._habits.time) / TAU[-1])
        weekly: F64 = faded.sum(axis=1)
        return weekly

    def _price(self, now: int) -> None:
        """Once a day, say anew what naming each subject costs."""
        if now // DAY == self._clock["day"] and np.isfinite(self._costs[self._watched]).all():
            return
        if now // DAY != self._clock["day"]:
            self._tried.clear()
        self._clock["day"] = now // DAY
        self._costs = np.full(self._watched.size, np.inf)
        self._costs[self._watched] = member_bits(self._weekly(now)[self._watched] / 7.0)

    # -- search --------------------------------------------------------------------------------------------

    def _scene(self, now: int) -> Scene:
        subjects = self._watched.size
        return Scene(
            now=now,
            since=self._clock["began"] + self.parameters.training,
            found=self._found,
            base=self._base,
            length=self._length,
            last_own=self._last_own,
            hits=self._hits,
            hit_base=self._hit_base,
            last_hit=self._last_hit,
            weekly=self._weekly(now),
            costs=self._costs,
            gain=np.zeros(subjects),
            listed=np.zeros(subjects, np.int32),
            inside=np.zeros(subjects, np.int32),
            place=np.full(subjects, -1, np.int32),
        )

    def _search(self, now: int, fresh: I32) -> list[Finding]:
        scene = self._scene(now)
        threshold = threshold_bits(self.parameters.budget_days)
        changed: dict[str, OpenMoment] = {}
        candidates = self._candidates(scene, fresh)
        for found in sorted(candidates, key=_rank):
            if found.bits - EITHER < threshold:
                break
            self._raise(found.members, found.bits - EITHER, scene, changed)
        self._try(scene, fresh, candidates, threshold, changed)
        self._age(now, threshold, changed)
        return [moment.finding for moment in changed.values()]

    def _candidates(self, scene: Scene, fresh: I32) -> list[Proposal]:
        """Groups around the subjects that just followed somebody, tested exactly and improved."""
        proposals: dict[tuple[int, ...], Proposal] = {}
        for seed in fresh:
            proposal = scene.propose(int(seed))
            if proposal.members.size > 1 and proposal.bits > PROMISING:
                proposals.setdefault(tuple(map(int, proposal.members)), proposal)
        for moment in self._open:
            if not moment.members.isdisjoint(map(int, fresh)):
                known = moment.finding.members
                proposals[known] = Proposal(np.array(known, np.int32), math.inf)
        exact = [Proposal(group.members, scene.net_bits(group.members)) for group in proposals.values()]
        results: dict[tuple[int, ...], Proposal] = {}
        for members, bits in sorted(exact, key=_rank)[:IMPROVED]:
            key = tuple(map(int, members))
            if bits < PROMISING or key in results or bits < self._tried.get(key, -math.inf) + NEWS:
                continue
            if bits < 0:
                self._tried[key] = bits
            if bits > 0 or members.size >= LARGE:
                members, bits = scene.grow(members, bits)
            if members.size <= FEW:
                members, bits = scene.improve(members, bits)
            results.setdefault(tuple(map(int, members)), Proposal(members, bits))
        return list(results.values())

    def _raise(self, members: I32, net: float, scene: Scene, changed: dict[str, OpenMoment]) -> None:
        """Raise a group, or let the open moment about the same thing take it in."""
        group = frozenset(map(int, members))
        began, last = scene.span(members)
        for at, moment in enumerate(self._open):
            if same_matter(group, moment) and (may_grow(moment, scene.now) or began <= moment.last):
                self._take_in(at, group, net, last, scene, changed)
                return
        for at, moment in enumerate(self._open):
            if may_grow(moment, scene.now) and began < moment.finding.raised:
                union = np.array(sorted(moment.members | group), np.int32)
                # one moment must explain more than the two would, each for itself
                if scene.net_bits(union) - EITHER > net + moment.finding.bits.net:
                    self._take_in(at, group, net, last, scene, changed)
                    return
        raised = raise_moment(sorted(group), net, scene, self._names, self._circle.tolist())
        self._open.append(raised)
        changed[raised.finding.id] = raised

    def _take_in(
        self,
        at: int,
        group: frozenset[int],
        net: float,
        last: int,
        scene: Scene,
        changed: dict[str, OpenMoment],
    ) -> None:
        """Let an open moment grow by a group about the same thing, whose last act was at ``last``.

        Even if it may no longer grow, or the group is no news, the moment goes on.
        """
        moment = self._open[at]
        news = None
        if may_grow(moment, scene.now):
            union = moment.members | group
            union_net = scene.net_bits(np.array(sorted(union), np.int32)) - EITHER
            best, best_net = (union, union_net) if union_net > net else (group, net)
            news = grown(moment, sorted(best), best_net, scene, self._circle.tolist())
        if news is not None:
            changed[news.finding.id] = news
        self._open[at] = news if news is not None else replace(moment, last=max(moment.last, last))

    def _try(
        self,
        scene: Scene,
        fresh: I32,
        candidates: list[Proposal],
        threshold: float,
        changed: dict[str, OpenMoment],
    ) -> None:
        """Put the trials to the test of the fresh acts, then put new groups on trial."""
        acting = set(map(int, fresh))
        running = []
        for trial in self._trials:
            if scene.now - trial.start > LASTS:
                continue
            if not acting.isdisjoint(trial.members):
                tested = np.array(trial.members, np.int32)
                path, _, times = scene.trace(tested)
                net = fresh_bits(trial, path, times, self.parameters.border) - EITHER
                if net >= threshold:
                    self._raise(tested, net, scene, changed)
                    continue
            running.append(trial)
        on_trial = {trial.members for trial in running}
        taken = 0
        for candidate in sorted(candidates, key=_rank):
            members = tuple(map(int, candidate.members))
            if taken == EACH_BORDER:
                break
            if members not in on_trial and not any(
                same_matter(frozenset(members), moment) for moment in self._open
            ):
                running.append(proposed(candidate.members, scene))
                taken += 1
        self._trials = running

    def _age(self, now: int, threshold: float, changed: dict[str, OpenMoment]) -> None:
        """Fade and close; of two open moments about the same thing, one that can no longer grow is
        closed, else the weaker."""
        standing: list[OpenMoment] = []
        for moment in sorted(
            self._open,
            key=lambda moment: (not may_grow(moment, now), -moment.standing(now), moment.finding.id),
        ):
            older = aged(moment, now, threshold)
            if older is not None:
                moment = older
                changed[moment.finding.id] = moment
            elif any(same_matter(moment.members, other) for other in standing):
                moment = replace(moment, finding=replace(moment.finding, status="closed"))
                changed[moment.finding.id] = moment
            if moment.finding.status != "closed":
                standing.append(moment)
        self._open = sorted(standing, key=lambda moment: (moment.finding.raised, moment.finding.id))

    # -- state ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything the engine knows, as named arrays."""
        texts = {
            "names": self._names,
            "trials": [asdict(trial) for trial in self._trials],
            "tried": [[list(members), bits] for members, bits in self._tried.items()],
            "open": [asdict(moment) for moment in self._open],
            "clock": self._clock,
            "base": [self._base, self._hit_base],
        }
        state: dict[str, NDArray[Any]] = {
            "strata": self._strata,
            "watched": self._watched,
            "circle": self._circle,
            "last_own": self._last_own,
            "last_hit": self._last_hit,
            "costs": self._costs,
            "habits.decayed": self._habits.decayed,
            "habits.time": self._habits.time,
            "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
        }
        state |= {f"history.{name}": array for name, array in self._history._asdict().items()}
        state |= {f"found.{name}": array[: self._length] for name, array in self._found._asdict().items()}
        state |= {f"hits.{name}": array[: self._hit_length] for name, array in self._hits._asdict().items()}
        return state

    @classmethod
    def restore(cls, parameters: Parameters, sort_of: I32, state: dict[str, NDArray[Any]]) -> Engine:
        """The engine whose :meth:`state` this is."""
        engine = cls(parameters, sort_of=sort_of)
        arrays = {name: np.array(array) for name, array in state.items()}
        texts = json.loads(bytes(arrays["texts"]))
        engine._history = History(*(arrays[f"history.{name}"] for name in History._fields))
        engine._found = Touches(*(arrays[f"found.{name}"] for name in Touches._fields))
        engine._hits = Hits(*(arrays[f"hits.{name}"] for name in Hits._fields))
        engine._length = engine._found.time.size
        engine._hit_length = engine._hits.time.size
        engine._base, engine._hit_base = texts["base"]
        engine._names = texts["names"]
        engine._strata = arrays["strata"]
        engine._watched, engine._circle = arrays["watched"], arrays["circle"]
        engine._last_own, engine._last_hit = arrays["last_own"], arrays["last_hit"]
        engine._costs = arrays["costs"]
        engine._habits = Habits(arrays["habits.decayed"], arrays["habits.time"])
        engine._trials = [
            Trial(tuple(t["members"]), t["start"], tuple(t["models"]), tuple(t["usual"]))
            for t in texts["trials"]
        ]
        engine._tried = {tuple(members): bits for members, bits in texts["tried"]}
        engine._open = [_moment(data) for data in texts["open"]]
        engine._clock = texts["clock"]
        return engine


def _rank(proposal: Proposal) -> tuple[float, tuple[int, ...]]:
    return -proposal.bits, tuple(map(int, proposal.members))


def _moment(data: dict[str, Any]) -> OpenMoment:
    finding = dict(data["finding"])
    finding["bits"] = Bits(**finding["bits"])
    finding["ledger"] = tuple(
        Entry(entry["row"], tuple(entry["with_"]), entry["bits"]) for entry in finding["ledger"]
    )
    for name in ("members", "onset_between", "circles", "lanes"):
        finding[name] = tuple(finding[name])
    for name in ("ties_before", "ties_after", "curve"):
        finding[name] = tuple(tuple(item) for item in finding[name])
    return OpenMoment(Finding(**finding), data["last"])
