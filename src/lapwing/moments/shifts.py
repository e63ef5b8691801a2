"""Shifts: which subjects began to act otherwise than before, and what became of the moments about them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border
from lapwing.moments.budget_shares import share_bits
from lapwing.moments.conduct import Conduct, Item
from lapwing.moments.finding import Change, Entry, Finding
from lapwing.moments.life import NEWS, OpenMoment, aged, identity_of, may_grow
from lapwing.moments.moment import Bits
from lapwing.moments.statement import LANES_BEFORE, lanes_of

F64 = NDArray[np.float64]

MIX = 3
"""So many of the kinds that grew are told."""
NEXT_TO_NOTHING = 2.0
"""Of the starts whose bits are within so many of the best, the latest is told as the onset."""
STILL = 0.25
"""Evidence still comes in while a bin brings so many bits."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the evidence says of one subject at a border."""

    onset: int
    onset_between: tuple[int, int]
    when: float
    what: float
    ledger: tuple[Entry, ...]
    last: int
    """When evidence last came in."""


class Shifts:
    """The open shifts of one watch."""

    def __init__(self, without: frozenset[str]) -> None:
        self._without = without
        self._open: list[OpenMoment] = []
        self._settled: set[str] = set()
        """Open shifts whose subjects' present has become their usual."""

    def look(
        self, border: Border, conduct: Conduct, elsewhere: Sequence[OpenMoment], closed_bin: bool
    ) -> list[Finding]:
        """The shifts whose state changed at this border, in a fixed order.

        ``elsewhere`` are open moments of several subjects: a shift of one of them in the same days belongs to that
        moment. ``closed_bin`` says whether `conduct` knows more than at the last border.
        """
        changed: dict[str, OpenMoment] = {}
        now = border.now
        self._settle(conduct, now)
        if closed_bin and not {"when", "what"} <= self._without:
            net = conduct.log2_r() - border.scene.costs - share_bits(self._without)
            self._grow(border, conduct, net, changed)
            busy = {subject for moment in self._open if may_grow(moment, now) for subject in moment.members}
            for subject in np.flatnonzero(net >= border.threshold).tolist():
                if subject not in busy:
                    self._raise(border, conduct, subject, float(net[subject]), elsewhere, changed)
        self._age(border, conduct, elsewhere, changed)
        return [moment.finding for moment in changed.values()]

    def leave_out(self, subjects: frozenset[int]) -> None:
        """State nothing more of these subjects."""
        self._open = [moment for moment in self._open if subjects.isdisjoint(moment.members)]

    def _settle(self, conduct: Conduct, now: int) -> None:
        """What goes on for so long after a shift was raised is usual from then on."""
        over = [
            moment
            for moment in self._open
            if not may_grow(moment, now) and moment.finding.id not in self._settled
        ]
        if over:
            conduct.settle(sorted({s for moment in over for s in moment.members}), now)
            self._settled |= {moment.finding.id for moment in over}

    def _raise(
        self,
        border: Border,
        conduct: Conduct,
        subject: int,
        net: float,
        elsewhere: Sequence[OpenMoment],
        changed: dict[str, OpenMoment],
    ) -> None:
        now = border.now
        told = told_of(conduct, subject, now, self._without)
        if told is None or any(taken_in(subject, told.onset, moment, now) for moment in elsewhere):
            return
        id_ = identity_of("shift", told.onset, now, [border.names[subject]])
        moment = replace(_stated(border, conduct, subject, net, told, now, id_), last=now)
        self._open.append(moment)
        changed[id_] = moment

    def _grow(self, border: Border, conduct: Conduct, net: F64, changed: dict[str, OpenMoment]) -> None:
        now = border.now
        for at, moment in enumerate(self._open):
            if not may_grow(moment, now):
                continue
            old = moment.finding
            subject = old.members[0]
            if math.isinf(net[subject]):
                continue
            told = told_of(conduct, subject, now, self._without)
            if told is None or told.onset >= old.raised:
                continue
            if net[subject] >= old.bits.net + NEWS:
                moment = _stated(border, conduct, subject, float(net[subject]), told, old.raised, old.id)
                changed[old.id] = moment
            self._open[at] = replace(moment, last=max(moment.last, told.last))

    def _age(
        self,
        border: Border,
        conduct: Conduct,
        elsewhere: Sequence[OpenMoment],
        changed: dict[str, OpenMoment],
    ) -> None:
        now, standing = border.now, []
        for moment in self._open:
            older = aged(moment, now, border.threshold)
            finding = moment.finding
            if older is not None:
                moment = changed[finding.id] = older
            elif any(taken_in(finding.members[0], finding.onset, other, now) for other in elsewhere):
                moment = changed[finding.id] = replace(moment, finding=replace(finding, status="closed"))
            if moment.finding.status != "closed":
                standing.append(moment)
            elif finding.id not in self._settled:
                # what did not last is over, and must not be raised again for the same acts
                conduct.settle(list(finding.members), now)
        self._open = standing
        self._settled &= {moment.finding.id for moment in standing}

    def state(self) -> dict[str, Any]:
        """Everything known here, as plain data."""
        return {"open": [asdict(moment) for moment in self._open], "settled": sorted(self._settled)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a :meth:`state` that was written down and read again as JSON."""
        self._open = [OpenMoment.of(data) for data in state["open"]]
        self._settled = set(state["settled"])


def taken_in(subject: int, onset: int, moment: OpenMoment, now: int) -> bool:
    """Whether the shift of a subject belongs to an open moment of several: the same days, and it is a member."""
    return (
        len(moment.members) > 1
        and subject in moment.members
        and may_grow(moment, now)
        and onset < moment.finding.raised + DAY
        and moment.finding.onset - 3 * DAY <= onset
    )


def told_of(conduct: Conduct, subject: int, now: int, without: frozenset[str] = frozenset()) -> Told | None:
    """Since when, and by which acts, a subject acts otherwise; None when nothing that is held says so.

    The parts told are those of the subset that carries the evidence; the onset is the latest start from which their
    bits add up to about the most, and its interval holds 90 % of the weight of all starts.
    """
    rates, mixes, both = conduct.parts(subject)
    if "what" in without:
        rate, mix = True, False
    elif "when" in without:
        rate, mix = False, True
    else:
        best = max(rates, mixes, both)
        rate, mix = best in (rates, both), best in (mixes, both)
    items = conduct.items(subject, now)
    bits = np.array([rate * item.when + mix * item.what for item in items])
    if bits.size == 0:
        return None
    weight = np.cumsum(bits[::-1])[::-1]
    best_start = int(np.argmax(weight))
    if weight[best_start] <= 0.0:
        return None
    begin = int(np.flatnonzero(weight >= max(weight[best_start] - NEXT_TO_NOTHING, 0.0))[-1])
    share = np.cumsum(np.exp2(weight - weight[begin]))
    earliest = min(begin, int(np.searchsorted(share, 0.05 * share[-1])))
    latest = max(begin, int(np.searchsorted(share, 0.95 * share[-1])))
    behind = items[begin:]
    return Told(
        onset=items[begin].time,
        onset_between=(items[earliest].time, items[min(latest, len(items) - 1)].time),
        when=sum(item.when for item in behind) if rate else 0.0,
        what=sum(item.what for item in behind) if mix else 0.0,
        ledger=tuple(
            Entry(item.row, (), float(rate * item.when + mix * item.what)) for item in behind if item.row >= 0
        ),
        last=_last(behind, bits[begin:]),
    )


def _last(items: Sequence[Item], bits: F64) -> int:
    telling = np.flatnonzero(bits >= STILL)
    return items[int(telling[-1])].time if telling.size else items[0].time


def _stated(
    border: Border, conduct: Conduct, subject: int, net: float, told: Told, raised: int, id_: str
) -> OpenMoment:
    # what lies before the acts held, or was known when it began, costs nothing anew
    when, what = told.when, told.what
    missing = max(0.0, net - when - what)
    if when >= what:
        when += missing
    else:
        what += missing
    naming = when + what - net
    path = conduct.path(subject)
    lowered = path[-1][1] - net if path else 0.0
    lane = conduct.lane(subject, told.onset - LANES_BEFORE)
    lanes, left_out = lanes_of(lane, told.ledger)
    factor, usual = conduct.rate(subject)
    days = max(border.now - told.onset, 1) / DAY
    finding = Finding(
        id=id_,
        type="shift",
        members=(subject,),
        onset=told.onset,
        onset_between=told.onset_between,
        raised=raised,
        bits=Bits(when=when, what=what, whom=0.0, naming=naming, net=net),
        stage=None,
        status="open",
        ledger=told.ledger,
        circles=(int(border.circles[subject]),),
        lanes=lanes,
        lanes_left_out=left_out,
        ties_before=(),
        ties_after=(),
        curve=tuple((time, bits - lowered) for time, bits in path),
        change=Change(
            usual_daily=usual,
            daily=len(told.ledger) / days,
            factor=factor if told.when else None,
            mix=tuple(conduct.mix(subject)[:MIX]) if told.what else (),
        ),
    )
    return OpenMoment(finding, told.last)
