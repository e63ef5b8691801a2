"""The search: at every border, which groups are raised, grow, fade or close."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.restart import onset, trace
from lapwing.evidence.whom import DAY, everyone
from lapwing.moments.border import Border
from lapwing.moments.conduct import Conduct
from lapwing.moments.finding import Climb, Finding
from lapwing.moments.groups import (
    Proposal,
    Proposals,
    among_neighbours,
    belong,
    closing,
    company,
    core,
    improve,
    neighbours,
    net_bits,
    propose,
    take_in,
)
from lapwing.moments.life import NEWS, OpenMoment, aged, alike, grown, may_grow, raise_moment
from lapwing.moments.meeting_conduct import raised_by_both, with_conduct
from lapwing.moments.scene import Scene, sheet_of, with_own_scratch
from lapwing.moments.trials import Mass, Trial, continued, past_of, proposed

I32 = NDArray[np.int32]

SecondLook = Callable[[I32, int], I32 | None]
"""Looks again at the circles of a group's members, by what they did before its onset (microseconds). Returns the
circles of all subjects if some had to be corrected, and has all touches in memory measured under these, else None."""

PROMISING = -20.0
"""Candidates with fewer approximate bits are not tested exactly."""
TESTED = 12
"""So many candidates of a border, the best by approximate bits, are tested exactly."""
IMPROVED = 4
"""So many of these, the best by the exact test, are improved member by member."""
NEAR_TESTED = 4
"""So many groups of neighbours are tested exactly at a border; the best of them is improved and proposed."""
BEST = 8
"""What else the members do is looked at for so many of the groups on trial, the best."""
FEW = 24
"""Up to this size a group is improved member by member."""
LARGE = 10
"""From this size on a group may take in many members at once."""


class Search:
    """The open moments of one watch, the groups on trial, and the groups that were improved in vain today."""

    def __init__(self, border: int, share: float) -> None:
        self._border = border
        """Time between two borders, microseconds."""
        self._share = share
        """Bits that each way to be raised costs (:mod:`lapwing.moments.budget_shares`)."""
        self._trials: list[Trial] = []
        self._mass = Mass()
        self._open: list[OpenMoment] = []
        self._candidates: list[Proposal] = []
        """The best groups of this border."""
        self._tried: dict[tuple[int, ...], float] = {}
        """Groups improved in vain, and the bits they had: they are tried again when these rise."""
        self._tried_near: dict[tuple[int, ...], float] = {}
        """The same for groups of neighbours."""
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="lapwing-search")

    def look(self, border: Border, first: int, hits: I32, second_look: SecondLook) -> list[Finding]:
        """The moments whose state changed at this border, in a fixed order.

        ``first`` is the first touch since the last border, ``hits`` are the subjects of the hits since, shape
        (hits, 2). ``second_look`` is taken at the circles of a group before it is raised.
        """
        changed: dict[str, OpenMoment] = {}
        scene = border.scene
        self._candidates = self._found(scene, hits)
        self._raise_all(self._candidates, border, changed, second_look)
        self._trials = continued(self._trials, scene, first)
        self._raise_passed(border, changed, second_look)
        self._propose(scene, hits)
        self._age(border.now, border.threshold, changed)
        return [moment.finding for moment in changed.values()]

    def looked_at(self) -> list[I32]:
        """The groups that were tested exactly at this border, and the best of those on trial."""
        best = sorted(self._trials, key=lambda trial: (-trial.bits, trial.members))[:BEST]
        tried = [np.array(trial.members, np.int32) for trial in best]
        return [found.members for found in self._candidates] + tried

    @property
    def open(self) -> Sequence[OpenMoment]:
        """The meetings that are not closed."""
        return self._open

    def staged(self, stages: Mapping[str, tuple[str, Climb]]) -> list[Finding]:
        """The meetings whose stage on a ladder changed, told this stage; ``stages`` are by id."""
        changed = []
        for at, moment in enumerate(self._open):
            stage, climb = stages.get(moment.finding.id, (moment.finding.stage, moment.finding.climb))
            if stage != moment.finding.stage:
                moment = replace(moment, finding=replace(moment.finding, stage=stage, climb=climb))
                self._open[at] = moment
                changed.append(moment.finding)
        return changed

    def with_conduct(
        self,
        found: Sequence[Finding],
        border: Border,
        conduct: Conduct,
        without: frozenset[str],
        closed_bin: bool,
        second_look: SecondLook,
    ) -> list[Finding]:
        """The meetings ``found`` at this border, and others, with what their members do besides: `when` and `what` add
        to what they took up from one another. Groups of this border that both together raise become meetings, unless
        their circles had to be corrected: then what they took up has to be measured anew first.

        ``closed_bin`` says whether `conduct` knows more than at the last border.
        """
        changed = {finding.id: finding for finding in found}
        if closed_bin:
            on_trial = {frozenset(trial.members) for trial in self._trials}
            for members in self.looked_at():
                group = frozenset(members.tolist())
                if (
                    self._is_open(group)
                    if group in on_trial
                    else any(alike(group, m.members) for m in self._open)
                ):
                    continue
                raised = raised_by_both(members, border, conduct, without)
                if raised is not None and group in on_trial:
                    members = core(border.scene, members).members
                    raised = raised_by_both(members, border, conduct, without)
                if raised is not None and second_look(members, raised.finding.onset) is None:
                    self._open.append(raised)
                    changed[raised.finding.id] = raised.finding
        for at, moment in enumerate(self._open):
            if may_grow(moment, border.now) and (closed_bin or moment.finding.id in changed):
                self._open[at] = with_conduct(moment, border, conduct, without)
                if self._open[at] is not moment:
                    changed[moment.finding.id] = self._open[at].finding
        return list(changed.values())

    def new_day(self) -> None:
        """Names cost something else from now on: whatever was tried in vain may be tried again."""
        self._tried.clear()
        self._tried_near.clear()

    def leave_out(self, subjects: frozenset[int]) -> None:
        """End whatever would go on to test these subjects."""
        self._trials = [trial for trial in self._trials if subjects.isdisjoint(trial.members)]

    def _found(self, scene: Scene, hits: I32) -> list[Proposal]:
        """Groups around the subjects that just followed somebody, tested exactly and improved, best first."""
        groups: dict[tuple[int, ...], float] = {}
        fresh_ones = set(hits[:, 0].tolist())
        matters: list[frozenset[int]] = []
        for moment in self._open:
            if may_grow(moment, scene.now):
                matters.append(moment.members)
                if not moment.members.isdisjoint(fresh_ones):
                    groups[moment.finding.members] = 0.0
        grown_along_hits = propose(scene, closing(scene, hits), PROMISING)
        groups |= dict.fromkeys(_unlike(grown_along_hits, matters, TESTED), 0.0)
        for key in groups:
            groups[key] = net_bits(scene, np.array(key, np.int32))
        results: dict[tuple[int, ...], Proposal] = {}
        worth = [
            (key, bits)
            for key, bits in groups.items()
            if bits >= max(PROMISING, self._tried.get(key, -math.inf) + NEWS)
        ]
        best_first = sorted(worth, key=lambda item: (-item[1], item[0]))[:IMPROVED]
        self._tried.update(best_first)
        for best in self._all_improved(
            scene, [Proposal(np.array(key, np.int32), bits) for key, bits in best_first]
        ):
            results.setdefault(tuple(best.members.tolist()), best)
        return sorted(results.values(), key=lambda found: (-found.bits, tuple(found.members.tolist())))

    def _all_improved(self, scene: Scene, groups: Sequence[Proposal]) -> list[Proposal]:
        """Each of the groups improved, in their order; every other one beside the rest."""
        if len(groups) < 2:
            return [self._improved(scene, group) for group in groups]
        own = with_own_scratch(scene)
        others = self._beside.submit(lambda: [self._improved(own, group) for group in groups[1::2]])
        improved = [self._improved(scene, group) for group in groups[::2]]
        return [
            group for pair in zip_longest(improved, others.result()) for group in pair if group is not None
        ]

    @staticmethod
    def _improved(scene: Scene, group: Proposal) -> Proposal:
        if group.members.size >= LARGE:
            for others in (neighbours, company):
                size = 0
                while group.members.size > size:
                    size = group.members.size
                    group = take_in(scene, *group, others(scene, group.members))
        if group.members.size <= FEW:
            group = improve(scene, *group)
        return group

    def _raise_all(
        self,
        groups: Sequence[Proposal],
        border: Border,
        changed: dict[str, OpenMoment],
        second_look: SecondLook,
    ) -> None:
        """Raise those of the groups whose bits reach the threshold."""
        for members, bits in groups:
            if bits - self._share >= border.threshold:
                self._raise(members, bits - self._share, border, changed, second_look)

    def _raise(
        self,
        members: I32,
        net: float,
        border: Border,
        changed: dict[str, OpenMoment],
        second_look: SecondLook,
    ) -> None:
        """Raise a group, or let the open moment about the same thing take it in."""
        scene = border.scene
        group = frozenset(members.tolist())
        acts = everyone(sheet_of(members, scene))
        last = int(acts.time[acts.hit].max(initial=acts.time[0]))
        for at, moment in enumerate(self._open):
            if group == moment.members and may_grow(moment, scene.now) and net < moment.by_whom + NEWS:
                self._open[at] = replace(moment, last=max(moment.last, last))
                return
        about = [at for at, moment in enumerate(self._open) if alike(group, moment.members)]
        if about and may_grow(self._open[about[0]], scene.now):
            self._take_in(about[0], group, net, last, border, changed)
            return
        path = trace(acts, scene.since)
        began = int(acts.time[onset(path, acts, scene.since, scene.now).begin])
        for at in about:
            if may_grow(self._open[at], scene.now) or began <= self._open[at].last:
                self._take_in(at, group, net, last, border, changed)
                return
        for at, moment in enumerate(self._open):
            if may_grow(moment, scene.now) and began < moment.finding.raised:
                union = np.array(sorted(moment.members | group), np.int32)
                more = net_bits(scene, union) - self._share > max(net, moment.by_whom)
                if more and self._belong(scene, moment, group):
                    self._take_in(at, group, net, last, border, changed)
                    return
        corrected = second_look(members, began)
        if corrected is not None:
            border = replace(border, circles=corrected)
            net = net_bits(scene, members) - self._share
            if net < border.threshold:
                return
        raised = raise_moment(sorted(group), net, border)
        if not border.allows(raised.finding):
            return
        self._open.append(raised)
        changed[raised.finding.id] = raised

    @staticmethod
    def _belong(scene: Scene, moment: OpenMoment, group: frozenset[int]) -> bool:
        others = np.array(sorted(group - moment.members), np.int32)
        return others.size == 0 or belong(scene, np.array(moment.finding.members, np.int32), others)

    def _take_in(
        self,
        at: int,
        group: frozenset[int],
        net: float,
        last: int,
        border: Border,
        changed: dict[str, OpenMoment],
    ) -> None:
        """Let an open moment grow by a group about the same thing, whose last act was at ``last``.

        Even if it may no longer grow, or the group is no news, the moment goes on.
        """
        moment, scene = self._open[at], border.scene
        news = None
        if may_grow(moment, scene.now):
            union = moment.members | group
            union_net = net_bits(scene, np.array(sorted(union), np.int32)) - self._share
            if union_net > net and self._belong(scene, moment, group):
                best, best_net = union, union_net
            else:
                best, best_net = group, net
            news = grown(moment, sorted(best), best_net, border)
        if news is not None:
            changed[news.finding.id] = news
        self._open[at] = news if news is not None else replace(moment, last=max(moment.last, last))

    def _raise_passed(self, border: Border, changed: dict[str, OpenMoment], second_look: SecondLook) -> None:
        """End the trials that were passed, and raise them, if they are about no open moment: that grows by name."""
        going_on: list[Trial] = []
        passed: list[Trial] = []
        for trial in self._trials:
            (passed if trial.bits - self._share >= border.threshold else going_on).append(trial)
        self._trials = going_on
        for trial in passed:
            group = frozenset(trial.members)
            if self._is_open(group):
                continue
            named = core(border.scene, np.array(trial.members, np.int32))
            net = max(trial.bits, named.bits) - self._share
            self._raise(named.members, net, border, changed, second_look)

    def _propose(self, scene: Scene, hits: I32) -> None:
        """Put the best groups that are about no open moment on trial: of neighbours, and of those tested by name."""
        near = among_neighbours(scene)
        found = [members for members in [self._near(near, hits)] if members is not None]
        found += [group.members for group in self._candidates]
        new = {}
        for members in found:
            if not self._is_open(frozenset(members.tolist())):
                new[tuple(members.tolist())] = net_bits(near, members)
        self._mass, given = self._mass.after(self._border / DAY, list(new.values()))
        for wanted, mass in zip(new, given, strict=True):
            if mass > 0.0:
                self._put_on_trial(np.array(wanted, np.int32), mass, scene)

    def _is_open(self, group: frozenset[int]) -> bool:
        """Whether two of a group are of one open moment. What is on trial has bystanders in it, so for it to be about
        the same more of them need not be."""
        return any(len(group & moment.members) > 1 for moment in self._open)

    def _put_on_trial(self, members: I32, mass: float, scene: Scene) -> None:
        path = past_of(members, scene)
        for at, trial in enumerate(self._trials):
            if trial.members == tuple(members.tolist()):
                self._trials[at] = proposed(trial, members, path, scene.now, mass)
                return
        self._trials.append(proposed(None, members, path, scene.now, mass))

    def _near(self, near: Scene, hits: I32) -> I32 | None:
        """The best group around the subjects that just followed somebody, with its members priced as neighbours."""
        grown_along_hits = propose(near, np.unique(hits[:, 0]), 0.0)
        best = None
        for members in _unlike(grown_along_hits, [moment.members for moment in self._open], NEAR_TESTED):
            bits = net_bits(near, np.array(members, np.int32))
            worth = bits >= max(PROMISING, self._tried_near.get(members, -math.inf) + NEWS)
            if worth and (best is None or (bits, best[0]) > (best[1], members)):
                best = members, bits
        if best is None:
            return None
        self._tried_near[best[0]] = best[1]
        found = improve(near, np.array(best[0], np.int32), best[1]).members
        return found if found.size <= FEW else None

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
            elif any(alike(moment.members, other.members) for other in standing):
                moment = replace(moment, finding=replace(moment.finding, status="closed"))
                changed[moment.finding.id] = moment
            if moment.finding.status != "closed":
                standing.append(moment)
        self._open = sorted(standing, key=lambda moment: (moment.finding.raised, moment.finding.id))

    def state(self) -> dict[str, Any]:
        """Everything the search knows, as plain data."""
        return {
            "trials": [asdict(trial) for trial in self._trials],
            "mass": list(self._mass),
            "tried": [[list(members), bits] for members, bits in self._tried.items()],
            "tried_near": [[list(members), bits] for members, bits in self._tried_near.items()],
            "open": [asdict(moment) for moment in self._open],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a :meth:`state` that was written down and read again as JSON."""
        self._trials = [
            Trial(tuple(t["members"]), t["proposed"], tuple(t["usual"]), tuple(t["evidence"]))
            for t in state["trials"]
        ]
        self._mass = Mass(*state["mass"])
        self._tried = {tuple(members): bits for members, bits in state["tried"]}
        self._tried_near = {tuple(members): bits for members, bits in state["tried_near"]}
        self._open = [OpenMoment.of(data) for data in state["open"]]


def _unlike(proposals: Proposals, matters: list[frozenset[int]], most: int) -> list[tuple[int, ...]]:
    """The best groups that are about nothing that matters already, and no two of them about the same, at most so
    many; ``matters`` takes them in."""
    groups: list[tuple[int, ...]] = []
    for at in np.argsort(-proposals.bits, kind="stable"):
        if len(groups) == most:
            break
        row = proposals.members[at]
        members = tuple(row[row >= 0].tolist())
        group = frozenset(members)
        if not any(alike(group, other) for other in matters):
            matters.append(group)
            groups.append(members)
    return groups
