"""Progressions: which subjects and groups do more and more of what a ladder asks for.

Each ladder (:mod:`lapwing.evidence.ladder`) is held against the acts of every watched subject that did something of a
ladder's own kinds that is rare for it, and against the pooled acts of groups. ``R`` is the mean over the ladders that
were loaded, so nobody picks the best one after the fact. A subject enters with such an act, and the starts since its
act before, and leaves when its evidence has faded: what is left out is left out of ``R``, which keeps its promise.

Members of a group are proposed by their own evidence: those on one ladder whose best runs began within days of one
another and who are tied (:mod:`lapwing.moments.ties`), the ones whose evidence exceeds their price most first.
Strangers who climb in the same days, as many do in September, are no group. It is then tested on its pooled acts of
the last days, and pays for its name. Weak kinds, and mere talk, never raise anything alone: see the ladder.

A meeting whose members climb while it is open stays the one moment about them, and is told its stage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.events.vocabulary import Vocabulary
from lapwing.evidence import ladder as climbing
from lapwing.evidence.ladder import Rungs
from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border
from lapwing.moments.budget_shares import share_bits
from lapwing.moments.company import company_by_day, merged
from lapwing.moments.conduct import KEPT, Conduct
from lapwing.moments.finding import Climb, Entry, Finding
from lapwing.moments.groups import MEMBER, WIDTH, neighbours
from lapwing.moments.ladder_file import Ladder
from lapwing.moments.life import NEWS, OpenMoment, aged, alike, identity_of, may_grow, told_elsewhere
from lapwing.moments.moment import Bits
from lapwing.moments.naming import naming_bits, size_bits
from lapwing.moments.scene import Scene
from lapwing.moments.statement import LANES_BEFORE, lanes_of, state_moment
from lapwing.moments.ties import Ties

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

RARE = 4.0
"""A subject enters with an act that its ladder makes so many times likelier."""
LEAVES = 0.5
"""A subject leaves when its ``R`` is below this ..."""
SWEEP = 8
"""... once one in so many does: they leave together, which is quicker."""
NEAR = 3 * DAY
"""Members of a proposed group began within so long of one another."""
MOST = 12
"""A group of at most so many is proposed."""
MORE = 4
"""At most so many join an open progression at once."""
PROMISING = 4.0
"""A subject is proposed as a member when its best run has at least so many bits."""
IN_QUESTION = 256
"""At most so many subjects on a ladder are members of what is proposed."""
IMPROVED = 4
"""So many groups of a border, the best, are improved member by member."""
HOPEFUL = -20.0
"""Groups with fewer net bits are not."""
EXPECTED = 3
"""So many of the kinds that would be expected next are told."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A ladder and the same in numbers."""

    ladder: Ladder
    rungs: Rungs

    @classmethod
    def of(cls, ladder: Ladder, vocabulary: Vocabulary) -> Steps:
        """The ladder with the kinds of this vocabulary numbered."""
        return cls(ladder, ladder.rungs(vocabulary))


@dataclass(frozen=True, slots=True)
class Pooled:
    """The acts of a group against all ladders."""

    log2_r: float
    """log2 of the mean over the ladders."""
    best: int
    """The ladder that says most."""
    steps: Sequence[climbing.Step]
    states: Sequence[climbing.State]
    places: I64
    """Where the acts are among those held."""
    with_company: bool = False
    """Whether what the members took up from one another is part of the evidence."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A group and what its acts are worth."""

    members: I32
    pooled: Pooled
    cost: float
    """Bits to name it, and its share of the budget."""

    @property
    def net(self) -> float:
        """Net bits."""
        return self.pooled.log2_r - self.cost

    @property
    def worth(self) -> float:
        """Net bits without those that each member has to bring beyond its name."""
        return self.net - MEMBER * self.members.size


CARRIES = 5.0
"""A stage is said only if the ladder alone brings so many bits: what is carried by contexts taken up from one another
is a meeting."""


