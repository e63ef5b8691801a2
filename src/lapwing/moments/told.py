"""Told: since when, and by which acts, the conduct of subjects changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border
from lapwing.moments.company import merged
from lapwing.moments.conduct import Conduct, Items
from lapwing.moments.finding import Change, Entry
from lapwing.moments.shared_start import NEXT_TO_NOTHING, STILL, Shared
from lapwing.moments.statement import state_moment

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

LEAST_DAILY = 0.01
"""Whoever acts more seldom, times a day, is taken to act so often where a factor is told."""
MIX = 3
"""So many of the kinds that grew are told."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the evidence says of one subject, or of several, at a border."""

    onset: int
    onset_between: tuple[int, int]
    when: float
    what: float
    ledger: tuple[Entry, ...]
    last: int
    """When evidence last came in."""
    acts: int
    """Acts of the members since the onset."""
    whom: float = 0.0


def told_of(
    conduct: Conduct,
    members: Sequence[int],
    parts: tuple[float, float, float],
    now: int,
    without: frozenset[str] = frozenset(),
) -> Told | None:
    """Since when, and by which acts, subjects act otherwise; None when nothing that is held says so.

    ``parts`` are the evidence of `when`, of `what` and of both. The parts told are those of the subset that carries
    the evidence; the onset is the latest start from which their bits add up to about the most, and its interval holds
    90 % of the weight of all starts.
    """
    rate, mix = _carrying(parts, without)
    items = conduct.items(members, now)
    bits = rate * items.when + mix * items.what
    if bits.size == 0:
        return None
    weight = np.cumsum(bits[::-1])[::-1]
    best_start = int(np.argmax(weight))
    if weight[best_start] <= 0.0:
        return None
    begin = int(np.flatnonzero(weight >= max(weight[best_start] - NEXT_TO_NOTHING, 0.0))[-1])
    acts = np.flatnonzero(items.row[begin:] >= 0) + begin
    first_act = int(acts[0]) if acts.size else begin
    if items.time[first_act] < items.time[begin] + conduct.bin:  # the silence of others is no beginning
        begin = first_act
    share = np.cumsum(np.exp2(weight - weight[begin]))
    earliest = min(begin, int(np.searchsorted(share, 0.05 * share[-1])))
    latest = max(begin, int(np.searchsorted(share, 0.95 * share[-1])))
    onset_between = (int(items.time[earliest]), int(items.time[min(latest, bits.size - 1)]))
    return _told(items, begin, rate, mix, onset_between)


def told_since(
    conduct: Conduct,
    members: Sequence[int],
    parts: tuple[float, float, float],
    onset: int,
    now: int,
    without: frozenset[str],
) -> Told | None:
    """The same since an ``onset`` that is told elsewhere (microseconds); None when nothing is held since."""
    rate, mix = _carrying(parts, without)
    items = conduct.items(members, now)
    begin = int(np.searchsorted(items.time, onset))
    return _told(items, begin, rate, mix, (onset, onset)) if begin < items.time.size else None


def _carrying(parts: tuple[float, float, float], without: frozenset[str]) -> tuple[bool, bool]:
    """Whether `when`, and whether `what`, carry the evidence."""
    if "what" in without:
        return True, False
    if "when" in without:
        return False, True
    best = max(parts)
    return best in (parts[0], parts[2]), best in (parts[1], parts[2])


def _told(items: Items, begin: int, rate: bool, mix: bool, onset_between: tuple[int, int]) -> Told:
    behind = Items(items.time[begin:], items.row[begin:], items.when[begin:], items.what[begin:])
    bits = rate * behind.when + mix * behind.what
    acts = np.flatnonzero(behind.row >= 0)
    rows, brought = behind.row[acts].tolist(), bits[acts].tolist()
    telling = np.flatnonzero(bits >= STILL)
    return Told(
        onset=int(behind.time[0]),
        onset_between=onset_between,
        when=sum(behind.when.tolist()) if rate else 0.0,
        what=sum(behind.what.tolist()) if mix else 0.0,
        ledger=tuple(Entry(row, (), value) for row, value in zip(rows, brought, strict=True)),
        last=int(behind.time[telling[-1] if telling.size else 0]),
        acts=len(rows),
    )


def told_of_group(
    conduct: Conduct, members: I32, shared: Shared, border: Border, without: frozenset[str]
) -> Told | None:
    """The same of several subjects, with what they took up from one another where that is part of the evidence."""
    parts = (shared.when, shared.what, shared.both)
    told = told_of(conduct, members.tolist(), parts, border.now, without)
    if told is None or not shared.with_company:
        return told
    company = state_moment(members, border.scene, border.now)
    return replace(
        told,
        whom=company.bits,
        ledger=merged(told.ledger, company.ledger),
        last=max(told.last, company.last),
    )


def change_of(now: int, conduct: Conduct, members: Sequence[int], told: Told) -> Change:
    """How the members act since the onset: their acts a day together, by which factor these changed, their mean mix."""
    rates = [conduct.rate(one) for one in members]
    mixes: dict[int, tuple[float, float]] = {}
    for one in members:
        for kind, usual, lately in conduct.mix(one):
            before, since = mixes.get(kind, (0.0, 0.0))
            mixes[kind] = before + usual / len(members), since + lately / len(members)
    grown = sorted(mixes.items(), key=lambda item: (item[1][0] - item[1][1], item[0]))
    days = max(now - told.onset, 1) / DAY
    factor, daily, usual_daily = rates[0][0], told.acts / days, sum(usual for _, usual in rates)
    if len(members) > 1:
        factor = daily / max(usual_daily, LEAST_DAILY)
    return Change(
        usual_daily=usual_daily,
        daily=daily,
        factor=factor if told.when else None,
        mix=tuple((kind, usual, lately) for kind, (usual, lately) in grown[:MIX]) if told.what else (),
    )
