"""Shifts: which subjects began to act otherwise than before, and what became of the moments about them.

Several who began within a day of one another (:mod:`lapwing.moments.shared_start`) are one moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border
from lapwing.moments.budget_shares import share_bits
from lapwing.moments.common_ground import Ground, bits_for_one, ground_of
from lapwing.moments.conduct import KEPT, Conduct
from lapwing.moments.finding import Finding
from lapwing.moments.life import NEWS, OpenMoment, aged, alike, identity_of, may_grow, told_elsewhere
from lapwing.moments.moment import Bits
from lapwing.moments.shared_start import (
    ONE_OR_SEVERAL,
    WITHIN,
    Shared,
    evidence_of,
    going_on,
    groups_of,
)
from lapwing.moments.statement import LANES_BEFORE, lanes_of, ties_around
from lapwing.moments.told import Told, change_of, told_of, told_of_group

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

MONTH = 30 * DAY
UNSEEN = 10
"""Single subjects that shift too little to be raised: so many times the budget, besides those that were raised."""
ODDS = 3.0
"""That several who began within a day are one moment has to be so many bits likelier than that they are many."""


class Shifts:
    """The open shifts of one watch."""

    def __init__(self, without: frozenset[str]) -> None:
        self._without = without
        self._open: list[OpenMoment] = []
        self._settled: set[str] = set()
        """Open shifts whose subjects' present has become their usual."""
        self._singles: list[int] = []
        """When shifts of single subjects were raised, of the last :data:`MONTH`."""
        self._held_back: dict[int, int] = {}
        """By subject, since when a shift reaches the threshold that is not raised, since it stands on weak kinds."""

    def look(
        self, border: Border, conduct: Conduct, elsewhere: Sequence[OpenMoment], closed_bin: bool
    ) -> list[Finding]:
        """The shifts whose state changed at this border, in a fixed order.

        ``elsewhere`` are open meetings and progressions: a shift of their members in the same days belongs to them.
        ``closed_bin`` says whether `conduct` knows more than at the last border.
        """
        changed: dict[str, OpenMoment] = {}
        now = border.now
        self._settle(conduct, now)
        self._singles = [raised for raised in self._singles if raised > now - MONTH]
        if closed_bin and not {"when", "what"} <= self._without:
            net = conduct.log2_r() - border.scene.costs - ONE_OR_SEVERAL - share_bits(self._without)
            self._grow(border, conduct, net, changed)
            for members in groups_of(conduct, border, self._without):
                if not told_elsewhere(frozenset(members.tolist()), elsewhere, now):
                    self._take_group(border, conduct, members, changed)
            busy = {subject for moment in self._open if may_grow(moment, now) for subject in moment.members}
            loud = np.flatnonzero(net >= border.threshold).tolist()
            self._held_back = {one: self._held_back[one] for one in loud if one in self._held_back}
            for subject in loud:
                if subject not in busy:
                    self._raise_one(border, conduct, subject, float(net[subject]), elsewhere, changed)
        self._age(border, conduct, elsewhere, changed)
        return [moment.finding for moment in changed.values()]

    def leave_out(self, subjects: frozenset[int]) -> None:
        """State nothing more of these subjects."""
        self._open = [moment for moment in self._open if subjects.isdisjoint(moment.members)]
        self._held_back = {one: since for one, since in self._held_back.items() if one not in subjects}

    def _settle(self, conduct: Conduct, now: int) -> None:
        """What goes on for so long after a shift was raised, or held back, is usual from then on."""
        over = [
            moment
            for moment in self._open
            if not may_grow(moment, now) and moment.finding.id not in self._settled
        ]
        if over:
            conduct.settle(sorted({s for moment in over for s in moment.members}), now)
            self._settled |= {moment.finding.id for moment in over}
        talk = [one for one, since in self._held_back.items() if now - since >= KEPT]
        if talk:
            conduct.settle(talk, now)
            self._held_back = {one: since for one, since in self._held_back.items() if one not in talk}

    # -- one subject ---------------------------------------------------------------------------------------

    def _raise_one(
        self,
        border: Border,
        conduct: Conduct,
        subject: int,
        net: float,
        elsewhere: Sequence[OpenMoment],
        changed: dict[str, OpenMoment],
    ) -> None:
        told = told_of(conduct, (subject,), conduct.parts(subject), border.now, self._without)
        if told is None or any(taken_in(subject, told.onset, moment, border.now) for moment in elsewhere):
            return
        finding = stated(border, conduct, (subject,), net, told, conduct.path(subject))
        if border.allows(finding, conduct, forgotten(net, told)):
            self._raise(border, finding, changed)
            self._singles.append(border.now)
            self._held_back.pop(subject, None)
        else:
            self._held_back.setdefault(subject, border.now)

    def _raise(self, border: Border, finding: Finding, changed: dict[str, OpenMoment]) -> None:
        names = [border.names[member] for member in finding.members]
        id_ = identity_of("shift", finding.onset, border.now, names)
        changed[id_] = OpenMoment(replace(finding, id=id_), border.now)
        self._open.append(changed[id_])

    def _grow(self, border: Border, conduct: Conduct, net: F64, changed: dict[str, OpenMoment]) -> None:
        growing = []
        for at, moment in enumerate(self._open):
            members = np.array(moment.finding.members, np.int32)
            if may_grow(moment, border.now) and np.isfinite(border.scene.costs[members]).all():
                growing.append((at, members))
        singles = [at for at, members in growing if members.size == 1]
        ones = np.array([self._open[at].finding.members[0] for at in singles], np.int32)
        alone = dict(zip(singles, going_on(conduct, ones, self._without), strict=False))
        for at, members in growing:
            if members.size > 1:
                self._go_on(at, border, conduct, members, changed)
            elif at in alone and alone[at][0] < self._open[at].finding.raised:
                one = int(members[0])
                self._go_on_alone(at, border, conduct, one, float(net[one]), alone[at][1], changed)

    def _go_on_alone(
        self,
        at: int,
        border: Border,
        conduct: Conduct,
        one: int,
        net: float,
        last: int,
        changed: dict[str, OpenMoment],
    ) -> None:
        """Let the open shift of one subject go on, whose evidence last came in at ``last``; ``net`` are the bits of all
        starts since ever."""
        if self._is_news(at, (one,), net):
            told = told_of(conduct, (one,), conduct.parts(one), border.now, self._without)
            self._state_anew(at, border, conduct, (one,), net, told, conduct.path(one), changed)
        else:
            self._open[at] = replace(self._open[at], last=max(self._open[at].last, last))

    def _go_on(
        self, at: int, border: Border, conduct: Conduct, members: I32, changed: dict[str, OpenMoment]
    ) -> None:
        """Let an open shift of several go on with these members."""
        moment = self._open[at]
        shared = evidence_of(conduct, members, border, self._without)
        if shared is None or shared.onset >= moment.finding.raised:
            return
        net = shared.net(members, border, self._without)
        if self._is_news(at, members.tolist(), net):
            told = told_of_group(conduct, members, shared, border, self._without)
            self._state_anew(at, border, conduct, members.tolist(), net, told, shared.path, changed)
        elif members.size == len(moment.members):
            self._open[at] = replace(moment, last=max(moment.last, shared.last))

    def _state_anew(
        self,
        at: int,
        border: Border,
        conduct: Conduct,
        members: Sequence[int],
        net: float,
        told: Told | None,
        path: Sequence[tuple[int, float]],
        changed: dict[str, OpenMoment],
    ) -> None:
        """Let an open shift say what is known now, if that is news and not another change than the one raised."""
        old = self._open[at].finding
        if told is None or told.onset >= old.raised:
            return
        finding = stated(border, conduct, members, net, told, path)
        finding = replace(finding, id=old.id, raised=old.raised)
        self._open[at] = changed[old.id] = OpenMoment(finding, max(self._open[at].last, told.last))

    def _is_news(self, at: int, members: Sequence[int], net: float) -> bool:
        old = self._open[at].finding
        return net >= old.bits.net + NEWS or (len(members) > len(old.members) and net > old.bits.net)

    # -- several -------------------------------------------------------------------------------------------

    def _take_group(
        self, border: Border, conduct: Conduct, members: I32, changed: dict[str, OpenMoment]
    ) -> None:
        """Raise a group whose members began together, or let the open shift about it grow.

        Open shifts of single members that began with them become one with it: the first raised goes on as the group.
        """
        now, group = border.now, frozenset(members.tolist())
        growing = [(at, moment) for at, moment in enumerate(self._open) if may_grow(moment, now)]
        about = [(at, moment) for at, moment in growing if alike(group, moment.members)]
        if about:
            self._let_join(about[0][0], members, border, conduct, changed)
            return
        shared = evidence_of(conduct, members, border, self._without)
        if shared is None or not (net := shared.net(members, border, self._without)) >= border.threshold:
            return
        ground = ground_of(members, shared.onset, border)
        if self._for_one(members, ground, shared, border, conduct) < ODDS:
            sharing = members[ground.sharing]
            if 2 <= sharing.size < members.size:
                self._take_group(border, conduct, sharing, changed)
            return
        told = told_of_group(conduct, members, shared, border, self._without)
        if told is None:
            return
        near = WITHIN * conduct.bin
        parts = [
            at
            for at, moment in growing
            if moment.members <= group and abs(moment.finding.onset - told.onset) <= near
        ]
        if not parts:
            finding = stated(border, conduct, members.tolist(), net, told, shared.path)
            if border.allows(finding, conduct, forgotten(net, told)):
                self._raise(border, finding, changed)
            return
        first, *others = sorted(parts, key=lambda at: self._open[at].finding.raised)
        if not self._is_news(first, members.tolist(), net):
            return
        self._state_anew(first, border, conduct, members.tolist(), net, told, shared.path, changed)
        if len(self._open[first].members) > 1:
            for at in (first, *others):
                if self._open[at].finding.raised in self._singles:
                    self._singles.remove(self._open[at].finding.raised)
            for at in others:
                over = self._open[at].finding
                changed[over.id] = replace(self._open[at], finding=replace(over, status="closed"))
            self._open = [moment for at, moment in enumerate(self._open) if at not in others]

    def _let_join(
        self, at: int, members: I32, border: Border, conduct: Conduct, changed: dict[str, OpenMoment]
    ) -> None:
        """Let these join an open shift of several, where that is rather the one moment than it was without them."""
        before = np.array(self._open[at].finding.members, np.int32)
        after = np.union1d(before, members)
        if after.size == before.size:
            return
        odds = []
        for group in (before, after):
            # when they began, which is all that is asked here, has nothing to do with what they took up
            shared = evidence_of(conduct, group, border, self._without | {"whom"})
            if shared is None:
                return
            ground = ground_of(group, shared.onset, border)
            odds.append(self._for_one(group, ground, shared, border, conduct))
        if odds[1] >= odds[0]:
            self._go_on(at, border, conduct, after, changed)

    def _for_one(
        self, members: I32, ground: Ground, shared: Shared, border: Border, conduct: Conduct
    ) -> float:
        """Bits for the reading of these members as one moment, and not as many that met by accident.

        By itself a subject shifts as often as single shifts were raised of late, or as there are others for whom at
        least as much speaks as for it: whether these were raised or not, or belong to what is told elsewhere.
        """
        groups = 2.0**-border.threshold
        raised = len(self._singles) * DAY / MONTH
        excess = conduct.log2_r()
        excess = excess - border.scene.costs[: excess.size]
        mine = excess[members]
        others = np.sort(np.delete(excess, members))
        as_much = others.size - np.searchsorted(others, mine)
        daily = UNSEEN * groups + np.maximum(raised, as_much * DAY / KEPT)
        days = shared.within * conduct.bin / DAY
        return bits_for_one(ground.bits, days * daily, days * groups)

    def _age(
        self,
        border: Border,
        conduct: Conduct,
        elsewhere: Sequence[OpenMoment],
        changed: dict[str, OpenMoment],
    ) -> None:
        now, standing = border.now, []
        about: dict[int, list[OpenMoment]] = {}
        for other in elsewhere:
            for member in other.finding.members:
                about.setdefault(member, []).append(other)
        for moment in self._open:
            older = aged(moment, now, border.threshold)
            finding = moment.finding
            if older is not None:
                moment = changed[finding.id] = older
            elif self._belongs(moment, about, now):
                moment = changed[finding.id] = replace(moment, finding=replace(finding, status="closed"))
            if moment.finding.status != "closed":
                standing.append(moment)
            elif finding.id not in self._settled:
                # what did not last is over, and must not be raised again for the same acts
                conduct.settle(list(finding.members), now)
        self._open = standing
        self._settled &= {moment.finding.id for moment in standing}

    @staticmethod
    def _belongs(moment: OpenMoment, about: Mapping[int, Sequence[OpenMoment]], now: int) -> bool:
        """Whether an open moment elsewhere tells this one; ``about`` are those by member."""
        members = moment.finding.members
        if len(members) > 1:
            shared = {other.finding.id: other for member in members for other in about.get(member, ())}
            return told_elsewhere(moment.members, list(shared.values()), now)
        return any(
            taken_in(members[0], moment.finding.onset, other, now) for other in about.get(members[0], ())
        )

    def state(self) -> dict[str, Any]:
        """Everything known here, as plain data."""
        return {
            "open": [asdict(moment) for moment in self._open],
            "settled": sorted(self._settled),
            "singles": self._singles,
            "held_back": list(self._held_back.items()),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a :meth:`state` that was written down and read again as JSON."""
        self._open = [OpenMoment.of(data) for data in state["open"]]
        self._settled = set(state["settled"])
        self._singles = list(state["singles"])
        self._held_back = dict(state["held_back"])


def taken_in(subject: int, onset: int, moment: OpenMoment, now: int) -> bool:
    """Whether the shift of a subject belongs to an open moment of several: the same days, and it is a member."""
    return (
        len(moment.finding.members) > 1
        and subject in moment.finding.members
        and may_grow(moment, now)
        and onset < moment.finding.raised + DAY
        and moment.finding.onset - 3 * DAY <= onset
    )


def forgotten(net: float, told: Told) -> float:
    """Bits of what lies before the acts held: so many of the ``net`` bits are not in what is told."""
    return max(0.0, net - told.when - told.what - told.whom)


def stated(
    border: Border,
    conduct: Conduct,
    members: Sequence[int],
    net: float,
    told: Told,
    path: Sequence[tuple[int, float]],
) -> Finding:
    """The shift of these members as it stands at this border, raised here and without an id; ``path`` is their evidence
    over time: (microseconds, log2)."""
    # what lies before the acts held, or was known when it began, costs nothing anew
    when, what = told.when, told.what
    missing = forgotten(net, told)
    if when >= what:
        when += missing
    else:
        what += missing
    lowered = path[-1][1] - net if path else 0.0
    lane = np.sort(np.concatenate([conduct.lane(one, told.onset - LANES_BEFORE) for one in members]))
    lanes, left_out = lanes_of(lane, told.ledger)
    who = np.array(members, np.int32)
    before, after = ties_around(who, border.scene, told.onset) if who.size > 1 else ((), ())
    return Finding(
        id="",
        type="shift",
        members=tuple(map(int, members)),
        onset=told.onset,
        onset_between=told.onset_between,
        raised=border.now,
        bits=Bits(when=when, what=what, whom=told.whom, naming=when + what + told.whom - net, net=net),
        stage=None,
        status="open",
        ledger=told.ledger,
        circles=tuple(map(int, border.circles[who])),
        lanes=lanes,
        lanes_left_out=left_out,
        ties_before=before,
        ties_after=after,
        curve=tuple((time, bits - lowered) for time, bits in path),
        change=change_of(border.now, conduct, members, told),
    )
