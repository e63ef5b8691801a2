"""Conduct: how often every watched subject acts and which kinds of acts it does, held against its own past.

Evidence of :mod:`lapwing.evidence.when` and :mod:`lapwing.evidence.what` for all watched subjects, taken from the
stream:

* **Bins.** Acts are counted in bins of :data:`BIN`; a bin is closed at its border, whether anybody acted in it or not.
* **The clock** of a bin (:mod:`lapwing.moments.clock`) is that of the population. A subject's own clock starts with the
  bin after its first act: the act that made it known says nothing of how often it acts. Until it ran for
  :data:`~lapwing.moments.clock.KNOWN`, and again after a shift became usual, what the subject does teaches and speaks
  for nothing: how often others act says little of one that is new, the least of one that is busy.
* **Kinds.** Rows of one act are one act, of the kind that was rarest before.
* **Together.** Within a bin, how often somebody acts and which kinds these acts are of are two factors of one chance:
  given the past, ``2^bits`` of the bin has mean 1 for each, and so has their product. So besides the restart mixtures
  of `when` and of `what` there is a third, over the same starts for both, ``R <- (R + mass) 2^(when + what)``, and
  what decides is the mean over the subsets of parts, ``R = mean(R_when, R_what, R_both)``: nobody picks the best part
  after the fact, and a mean of such mixtures grows by at most one unit a day, like each of them.

What is usual in the population is learnt from the training, and anew from the last :data:`PANEL` bins whenever a week
holds :data:`MORE` times the acts that it held then: a stream that begins with two accounts tells nothing of a thousand.
Every subject's own past goes on being learnt all the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence import what, when
from lapwing.evidence.restart import STARTS
from lapwing.evidence.whom import DAY
from lapwing.moments.clock import KNOWN, Clock
from lapwing.moments.named_arrays import part_of
from lapwing.moments.recent_acts import TAUGHT, RecentActs

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

BIN = DAY // 4
"""Acts are counted over so long, microseconds."""
LEAST = 12
"""Nothing is learnt from fewer bins."""
KEPT = STARTS * DAY
"""Acts of so long are held: starts of the last so many days are told."""
RING = KEPT // BIN
PANEL = 112
"""Bins, four weeks of them, whose counts are kept to learn what is usual in the population."""
MORE = 2
"""What is usual in the population is learnt anew when it acts so many times as often as when it was learnt last."""
SAMPLE = 1_000
"""Subjects whose histories teach what is usual in the population."""


class Items(NamedTuple):
    """Acts of subjects and bins in which they did nothing, in order of time; shape (items,) each."""

    time: I64
    row: I64
    """Numbers of the events; -1 for a silent bin, whose time is its border."""
    when: F64
    """Bits of an act's share of the bin's count, or of the silence."""
    what: F64


class Conduct:
    """The evidence of `when` and `what` for all subjects."""

    def __init__(self, kinds: int, border: int, training: int, without: frozenset[str]) -> None:
        self._without = without
        self._bin = border * math.ceil(BIN / border)
        self._training = training
        self._began = -1
        self._current = -1
        self._others = 0
        """Acts of the present bin whose subjects are not watched."""
        self._clock = Clock(max(1, round(7 * DAY / self._bin)))
        self._bins: list[int] = []
        """Bins of the training."""
        self._bins_others: list[int] = []
        self._kinds = np.zeros(kinds, np.int64)
        """Acts of each kind so far, all rows."""
        self._column = np.full(kinds, -1, np.int32)
        """Where the state of `what` holds each kind; its last column is for those never seen."""
        self._alpha = np.zeros(0)
        self._population: when.Population | None = None
        self._mixes: what.Population | None = None
        self.learnt_at = -1
        """When what is usual was first learnt, microseconds; -1 before."""
        self._taught = 0.0
        """Acts a bin, in the week before it was learnt last."""
        self._when = when.start(0)
        self._what = what.start(0, 1)
        self._mixes_of_new: what.Population | None = None
        """How kinds differ among the acts on contexts that are new to their subjects."""
        self._past_of_new = what.Past.empty(0, kinds)
        self.recent = RecentActs()
        self._subjects = 0
        """How many there are; there is room for more."""
        self._counts = np.zeros(0, np.int32)
        self._awake: Bools = np.zeros(0, np.bool_)
        self._mix_bits = np.zeros(0)
        self._both = np.zeros(0)
        self._since = np.zeros(0, np.int64)
        """Nothing of a subject began before this: it was not watched, or a shift became its usual."""
        self._rate_bits = np.zeros((0, RING), np.float32)
        self._path = np.zeros((0, RING), np.float32)
        self._ring = np.full(RING, -1, np.int64)
        self._panel = np.zeros((0, PANEL), np.int16)
        """Acts of every subject in each of the last bins, as a ring."""
        self._panel_bin = np.full(PANEL, -1, np.int64)
        self._panel_time = np.zeros(PANEL)
        """The clock of each of these bins."""
        self._panel_acts = np.zeros(PANEL, np.int64)

    @property
    def _room(self) -> int:
        """Rows of the arrays by subject."""
        return self._counts.size

    @property
    def bin(self) -> int:
        """How long a bin is, microseconds."""
        return self._bin

    @property
    def mass(self) -> float:
        """Mass of starts of one bin."""
        return self._bin / DAY

    def widen(self, subjects: int) -> None:
        """Know of ``subjects`` subjects. The arrays grow by a quarter more, so that newcomers cost little."""
        self._subjects = subjects
        if subjects <= self._room:
            return
        room = subjects + subjects // 4
        more = room - self._room
        self.recent.widen(room)
        self._clock.widen(room)
        self._when = when.grow(self._when, room)
        self._what = what.grow(self._what, room)
        self._past_of_new = self._past_of_new.grown(room)
        self._awake = np.concatenate([self._awake, np.zeros(more, np.bool_)])
        self._mix_bits = np.concatenate([self._mix_bits, np.zeros(more)])
        self._both = np.concatenate([self._both, np.full(more, -np.inf)])
        self._since = np.concatenate([self._since, np.full(more, self.learnt_at)])
        empty = np.zeros((more, RING), np.float32)
        self._rate_bits = np.concatenate([self._rate_bits, empty])
        self._path = np.concatenate([self._path, empty])
        self._panel = np.concatenate([self._panel, np.zeros((more, PANEL), np.int16)])
        self._counts = np.concatenate([self._counts, np.zeros(more, np.int32)])

    def settle(self, subjects: Sequence[int], now: int, *, asleep: bool = False) -> None:
        """Let what these subjects do now become their usual; ``asleep`` until they act again."""
        which = np.asarray(subjects, np.int64)
        self._when = when.settle(self._when, which)
        self._what = what.settle(self._what, which)
        self._both[which] = -np.inf
        self._mix_bits[which] = 0.0
        self._since[which] = now
        if asleep:
            self._clock.forget(which)
            self._awake[which] = False
            self._counts[which] = 0

    def take(
        self,
        time: I64,
        subject: I32,
        kind: I32,
        act: I64,
        context: I64,
        news: Bools,
        first_row: int,
        end: int,
        watched: Bools,
    ) -> bool:
        """Take the events up to the border ``end``, in stream order; ``news`` are those that touch a context which is
        new to their subject. Returns whether a bin was closed."""
        if self._began < 0:
            self._began = int(time[0])
        this = (end - 1) // self._bin
        closed = False
        if 0 <= self._current < this:
            closed = self._close((self._current + 1) * self._bin)
        self._current = this
        starts = np.flatnonzero(np.diff(act, prepend=act[0] - 1))
        who = subject[starts]
        mine = (who >= 0) & np.append(watched, False)[who]
        self._others += int(np.count_nonzero(~mine))
        row, told = self._telling(kind, starts)
        self._kinds += np.bincount(kind, minlength=self._kinds.size)
        at, who, row, told = time[starts][mine], who[mine], row[mine], told[mine]
        self._counts += np.bincount(who, minlength=self._room).astype(np.int32)
        bits = self._weigh(who, told, at)
        chance = self._foretell(who, told, news[row])
        self.recent.add(at, first_row + row, who, told, chance, bits, context[row])
        if self._population is not None:
            self._mix_bits += np.bincount(who, bits, self._room)
        if end % self._bin == 0:
            closed = self._close(end) or closed
            self._current = -1
        return closed

    def _telling(self, kind: I32, starts: I64) -> tuple[I64, I32]:
        """Of every act, the first row of its rarest kind, and this kind."""
        order = np.argsort(self._kinds, kind="stable")
        rank = np.empty(order.size, np.int64)
        rank[order] = np.arange(order.size)
        ranks = rank[kind] * kind.size + np.arange(kind.size)
        best = np.minimum.reduceat(ranks, starts)
        return best % kind.size, order[best // kind.size].astype(np.int32)

    def _weigh(self, who: I32, kind: I32, time: I64) -> NDArray[np.float32]:
        """Bits of every act's kind; zeros in training."""
        if self._mixes is None or who.size == 0:
            return np.zeros(who.size, np.float32)
        self._make_columns(kind)
        bits = what.take(self._what, self._mixes, who, self._column[kind], time).bits
        return bits.astype(np.float32)

    def _foretell(self, who: I32, kind: I32, new: Bools) -> NDArray[np.float32]:
        """The chance of every act's kind among those on new contexts, as :class:`RecentActs` has it.

        Kinds differ in how often they touch something new, so among these acts a kind has another chance than among
        all: a channel whose links are old and whose texts are new copies nothing more than usual when it does so.
        """
        chance = np.where(new, np.float32(TAUGHT), np.float32(0.0))
        if self._mixes_of_new is not None and new.any():
            chance[new] = what.foretell(self._past_of_new, self._mixes_of_new, who[new], kind[new])
        return chance

    def _make_columns(self, kind: I32) -> None:
        """Have a column for each of these kinds; what was never seen shares the last one, and never draws."""
        assert self._mixes is not None
        new = np.unique(kind[self._column[kind] < 0])
        if new.size == 0:
            return
        seen = int((self._column >= 0).sum())
        self._column[new] = np.arange(seen, seen + new.size)
        state = self._what
        wide = (np.zeros((self._room, new.size)), np.zeros((self._room, what.EPS.size, new.size)))
        self._what = replace(
            state,
            drawn=np.concatenate([state.drawn[:, :-1], wide[0], state.drawn[:, -1:]], axis=1),
            fresh=np.concatenate([state.fresh[:, :, :-1], wide[1], state.fresh[:, :, -1:]], axis=2),
        )
        self._mixes = replace(self._mixes, alpha=self._columns_of_alpha())

    def _columns_of_alpha(self) -> F64:
        shown = np.argsort(self._column)[np.count_nonzero(self._column < 0) :]
        rest = self._alpha[self._column < 0].sum()
        return np.append(self._alpha[shown], max(rest, 1e-9))

    # -- bins ----------------------------------------------------------------------------------------------

    def _close(self, end: int) -> bool:
        """Close the bin that ends at ``end``; whether evidence was brought up to date."""
        if self._population is None:
            self._bins.append(self._current)
            self._bins_others.append(self._others)
            ready = end - self._began >= self._training and len(self._bins) >= LEAST
            if ready and self.recent.held.time.size:
                self._learn(end)
            else:
                self._counts[:] = 0
                self._others = 0
            return False
        self._advance(self._population)
        self.recent.forget(end - KEPT)
        if self._acts_lately() >= MORE * self._taught:
            self._learn_anew()
        return True

    def _advance(self, population: when.Population) -> None:
        c = self._clock.tell(self._counts, self._others, self._awake)
        exposure = np.where(self._awake, c, 0.0)[:, None]
        self._when, step = when.take(self._when, population, self._counts[:, None], exposure, self.mass)
        new = self._when.clock < KNOWN
        self._when.r[new], self._when.run[new] = 0.0, 1.0
        rate_bits, log2_r = np.where(new, 0.0, step.bits[:, 0]), np.where(new, -np.inf, step.log2_r[:, 0])
        exposed = (exposure[:, 0] > 0.0) & ~new
        started = np.logaddexp2(self._both, math.log2(self.mass))
        self._both = np.where(exposed, np.minimum(started + rate_bits + self._mix_bits, 256.0), self._both)
        slot = self._current % RING
        self._ring[slot] = self._current
        self._keep(self._current, c, self._counts)
        self._rate_bits[:, slot] = np.where(exposed, rate_bits, 0.0)
        self._path[:, slot] = self._mean(log2_r)
        self._awake = np.logical_or(self._awake, self._counts > 0)
        self._counts[:] = 0
        self._mix_bits[:] = 0.0
        self._others = 0

    def _mean(self, rate: F64) -> F64:
        if "what" in self._without:
            return rate
        if "when" in self._without:
            return self.log2_what()
        # no part grows beyond 2^256
        return _log2(np.exp2(rate) + _sums(self._what.r) + np.exp2(self._both)) - math.log2(3.0)

    # -- learning ------------------------------------------------------------------------------------------

    def _learn(self, end: int) -> None:
        """Learn what is usual in the population, and every subject's own past, from the training."""
        held, subjects = self.recent.held, self._room
        bins = np.array(self._bins)
        at = np.searchsorted(bins, held.time // self._bin)
        counts = np.zeros((subjects, bins.size), np.int32)
        np.add.at(counts, (held.subject, at), 1)
        exposed = _exposed(counts)
        clock = self._clock.train(counts, exposed, np.array(self._bins_others, np.float64))
        exposure = np.where(exposed, clock, 0.0)
        known = np.flatnonzero((exposure > 0).any(axis=1))
        if known.size == 0 or counts[exposed].sum() == 0:
            self._counts[:] = 0
            self._others = 0
            return
        some = _sample(known)
        if counts[some][exposed[some]].sum() == 0:
            some = known
        self._population = when.learn(np.where(exposed, counts, 0)[some], exposure[some])
        for number, time, acts in zip(bins[-PANEL:], clock[-PANEL:], counts.T[-PANEL:], strict=True):
            self._keep(int(number), float(time), acts)
        self._taught = self._acts_lately()
        state, _ = when.update(when.start(subjects), self._population, counts, exposure, 0.0)
        self._when = replace(state, r=np.zeros_like(state.r), run=np.ones_like(state.run))
        self._awake = np.any(counts > 0, axis=1)
        self._learn_mixes(end)
        self.learnt_at = end
        self._since[:] = end
        self._both[:] = -np.inf
        self._counts[:] = 0
        self._others = 0
        self._bins, self._bins_others = [], []

    def _keep(self, number: int, time: float, counts: NDArray[np.int32]) -> None:
        """Keep the counts of a bin of so much ``time``."""
        slot = number % PANEL
        self._panel[:, slot] = np.minimum(counts, np.iinfo(np.int16).max)
        self._panel_bin[slot], self._panel_time[slot], self._panel_acts[slot] = number, time, counts.sum()

    def _acts_lately(self) -> float:
        """Acts a bin in the last week."""
        lately = self._panel_bin > max(self._panel_bin.max() - 7 * DAY // self._bin, -1)
        return float(self._panel_acts[lately].mean())

    def _learn_anew(self) -> None:
        """Learn what is usual in the population from the last bins; what is known of each subject, and the evidence so
        far, stay, and how much a subject scatters is measured anew."""
        order = np.argsort(self._panel_bin, kind="stable")[np.count_nonzero(self._panel_bin < 0) :]
        counts = self._panel[:, order].astype(np.int32)
        exposed = _exposed(counts)
        exposure = np.where(exposed, self._panel_time[order], 0.0)
        known = np.flatnonzero((exposure > 0).any(axis=1))
        some = _sample(known)
        if counts[some][exposure[some] > 0].sum() == 0:
            return
        self._population = when.learn(np.where(exposed, counts, 0)[some], exposure[some])
        lately, _ = when.update(when.start(self._room), self._population, counts, exposure, 0.0)
        self._when = replace(self._when, echo=lately.echo, seen=lately.seen, due=lately.due)
        self._taught = self._acts_lately()
        held, kinds = self.recent.held, self._kinds.size
        if held.time.size:
            mixes = what.learn(held.subject, held.kind, kinds)
            self._make_columns(held.kind)
            self._alpha = mixes.alpha
            self._mixes = replace(mixes, alpha=self._columns_of_alpha())
        new = np.flatnonzero(held.chance > 0.0)
        if new.size:
            self._mixes_of_new = what.learn(held.subject[new], held.kind[new], kinds)

    def _learn_mixes(self, end: int) -> None:
        held, kinds = self.recent.held, self._kinds.size
        learnt = what.learn(held.subject, held.kind, kinds)
        self._alpha = learnt.alpha
        shown = np.unique(held.kind)
        self._column[shown] = np.arange(shown.size)
        self._mixes = replace(learnt, alpha=self._columns_of_alpha())
        empty = what.start(self._room, shown.size + 1)
        state, _ = what.update(empty, self._mixes, held.subject, self._column[held.kind], held.time)
        self._what = replace(
            state,
            r=np.zeros_like(state.r),
            fresh=np.zeros_like(state.fresh),
            run=np.ones_like(state.run),
            last=np.full(self._room, end),
        )
        # in the beginning everything is new to everybody: the second half tells more of how it goes on
        new = np.flatnonzero((held.chance == TAUGHT) & (held.time >= (self._began + end) // 2))
        if new.size == 0:
            new = np.arange(held.time.size)
        self._mixes_of_new = what.learn(held.subject[new], held.kind[new], kinds)
        what.foretell(self._past_of_new, self._mixes_of_new, held.subject[new], held.kind[new])

    # -- reading -------------------------------------------------------------------------------------------

    def log2_when(self) -> F64:
        """log2 of every subject's restart mixture of `when`."""
        return _log2(_sums(self._when.r))

    def log2_what(self) -> F64:
        """The same of `what`."""
        return _log2(_sums(self._what.r))

    def parts(self, subject: int) -> tuple[float, float, float]:
        """log2 of the subject's restart mixtures of `when`, of `what`, and of both together."""
        rate, mix = _log2(np.array([self._when.r[subject].sum(), self._what.r[subject].sum()]))
        return float(rate), float(mix), float(self._both[subject])

    def log2_r(self) -> F64:
        """log2 of every subject's evidence, shape (subjects,): the mean over the subsets of parts."""
        return self._mean(self.log2_when())[: self._subjects]

    def bits_by_bin(self, subjects: I32) -> tuple[I64, F64, F64]:
        """Begin of every bin held (microseconds, ascending), and what it brought for `when` and for `what`, shape
        (subjects, bins) each: nothing where a subject was not known yet, or before what it does became its usual."""
        order = np.argsort(self._ring, kind="stable")[np.count_nonzero(self._ring < 0) :]
        begin = self._ring[order] * self._bin
        when_bits = self._rate_bits[np.ix_(subjects, order)].astype(np.float64)
        what_bits = self.recent.bits_in(subjects, self._ring[order], self._bin)
        muted = (when_bits == 0.0) | (begin[None, :] < self._since[subjects][:, None])
        when_bits[muted] = what_bits[muted] = 0.0
        return begin, when_bits, what_bits

    def items(self, subjects: Sequence[int], now: int) -> Items:
        """What subjects did and did not do lately, with the bits of each."""
        held, parts = self.recent.held, []
        for subject in subjects:
            oldest = max(int(self._since[subject]), now - KEPT)
            places = self.recent.places_of(np.array([subject], np.int32))
            places = places[held.time[places] >= oldest]
            shown = np.flatnonzero((self._ring >= 0) & (self._ring * self._bin >= oldest))
            shown = shown[np.argsort(self._ring[shown])]
            numbers, bits = self._ring[shown], self._rate_bits[subject, shown].astype(np.float64)
            number = held.time[places] // self._bin
            at = np.searchsorted(numbers, number)
            there = at < numbers.size
            there[there] = numbers[at[there]] == number[there]
            brought = np.zeros(places.size)
            acts = np.bincount(at[there], minlength=numbers.size)
            brought[there] = bits[at[there]] / acts[at[there]]
            parts.append(
                Items(held.time[places], held.row[places], brought, held.bits[places].astype(np.float64))
            )
            silent = np.flatnonzero((acts == 0) & (bits != 0.0))
            nothing = np.full(silent.size, -1)
            parts.append(Items(numbers[silent] * self._bin, nothing, bits[silent], np.zeros(silent.size)))
        columns: list[NDArray[Any]] = [np.concatenate(column) for column in zip(*parts, strict=True)]
        whole = Items(*columns)
        order = np.lexsort((whole.row, whole.time))
        return Items(*(column[order] for column in columns))

    def path(self, subject: int) -> list[tuple[int, float]]:
        """The subject's evidence at the end of each bin of the last days: (microseconds, log2 R)."""
        points = [
            ((number + 1) * self._bin, float(self._path[subject, slot]))
            for slot, number in enumerate(self._ring.tolist())
            if number >= 0 and number * self._bin >= self._since[subject]
        ]
        return sorted(point for point in points if math.isfinite(point[1]))

    def lane(self, subject: int, oldest: int) -> I64:
        """The events of the subject's acts held since ``oldest``, in stream order."""
        held = self.recent.held
        places = self.recent.places_of(np.array([subject], np.int32))
        return held.row[places[held.time[places] >= oldest]]

    def rate(self, subject: int) -> tuple[float, float]:
        """The best factor of the subject's rate (0: it does nothing any more), and its usual acts a day."""
        one = when.State(
            self._when.bins,
            *(getattr(self._when, f.name)[[subject]] for f in fields(when.State) if f.name != "bins"),
        )
        reading = when.read(one)
        return float(reading.factor[0]), float(reading.usual[0]) * self._clock.pace * DAY / self._bin

    def mix(self, subject: int) -> list[tuple[int, float, float]]:
        """(kind, usual share, share now) of the kinds seen, those that grew most first."""
        assert self._mixes is not None
        one = what.State(*(getattr(self._what, field.name)[[subject]] for field in fields(what.State)))
        reading = what.read(one, self._mixes)
        shown = np.flatnonzero(self._column >= 0)
        shares = [
            (int(k), float(reading.usual[0, self._column[k]]), float(reading.now[0, self._column[k]]))
            for k in shown
        ]
        return sorted(shares, key=lambda share: (share[1] - share[2], share[0]))

    # -- state ---------------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of it; :meth:`plain` is the rest."""
        arrays = {f"recent.{name}": array for name, array in self.recent.arrays().items()}
        for name, state in (("when", self._when), ("what", self._what)):
            arrays |= {
                f"{name}.{field.name}": getattr(state, field.name)
                for field in fields(state)
                if field.name != "bins"
            }
        past = self._past_of_new
        arrays |= {f"past_of_new.{field.name}": getattr(past, field.name) for field in fields(past)}
        if self._mixes_of_new is not None:
            arrays["alpha_of_new"] = self._mixes_of_new.alpha
        arrays |= {f"clock.{name}": array for name, array in self._clock.arrays().items()}
        return arrays | {name: getattr(self, f"_{name}") for name in _ARRAYS}

    def plain(self) -> dict[str, Any]:
        """What is not in arrays."""
        plain = {name: getattr(self, f"_{name}") for name in _PLAIN}
        return plain | {
            "learnt_at": self.learnt_at,
            "clock": self._clock.plain(),
            "when_bins": self._when.bins,
            "population": None if self._population is None else asdict(self._population),
            "mixes": _but_alpha(self._mixes),
            "mixes_of_new": _but_alpha(self._mixes_of_new),
        }

    def restore(self, arrays: dict[str, NDArray[Any]], plain: dict[str, Any]) -> None:
        """Go on from :meth:`arrays` and :meth:`plain`. Raises ``KeyError`` when one is missing."""
        for name in _ARRAYS:
            setattr(self, f"_{name}", arrays[name])
        for name in _PLAIN:
            setattr(self, f"_{name}", plain[name])
        self.learnt_at = plain["learnt_at"]
        self.recent = RecentActs.of(part_of(arrays, "recent."))
        self._clock.restore(part_of(arrays, "clock."), plain["clock"])
        self._when = when.State(
            plain["when_bins"],
            *(arrays[f"when.{field.name}"] for field in fields(when.State) if field.name != "bins"),
        )
        self._what = what.State(*(arrays[f"what.{field.name}"] for field in fields(what.State)))
        if plain["population"] is not None:
            self._population = when.Population(**plain["population"])
            self._mixes = what.Population(alpha=self._columns_of_alpha(), **plain["mixes"])
            self._mixes_of_new = what.Population(alpha=arrays["alpha_of_new"], **plain["mixes_of_new"])
        past = part_of(arrays, "past_of_new.")
        self._past_of_new = what.Past(*(past[field.name] for field in fields(what.Past)))


def _but_alpha(mixes: what.Population | None) -> dict[str, float] | None:
    return None if mixes is None else {k: v for k, v in asdict(mixes).items() if k != "alpha"}


_ARRAYS = (
    "kinds", "column", "alpha", "counts", "awake", "mix_bits", "both", "since", "rate_bits", "path", "ring",
    "panel", "panel_bin", "panel_time", "panel_acts",
)  # fmt: skip
_PLAIN = ("subjects", "began", "current", "others", "bins", "bins_others", "taught")


def _exposed(counts: NDArray[np.int32]) -> Bools:
    """Which bins come after a subject's first act; ``counts`` has the shape (subjects, bins)."""
    bins = counts.shape[1]
    first = np.where(counts.any(axis=1), np.argmax(counts > 0, axis=1), bins)
    exposed: Bools = np.arange(bins)[None, :] > first[:, None]
    return exposed


def _sample(known: I64) -> I64:
    """At most :data:`SAMPLE` of these subjects, by lot."""
    return known[np.random.default_rng(0).permutation(known.size)[:SAMPLE]]


def _sums(rows: F64) -> F64:
    """The sum of every row; several times as fast as ``sum`` where rows are short."""
    sums: F64 = np.einsum("ij->i", rows)
    return sums


def _log2(r: F64) -> F64:
    with np.errstate(divide="ignore"):
        logs: F64 = np.log2(r)
    return logs
