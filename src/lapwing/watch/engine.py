"""The engine: takes batches in numbers, keeps the state, and says which moments changed.

At every border it annotates the batch, links subjects by hits, lets groups grow from the subjects that just made
one, tests the best of them exactly, and states the moments that were raised, grew, faded or closed. What it says
at a border depends on the events before the border and on nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence import history as past
from lapwing.evidence import rarity, replay, touches
from lapwing.evidence.circles import keep_names, learn_circles, place_newcomers, rehomed
from lapwing.evidence.history import MAX_CIRCLES, History
from lapwing.evidence.touches import Background, Touches
from lapwing.evidence.whom import DAY
from lapwing.moments import hits as linking
from lapwing.moments.border import Border
from lapwing.moments.budget_shares import Detector, share_bits
from lapwing.moments.conduct import Conduct
from lapwing.moments.finding import Finding
from lapwing.moments.hits import Habits, Hits
from lapwing.moments.life import threshold_bits
from lapwing.moments.named_arrays import part_of
from lapwing.moments.naming import Prices
from lapwing.moments.progressions import Progressions, Steps
from lapwing.moments.scene import Scene
from lapwing.moments.search import Search
from lapwing.moments.shifts import Shifts
from lapwing.moments.weak_kinds import WeakKinds
from lapwing.watch.batch import Batch
from lapwing.watch.error import StateError
from lapwing.watch.memory import give_back

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

HOUR = 3_600_000_000
GROWTH = 1.1
"""Exposure is booked for all contexts whenever the clock has grown by this factor."""
FULL = 2
"""The past is learnt anew, and what is old forgotten, when the tables hold so many times what they held then."""
ROOM = 10_000
"""... and at least so many keys."""
NEWCOMERS = 0.005
"""Newcomers are placed in circles if they make so large a share of the touches in memory."""
PATIENCE = 16
"""If they do not, the next look is after four times the time, up to so many times the usual."""
NEW = 1.01
"""Chances are measured anew whenever the clock has grown by this factor."""
GENERATIONS = 8
"""The horizon is told in so many steps."""


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

    def __init__(
        self,
        parameters: Parameters,
        *,
        sort_of: I32,
        ladders: Sequence[Steps] = (),
        without: Collection[Detector] = (),
        weak: NDArray[np.bool_] | None = None,
    ) -> None:
        """``weak`` are the kinds that never raise a moment alone, by number; none without it."""
        self.parameters = parameters
        self._without = frozenset(without)
        self._sort_of = np.asarray(sort_of, np.int32)
        self._sorts = sorts = int(self._sort_of.max(initial=0)) + 1
        self._strata = np.zeros(0, np.int32)
        """The strata seen so far; the tables have a row for each of these only."""
        self._history: History = past.new_history(0, sorts)
        self._chance: F64 = np.zeros((0, 0, 0, 0))
        """Of every history class, as measured last."""
        self._found: Touches = touches.new_touches()
        self._base = 0
        self._length = 0
        self._background: Background = touches.new_background()
        self._hits: Hits = linking.new_hits(0)
        self._names: list[str] = []
        self._watched = np.zeros(0, np.bool_)
        self._circle = np.zeros(0, np.int32)
        self._last_own = np.zeros(0, np.int64)
        self._habits: Habits = linking.new_habits(0)
        self._prices = Prices(np.zeros(0), 0, 0.0)
        self._search = Search(parameters.border, share_bits(self._without))
        kinds = self._sort_of.size // sorts
        self._weak = np.zeros(kinds, np.bool_) if weak is None else weak
        self._conduct = Conduct(kinds, parameters.border, parameters.training, self._without)
        self._shifts = Shifts(self._without)
        self._progressions = Progressions(ladders, self._without)
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="lapwing-conduct")
        self._clock = {
            "began": -1, "swept": 0, "day": -1, "circles_at": -1, "circles": 0, "given": 0, "patience": 1, "renewed": 0,
            "taken": -1, "measured": 0, "rows": 0,
        }  # fmt: skip

    @property
    def oldest_row(self) -> int:
        """Events with smaller numbers will never be asked for again."""
        touched = int(self._found.row[0]) if self._length else self._clock["rows"]
        acted = self._conduct.recent.oldest_row
        return touched if acted is None else min(touched, acted)

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
        subjects = self._watched.size
        self._hits = linking.wider(self._hits, linking.new_hits, subjects)
        self._habits = linking.wider(self._habits, linking.new_habits, subjects)
        self._conduct.widen(subjects)

    def watch_only(self, numbers: Sequence[int], watched: bool) -> None:
        """Take subjects (by number) out of the watch, or back into it, from the next batch on.

        What a subject does while it is out makes contexts common, like background, and no moment names it: those
        that did are stated no more.
        """
        self._watched[list(numbers)] = watched
        self._prices.bits[list(numbers)] = np.inf
        self._conduct.settle(numbers, self._clock["taken"], asleep=True)
        if not watched:
            self._search.leave_out(frozenset(numbers))
            self._shifts.leave_out(frozenset(numbers))
            self._progressions.leave_out(frozenset(numbers))

    def take(self, batch: Batch) -> list[Finding]:
        """Take the events up to a border; returns the moments whose state changed, in a fixed order."""
        if self._clock["began"] < 0:
            self._clock["began"] = int(batch.time[0])
        first = self._base + self._length
        self._clock["taken"] = batch.end
        self._clock["rows"] = batch.first_row + batch.time.size
        self._annotate(batch)
        # what subjects do by themselves has nothing to do with what they share, until both are looked at
        conduct = self._beside.submit(
            self._conduct.take, batch.time, batch.subject, batch.stratum // self._sorts, batch.act, batch.context,
            self._news(batch, first), batch.first_row, batch.end, self._watched,
        )  # fmt: skip
        hits = linking.find_hits(
            self._hits, self._habits, self._found, self._base, first, self._base + self._length, self._watched
        )
        self._forget(batch.end)
        self._learn_circles(batch.end)
        if self._history.used.sum() > FULL * max(self._clock["renewed"], ROOM):
            self._renew(batch.end)
        self._price(batch.end)
        if batch.end - self._clock["began"] < self.parameters.training:
            conduct.result()
            return []
        threshold = threshold_bits(self.parameters.budget_days)
        weak = WeakKinds(self._weak, self._weak[self._strata // self._sorts])
        border = Border(self._scene(batch.end), threshold, self._names, self._circle, weak)
        found = []
        if "whom" not in self._without:
            found = self._search.look(border, first, hits, self._second_look)
            border = replace(border, circles=self._circle)  # the second look may have corrected them
        closed = conduct.result()
        if not ({"when", "what"} <= self._without or "whom" in self._without):
            found = self._search.with_conduct(
                found, border, self._conduct, self._without, closed, self._second_look
            )
            border = replace(border, circles=self._circle)
        meetings = list(self._search.open)
        found += self._progressions.look(border, self._conduct, meetings, closed, self._search.looked_at)
        if closed:
            found += self._search.staged(self._progressions.stages(border, self._conduct, meetings))
        elsewhere = meetings + list(self._progressions.open)
        return found + self._shifts.look(border, self._conduct, elsewhere, closed)

    # -- annotate ------------------------------------------------------------------------------------------

    def _annotate(self, batch: Batch) -> None:
        """Take the batch into history, and its first touches into memory."""
        history = self._history = past.room_for_circles(self._history, self._clock["circles"])
        total = int(history.ticks.sum())
        if total > self._clock["swept"] * GROWTH + 100:
            past.sweep(history)
            self._clock["swept"] = total
        stratum = self._numbered(batch.stratum)
        history, sort_of = self._history, self._sort_of[self._strata]
        if total > self._clock["measured"] * NEW or len(self._chance) != len(sort_of):
            self._chance = rarity.chances(history.touches, history.exposure, history.clock, sort_of)
            self._clock["measured"] = total
        self._history, self._found, self._length, self._background = touches.annotate(
            history, self._found, self._base, self._length, self._background, self._chance, batch.time, batch.subject,
            batch.context, stratum, sort_of, batch.act, batch.first_row, self._circle, self._watched,
            self._last_own, self._generation(batch.end),
        )  # fmt: skip

    def _news(self, batch: Batch, first: int) -> NDArray[np.bool_]:
        """Which events of the batch touch a context that is new to their subject, which background is not; ``first``
        is the first touch since the last border."""
        news = np.zeros(batch.time.size, np.bool_)
        news[self._found.row[first - self._base : self._length] - batch.first_row] = True
        return news

    def _numbered(self, stratum: I32) -> I32:
        """The batch's strata by their row in the tables; strata never seen before get new rows."""
        row = np.full(self._sort_of.size, -1, np.int32)
        row[self._strata] = np.arange(self._strata.size, dtype=np.int32)
        new = np.unique(stratum[row[stratum] < 0])
        if new.size:
            self._history = past.with_strata(self._history, new.size)
            row[new] = np.arange(self._strata.size, self._strata.size + new.size, dtype=np.int32)
            self._strata = np.concatenate([self._strata, new])
        return row[stratum]

    def _generation(self, now: int) -> int:
        return now // (self.parameters.horizon // GENERATIONS)

    def _forget(self, now: int) -> None:
        if now // DAY != self._clock["day"]:
            give_back()
        window = now - self.parameters.window
        self._found, self._base, self._length, self._background = touches.forget_touches(
            self._found, self._base, self._length, self._background, window
        )

    def _learn_circles(self, now: int) -> None:
        """Learn circles in the middle of the training and at its end; then place newcomers on schedule."""
        clock, parameters = self._clock, self.parameters
        first = clock["circles_at"] < 0
        due = clock["began"] + parameters.training // 2 if first else clock["circles_at"]
        if now < due:
            return
        learning = now <= clock["began"] + 2 * parameters.training + parameters.border
        if not clock["given"]:
            subject, context = self._watched_touches()
            if learning:
                new = learn_circles(subject, context, self._circle.size, parameters.seed)
                self._circle, clock["circles"] = keep_names(new, self._circle, clock["circles"], MAX_CIRCLES)
            else:
                circle, circles = place_newcomers(
                    subject, context, self._circle, clock["circles"], MAX_CIRCLES, parameters.seed
                )
                placed = np.mean(circle[subject] != self._circle[subject]) if subject.size else 0.0
                clock["patience"] = min(4 * clock["patience"], PATIENCE) if placed < NEWCOMERS else 1
                if placed >= NEWCOMERS:
                    self._circle, clock["circles"] = circle, circles
                else:
                    clock["circles_at"] = now + clock["patience"] * parameters.circle_every
                    return
        step = parameters.training - parameters.training // 2 if first else parameters.circle_every
        clock["circles_at"] = due + max(step, 1) * max(1, 1 + (now - due) // max(step, 1))
        self._renew(now)

    def _second_look(self, members: I32, onset: int) -> I32 | None:
        """See :data:`lapwing.moments.search.SecondLook`."""
        if self._clock["given"]:
            return None
        until = int(np.searchsorted(self._found.time[: self._length], onset))
        corrected = rehomed(
            members, self._found.subject[:until], self._found.context[:until], self._watched, self._circle
        )
        if corrected is not None:
            self._history = replay.with_moved(
                self._history, self._found, self._length, self._chance, self._circle, corrected
            )
            self._circle = corrected
        return corrected

    def _watched_touches(self) -> tuple[I32, I64]:
        """Subjects and contexts of the touches in memory by those who are watched."""
        who = self._found.subject[: self._length]
        watched = self._watched[who]
        return who[watched], self._found.context[: self._length][watched]

    def _renew(self, now: int) -> None:
        """Learn the past anew from the touches in memory, under the circles as they are; what is older is forgotten."""
        present = self._generation(now)
        self._history = replay.with_circles(
            self._history, self._found, self._base, self._length, self._background, self._sort_of[self._strata],
            self._circle, self._clock["circles"], self._watched, (present - GENERATIONS, present),
        )  # fmt: skip
        self._clock["swept"] = int(self._history.ticks.sum())
        self._clock["renewed"] = int(self._history.used.sum())
        self._clock["measured"] = 0

    def _price(self, now: int) -> None:
        """Once a day, say anew what naming each subject costs; newcomers are priced when they come."""
        day = now // DAY
        if day != self._clock["day"] or not self._prices.holds(self._watched):
            if day != self._clock["day"]:
                self._search.new_day()
            self._clock["day"] = day
            subjects = self._watched.size
            idle = now - self._habits.acted[:subjects]
            faded = self._habits.decayed[:subjects, -1] * np.exp(-idle / (7 * DAY))
            self._prices = Prices.of(faded / 7.0, self._watched)
        self._prices = self._prices.with_newcomers(self._watched)

    def _scene(self, now: int) -> Scene:
        subjects = self._watched.size
        return Scene(
            now=now,
            since=self._clock["began"] + self.parameters.training,
            found=self._found,
            base=self._base,
            length=self._length,
            background=self._background,
            last_own=self._last_own,
            hits=self._hits,
            habits=self._habits,
            costs=self._prices.bits,
            gain=np.zeros(subjects),
            listed=np.zeros(subjects, np.int32),
            inside=np.zeros(subjects, np.int32),
        )

    # -- state ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything the engine knows, as named arrays."""
        texts = {
            "names": self._names,
            "search": self._search.state(),
            "shifts": self._shifts.state(),
            "conduct": self._conduct.plain(),
            "progressions": self._progressions.plain(),
            "prices": [self._prices.room, self._prices.newcomer],
            "clock": self._clock,
            "base": self._base,
        }
        state: dict[str, NDArray[Any]] = {
            "strata": self._strata,
            "watched": self._watched,
            "circle": self._circle,
            "last_own": self._last_own,
            "chance": self._chance,
            "prices": self._prices.bits,
            "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
        }
        subjects = self._watched.size
        state |= {f"habits.{name}": array[:subjects] for name, array in self._habits._asdict().items()}
        state |= {f"history.{name}": array for name, array in past.packed(self._history).items()}
        state |= {f"found.{name}": array[: self._length] for name, array in self._found._asdict().items()}
        state |= {f"background.{name}": array for name, array in touches.packed(self._background).items()}
        state |= {f"conduct.{name}": array for name, array in self._conduct.arrays().items()}
        state |= {f"progressions.{name}": array for name, array in self._progressions.arrays().items()}
        state |= {f"hits.{name}": array for name, array in linking.packed(self._hits, subjects).items()}
        return state

    @classmethod
    def restore(
        cls,
        parameters: Parameters,
        sort_of: I32,
        state: dict[str, NDArray[Any]],
        *,
        ladders: Sequence[Steps] = (),
        without: Collection[Detector] = (),
        weak: NDArray[np.bool_] | None = None,
    ) -> Engine:
        """The engine whose :meth:`state` this is.

        Raises :class:`StateError` when it is not the state of this engine.
        """
        engine = cls(parameters, sort_of=sort_of, ladders=ladders, without=without, weak=weak)
        try:
            engine._go_on_from(state)
        except (KeyError, TypeError) as error:
            raise StateError(
                f"The state of this watch is not one that this Lapwing writes: {error} is missing or another.\n"
                "Go on with the version that wrote it, or name a new folder and read all events again."
            ) from error
        return engine

    def _go_on_from(self, state: dict[str, NDArray[Any]]) -> None:
        arrays = {name: np.array(array) for name, array in state.items()}
        texts = json.loads(bytes(arrays["texts"]))
        self._history = past.unpacked(part_of(arrays, "history."))
        self._found = Touches(*(arrays[f"found.{name}"] for name in Touches._fields))
        self._hits = linking.unpacked({name: arrays[f"hits.{name}"] for name in Hits._fields})
        self._length = self._found.time.size
        self._background = touches.unpacked(part_of(arrays, "background."), self._found, self._length)
        self._base = texts["base"]
        self._names = texts["names"]
        self._strata = arrays["strata"]
        self._watched, self._circle = arrays["watched"], arrays["circle"]
        self._last_own = arrays["last_own"]
        self._chance = arrays["chance"]
        self._habits = Habits(*(arrays[f"habits.{name}"] for name in Habits._fields))
        self._prices = Prices(arrays["prices"], *texts["prices"])
        self._search.restore(texts["search"])
        self._shifts.restore(texts["shifts"])
        self._conduct.restore(part_of(arrays, "conduct."), texts["conduct"])
        self._progressions.restore(part_of(arrays, "progressions."), texts["progressions"])
        self._clock = texts["clock"]