class Progressions:
    """The subjects on each ladder, and the open progressions of one watch."""

    def __init__(self, steps: Sequence[Steps], without: frozenset[str]) -> None:
        self._steps = () if "ladder" in without else tuple(steps)
        self._without = without
        self._who = [np.zeros(0, np.int32) for _ in self._steps]
        self._states = [climbing.start(0, step.rungs, timed=False) for step in self._steps]
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="lapwing-ladders")
        self._taken = -1
        """Acts before this are in the states, microseconds."""
        self._open: list[OpenMoment] = []
        self._over: list[tuple[frozenset[int], int]] = []
        """Members of closed progressions, and when these were closed."""

    @property
    def open(self) -> Sequence[OpenMoment]:
        """The progressions that are not closed."""
        return self._open

    def look(
        self,
        border: Border,
        conduct: Conduct,
        elsewhere: Sequence[OpenMoment],
        closed_bin: bool,
        candidates: Callable[[], Sequence[I32]],
    ) -> list[Finding]:
        """The progressions whose state changed at this border, in a fixed order; arguments as for shifts.

        ``candidates`` gives the groups that the search for meetings looked at, at this border.
        """
        changed: dict[str, OpenMoment] = {}
        if closed_bin and self._steps:
            self._take(conduct, border.now)
            groups = {
                tuple(members.tolist()): members for members in [*self._proposed(border), *candidates()]
            }
            weighed = [self._weighed(border, conduct, members) for members in groups.values()]
            tested = [one for one in weighed if one is not None]
            tested += self._improved(border, conduct, tested, elsewhere)
            for one in tested:
                self._test(border, conduct, one, elsewhere, changed)
        self._age(border, elsewhere, changed)
        return [moment.finding for moment in changed.values()]

    def stages(
        self, border: Border, conduct: Conduct, meetings: Sequence[OpenMoment]
    ) -> dict[str, tuple[str, Climb]]:
        """By id, the stage of those meetings whose members' acts climb.

        What members took up from one another is explained by the meeting and does not count: who copies somebody that
        rents a place does not climb for it. To say which of the open meetings it is costs something, as it does to name
        a subject; so a stage is told falsely as seldom as a moment is raised.
        """
        found: dict[str, tuple[str, Climb]] = {}
        needed = border.threshold + share_bits(self._without) + math.log2(max(len(meetings), 1))
        for moment in meetings:
            taken_up = {entry.row for entry in moment.finding.ledger if entry.with_}
            pooled = self.pooled(conduct, np.array(moment.finding.members, np.int32), taken_up)
            if pooled is not None and pooled.log2_r >= max(needed, CARRIES):
                climb, stage = self.climb_of(self._timed(pooled, conduct))
                found[moment.finding.id] = stage, climb
        return found

    def leave_out(self, subjects: frozenset[int]) -> None:
        """State nothing more of these subjects, and forget their climbs."""
        self._open = [moment for moment in self._open if subjects.isdisjoint(moment.members)]
        for at, who in enumerate(self._who):
            self._keep(at, ~np.isin(who, np.array(sorted(subjects), np.int32)))

    # -- single subjects -----------------------------------------------------------------------------------

    def _take(self, conduct: Conduct, now: int) -> None:
        """Let the acts since the last time climb."""
        held = conduct.recent.held
        first = int(np.searchsorted(held.time, max(self._taken, conduct.learnt_at)))
        self._taken = now
        steps = np.flatnonzero(held.chance[first:] > 0.0)
        if steps.size == 0:
            return
        time, who, kind = held.time[first:][steps], held.subject[first:][steps], held.kind[first:][steps]
        chance = np.minimum(held.chance[first:][steps].astype(np.float64), 1.0)
        before = conduct.recent.before(first, conduct.learnt_at)[steps]
        climb = partial(self._climb, who=who, kind=kind, chance=chance, time=time, before=before)
        # one ladder knows nothing of the others: every other one is climbed beside
        others = [self._beside.submit(climb, at) for at in range(1, len(self._steps), 2)]
        for at in range(0, len(self._steps), 2):
            climb(at)
        for other in others:
            other.result()

    def _climb(self, at: int, *, who: I32, kind: I32, chance: F64, time: I64, before: I64) -> None:
        """Let acts climb one ladder; ``before`` is when the subject of each acted before."""
        rungs, known = self._steps[at].rungs, self._who[at]
        unit_of = np.full(max(int(who.max()), int(known.max(initial=0))) + 1, -1, np.int32)
        unit_of[known] = np.arange(known.size, dtype=np.int32)
        rare = ~rungs.weak[kind] & (rungs.weights.max(axis=0)[kind] / chance >= RARE)
        entries = np.flatnonzero(rare & (unit_of[who] < 0))
        entering, place = np.unique(who[entries], return_index=True)
        # a subject's acts count from the one with which it enters
        begin = np.zeros(known.size + entering.size, np.int64)
        if entering.size:
            begin[known.size :] = place = entries[place]
            unit_of[entering] = np.arange(known.size, begin.size, dtype=np.int32)
            self._enter(at, entering, before[place])
        if begin.size == 0:
            return
        state = self._states[at]
        unit = unit_of[who]
        mine = (unit >= 0) & (np.arange(who.size) >= begin[np.maximum(unit, 0)])
        climbing.take(state, rungs, unit[mine], kind[mine], chance[mine], time[mine])
        kept = climbing.evidence(state.v[: begin.size]) >= LEAVES
        if SWEEP * np.count_nonzero(~kept) >= kept.size:
            self._keep(at, kept)

    def _enter(self, at: int, subjects: I32, before: I64) -> None:
        """Let subjects enter a ladder; ``before`` are the times of their acts before. The state grows by an eighth
        more, so that they cost little."""
        known, state = self._who[at].size, self._states[at]
        units = known + subjects.size
        if units > state.run.size:
            state = self._states[at] = climbing.grow(state, units + units // SWEEP, self._steps[at].rungs)
        state.last[known:units] = before
        state.acts[known:units] = 1
        self._who[at] = np.concatenate([self._who[at], subjects])

    def _keep(self, at: int, kept: NDArray[np.bool_]) -> None:
        state = self._of_subjects(at)
        self._who[at] = self._who[at][kept]
        self._states[at] = climbing.State(*(getattr(state, f.name)[kept] for f in fields(climbing.State)))

    def _of_subjects(self, at: int) -> climbing.State:
        """The state on a ladder without the room that it has beyond its subjects."""
        units, state = self._who[at].size, self._states[at]
        return climbing.State(*(getattr(state, f.name)[:units] for f in fields(climbing.State)))

    def _proposed(self, border: Border) -> list[I32]:
        """Subjects that climb, and groups of them, those that promise most first; also the open ones with more."""
        groups: dict[tuple[int, ...], float] = {}
        costs, now = border.scene.costs, border.now
        for at in range(len(self._steps)):
            who, state = self._who[at], self._of_subjects(at)
            able = (state.run >= 2.0**PROMISING) & (state.strong > 0) & np.isfinite(costs[who])
            who, bits, onset = who[able], np.log2(state.run[able]), state.onset[able]
            excess = bits - costs[who]
            among, best = who.size, np.lexsort((who, -excess))[:IN_QUESTION]
            who, onset, excess = who[best], onset[best], excess[best]
            tied = Ties(border, who, among)
            for seed in range(min(who.size, MOST)):
                near = [i for i in range(who.size) if abs(int(onset[i]) - int(onset[seed])) <= NEAR]
                near = tied.company_of([seed], near, MOST)
                total = np.cumsum(excess[near]) - np.array([size_bits(n + 1) for n in range(len(near))])
                for size in {1, int(np.argmax(total)) + 1, len(near)}:
                    members = tuple(sorted(int(who[i]) for i in near[:size]))
                    groups[members] = max(groups.get(members, -math.inf), float(total[size - 1]))
            for moment in self._open:
                if may_grow(moment, now):
                    near = [i for i in range(who.size) if abs(int(onset[i]) - moment.finding.onset) <= NEAR]
                    inside = [i for i in near if int(who[i]) in moment.members]
                    fresh = tied.company_of(inside, near, len(inside) + MORE)[len(inside) :]
                    for more in range(1, len(fresh) + 1):
                        further = {int(who[i]) for i in fresh[:more]}
                        groups[tuple(sorted(moment.members | further))] = math.inf
        ranked = sorted(groups.items(), key=lambda item: (-item[1], item[0]))
        return [np.array(members, np.int32) for members, _ in ranked[: 2 * MOST]]

    # -- groups --------------------------------------------------------------------------------------------

    def pooled(self, conduct: Conduct, members: I32, without: Collection[int] = ()) -> Pooled | None:
        """The acts held of a group, ``without`` those of some events, against all ladders; None when there are none. A
        context counts once: what all take up from one another, or from the news, is no step of each."""
        held = conduct.recent.held
        places = conduct.recent.places_of(members)
        if without:
            places = places[~np.isin(held.row[places], np.fromiter(without, np.int64))]
        places = places[held.chance[places] > 0.0]
        places = places[np.sort(np.unique(held.context[places], return_index=True)[1])]
        if places.size == 0 or not self._steps:
            return None
        taken, states = self._climbed(conduct, places, timed=False)
        last = np.array([step.log2_r[-1] for step in taken])
        mean = float(np.logaddexp2.reduce(last)) - math.log2(last.size)
        return Pooled(mean, int(np.argmax(last)), taken, states, places)

    def _climbed(
        self, conduct: Conduct, places: I64, *, timed: bool
    ) -> tuple[list[climbing.Step], list[climbing.State]]:
        """The acts at these places as those of one unit, against all ladders."""
        held = conduct.recent.held
        kind, time = held.kind[places], held.time[places]
        chance = np.minimum(held.chance[places].astype(np.float64), 1.0)
        units = np.zeros(places.size, np.int32)
        states = [climbing.start(1, step.rungs, timed=timed) for step in self._steps]
        taken = [
            climbing.take(state, step.rungs, units, kind, chance, time)
            for state, step in zip(states, self._steps, strict=True)
        ]
        return taken, states

    def _timed(self, pooled: Pooled, conduct: Conduct) -> Pooled:
        """The same with times, which only what is stated needs."""
        return replace(pooled, states=self._climbed(conduct, pooled.places, timed=True)[1])

    def _weighed(self, border: Border, conduct: Conduct, members: I32) -> Weighed | None:
        """What a group's acts are worth, those that its members took up from one another as well; None where the
        ladders say next to nothing."""
        pooled = self.pooled(conduct, members)
        if pooled is None or pooled.log2_r < CARRIES:
            return None
        if members.size > 1 and "whom" not in self._without:
            pooled = with_company(pooled, members, conduct, border.scene)
        cost = float(naming_bits(members, border.scene.costs)) + share_bits(self._without)
        return Weighed(members, pooled, cost)

    def _improved(
        self,
        border: Border,
        conduct: Conduct,
        groups: Sequence[Weighed],
        elsewhere: Sequence[OpenMoment],
    ) -> list[Weighed]:
        """The best of these groups with further members, and without those that bring nothing.

        Whoever has a tie with a member by what they took up from one another is tried, also one whose own acts do not
        yet say that it climbs: by name, a group is found soonest when all that it does counts.
        """
        found: list[Weighed] = []
        for group in sorted(groups, key=lambda one: (-one.net, one.members.tolist())):
            if len(found) == IMPROVED or group.net < HOPEFUL:
                break
            if group.members.size > MOST or any(
                alike(frozenset(group.members.tolist()), frozenset(other.members.tolist())) for other in found
            ):
                continue
            if told_elsewhere(frozenset(group.members.tolist()), elsewhere, border.now):
                continue
            found.append(self._grown(border, conduct, group))
        return found

    def _grown(self, border: Border, conduct: Conduct, group: Weighed) -> Weighed:
        """The group with the one member more, or less, that brings most, again and again while one brings enough."""
        for _ in range(MOST):
            if group.members.size >= MOST:
                break
            near = neighbours(border.scene, group.members)[:WIDTH]
            who = np.union1d(group.members, near).astype(np.int32)
            inside = np.isin(who, group.members)
            others, ties = np.flatnonzero(~inside), Ties(border, who, border.circles.size)
            others = others[ties.by_contexts(others.tolist(), np.flatnonzero(inside).tolist())]
            tried = [np.sort(np.append(group.members, who[one])) for one in others]
            if group.members.size > 2:
                tried += [np.delete(group.members, at) for at in range(group.members.size)]
            weighed = [self._weighed(border, conduct, members) for members in tried]
            best = max((one for one in weighed if one is not None), key=lambda one: one.worth, default=None)
            if best is None or best.worth <= group.worth:
                break
            group = best
        return group

    def _test(
        self,
        border: Border,
        conduct: Conduct,
        weighed: Weighed,
        elsewhere: Sequence[OpenMoment],
        changed: dict[str, OpenMoment],
    ) -> None:
        """Raise a group, or let the open progression that shares a member with it grow."""
        now = border.now
        members, pooled, cost, net = weighed.members, weighed.pooled, weighed.cost, weighed.net
        if not net >= border.threshold:
            return
        group = frozenset(members.tolist())
        onset = int(pooled.states[pooled.best].onset[0])
        if told_elsewhere(group, elsewhere, now):
            return
        for at, moment in enumerate(self._open):
            old = moment.finding
            growing = may_grow(moment, now)
            if group.isdisjoint(moment.members) or not (growing or onset <= moment.last):
                continue
            news = net >= old.bits.net + NEWS or (net > old.bits.net and group > moment.members)
            if growing and news and group >= moment.members and onset < old.raised:
                moment = self._stated(border, conduct, members, net, cost, pooled, old.raised, old.id)
                changed[old.id] = moment
            self._open[at] = replace(moment, last=max(moment.last, int(pooled.states[pooled.best].last[0])))
            return
        if any(2 * len(group & over) >= len(group) and onset <= at for over, at in self._over):
            return
        id_ = identity_of("progression", onset, now, [border.names[m] for m in members.tolist()])
        moment = self._stated(border, conduct, members, net, cost, pooled, now, id_)
        if border.allows(moment.finding, conduct):
            self._open.append(replace(moment, last=now))
            changed[id_] = self._open[-1]

    def climb_of(self, pooled: Pooled) -> tuple[Climb, str]:
        """Where the group is on the ladder that says most, and its stage in words."""
        steps = self._steps[pooled.best]
        reading = climbing.read(pooled.states[pooled.best], steps.rungs)
        ladder, at = steps.ladder, int(reading.stage[0])
        order = np.argsort(-reading.expected[0], kind="stable")[:EXPECTED]
        climb = Climb(
            ladder=ladder.name,
            stages=tuple(
                (stage.name, float(chance), int(since) if since > 0 and chance >= 0.01 else None)
                for stage, chance, since in zip(
                    ladder.stages, reading.stages[0], reading.since[0], strict=True
                )
            ),
            expected=tuple((int(k), float(reading.expected[0, k])) for k in order.tolist()),
            caveat=ladder.stages[at].caveat,
            against=ladder.stages[at].against,
        )
        return climb, f"{ladder.name} / {ladder.stages[at].name}"

    def _stated(
        self,
        border: Border,
        conduct: Conduct,
        members: I32,
        net: float,
        cost: float,
        pooled: Pooled,
        raised: int,
        id_: str,
    ) -> OpenMoment:
        held, pooled = conduct.recent.held, self._timed(pooled, conduct)
        step, state = pooled.steps[pooled.best], pooled.states[pooled.best]
        time, row = held.time[pooled.places], held.row[pooled.places]
        onset = int(state.onset[0])
        behind = np.flatnonzero(time >= onset)
        ledger = tuple(Entry(int(row[i]), (), float(step.bits[i])) for i in behind.tolist())
        total = sum(entry.bits for entry in ledger)
        company = state_moment(members, border.scene, border.now) if pooled.with_company else None
        if company is not None:
            ledger = merged(ledger, company.ledger)
        whom = 0.0 if company is None else company.bits
        climb, stage = self.climb_of(pooled)
        reached = [since for _, _, since in climb.stages if since is not None]
        began = int(climbing.read(state, self._steps[pooled.best].rungs).began[0])
        telling = [int(time[i]) for i in behind.tolist() if step.bits[i] > 0]
        lanes, left_out = lanes_of(row[time >= onset - LANES_BEFORE], ledger)
        path = np.logaddexp2.reduce([s.log2_r for s in pooled.steps], axis=0) - math.log2(len(self._steps))
        finite = np.flatnonzero(np.isfinite(path))[-200:]
        finding = Finding(
            id=id_,
            type="progression",
            members=tuple(map(int, members)),
            onset=onset,
            onset_between=(min(onset, began, *reached), max(onset, min([began, *telling]))),
            raised=raised,
            bits=Bits(when=0.0, what=total, whom=whom, naming=total + whom - net, net=net),
            stage=stage,
            status="open",
            ledger=ledger,
            circles=tuple(map(int, border.circles[members])),
            lanes=lanes,
            lanes_left_out=left_out,
            ties_before=() if company is None else company.ties_before,
            ties_after=() if company is None else company.ties_after,
            curve=tuple((int(time[i]), float(path[i]) - cost) for i in finite.tolist()),
            climb=climb,
        )
        return OpenMoment(finding, max(telling, default=onset))

    def _age(self, border: Border, elsewhere: Sequence[OpenMoment], changed: dict[str, OpenMoment]) -> None:
        """Fade and close; of two that share a member, the one with less evidence is taken in by the other, and one
        about the same thing as an open meeting by that."""
        now = border.now
        standing: list[OpenMoment] = []
        for moment in sorted(self._open, key=lambda one: (-one.finding.bits.net, one.finding.id)):
            older = aged(moment, now, border.threshold)
            finding = moment.finding
            if older is not None:
                moment = changed[finding.id] = older
            elif any(
                not moment.members.isdisjoint(other.members) and may_grow(other, now) for other in standing
            ) or told_elsewhere(moment.members, elsewhere, now):
                moment = changed[finding.id] = replace(moment, finding=replace(finding, status="closed"))
            if moment.finding.status != "closed":
                standing.append(moment)
            elif older is not None:
                self._over.append((moment.members, now))
        self._over = [(members, at) for members, at in self._over if at > now - 2 * KEPT]
        self._open = sorted(standing, key=lambda one: (one.finding.raised, one.finding.id))

    # -- state ---------------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of it; :meth:`plain` is the rest."""
        arrays: dict[str, NDArray[Any]] = {}
        for at, who in enumerate(self._who):
            arrays[f"{at}.who"], state = who, self._of_subjects(at)
            arrays |= {f"{at}.{f.name}": getattr(state, f.name) for f in fields(climbing.State)}
        return arrays

    def plain(self) -> dict[str, Any]:
        """What is not in arrays."""
        return {
            "taken": self._taken,
            "open": [asdict(moment) for moment in self._open],
            "over": [[sorted(members), at] for members, at in self._over],
        }

    def restore(self, arrays: dict[str, NDArray[Any]], plain: dict[str, Any]) -> None:
        """Go on from :meth:`arrays` and :meth:`plain`. Raises ``KeyError`` when one is missing."""
        for at in range(len(self._steps)):
            self._who[at] = arrays[f"{at}.who"]
            self._states[at] = climbing.State(*(arrays[f"{at}.{f.name}"] for f in fields(climbing.State)))
        self._taken = plain["taken"]
        self._over = [(frozenset(members), at) for members, at in plain["over"]]
        self._open = [OpenMoment.of(data) for data in plain["open"]]


def with_company(pooled: Pooled, members: I32, conduct: Conduct, scene: Scene) -> Pooled:
    """The evidence of a group with what its members took up from one another.

    ``R = mean(R_ladder, R_both)``, and ``R_both`` the sum over the days of start of `whom` since a start on that day
    times the ladders since the end of that day (:mod:`lapwing.moments.company`).
    """
    days = company_by_day(members, scene)
    if not days or not math.isfinite(pooled.log2_r):
        return replace(pooled, log2_r=pooled.log2_r - 1.0)
    time = conduct.recent.held.time[pooled.places]
    both = []
    for end, company in days:
        ladders = [float(step.bits[time >= end].sum()) for step in pooled.steps]
        both.append(company + float(np.logaddexp2.reduce(ladders)) - math.log2(len(ladders)))
    whole = float(np.logaddexp2.reduce(both))
    log2_r = float(np.logaddexp2(whole, pooled.log2_r)) - 1.0
    return replace(pooled, log2_r=log2_r, with_company=whole > pooled.log2_r)
