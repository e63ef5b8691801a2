"""Shared starts: subjects whose conduct changed within a day, as one group.

`when` and `what` of several subjects add: since a start that they share, the likelihood ratio of the group is the
product of theirs. The restart mixture weighs every bin held as that start, each with the mass of a bin, for `when`,
for `what` and for both; what decides is the mean over these, so that nobody picks the best part after the fact, and
then the mean of this alone and of this with what the members took up from one another
(:mod:`lapwing.moments.company`). The group pays for its name, and for its size from one subject on.

Whoever began within :data:`WITHIN` bins of one another may share a start; among these, a member has to bring
:data:`~lapwing.moments.groups.MEMBER` bits beyond its name. Whether they are one moment is another question
(:mod:`lapwing.moments.common_ground`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.moments.border import Border
from lapwing.moments.budget_shares import share_bits
from lapwing.moments.company import company_by_day
from lapwing.moments.conduct import Conduct
from lapwing.moments.groups import MEMBER
from lapwing.moments.naming import naming_bits, size_bits

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

ONE_OR_SEVERAL = 1.0
"""Cost of saying whether one subject shifted or several did, bits: each has half of the weight."""
CHEAPER = 10.0
"""Whose evidence falls short of its price by more than this is in no group: the largest group makes names so much
cheaper, since the order in which they are named does not matter."""
WITHIN = 4
"""Members of a group began within so many bins of one another: a day, since an onset is known no better."""
MOST = 1000
"""At most so many are in a group."""
ROUNDING = 1e-6
"""No sum of bits is further off."""
SIZES = np.array([size_bits(size) for size in range(1, MOST + 1)])
BEST = 4
"""At most so many groups are tested at a border."""
NEXT_TO_NOTHING = 2.0
"""Of the starts whose bits are within so many of the best, the latest is taken as the onset."""
STILL = 0.25
"""Evidence still comes in while a bin brings so many bits."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The evidence of a group."""

    when: float
    """log2 of the restart mixture of `when` alone."""
    what: float
    both: float
    whole: float
    """log2 of the mean of two: the mean of these, of those in use, and this with what the members took up from one
    another."""
    with_company: bool
    """Whether what they took up from one another is part of it: where it adds nothing, it is not told."""
    onset: int
    """Begin of the bin from which on the best part brings about the most, microseconds."""
    within: int
    """Within how many bins the members began."""
    last: int
    """Begin of the last bin that still brought evidence."""
    path: tuple[tuple[int, float], ...]
    """The mean of those in use at the end of each bin held: (microseconds, log2)."""

    def net(self, members: I32, border: Border, without: frozenset[str]) -> float:
        """Bits net of naming this group and of the share of the budget."""
        price = float(naming_bits(members, border.scene.costs)) + ONE_OR_SEVERAL
        return self.whole - price - share_bits(without)


def groups_of(conduct: Conduct, border: Border, without: frozenset[str]) -> list[I32]:
    """The groups of two or more that promise most, ascending members each; no two of them share a member."""
    evidence = conduct.log2_r()
    costs = border.scene.costs[: evidence.size]
    who = np.flatnonzero(np.isfinite(costs) & (evidence >= costs - CHEAPER)).astype(np.int32)
    if who.size < 2:
        return []
    found = []
    for bits in parts_in_use(*conduct.bits_by_bin(who)[1:], without):
        most, onset = _starts(bits)
        able = _able(most - costs[who])
        if able.size >= 2:
            some, begins = who[able], np.unique(onset[onset >= 0])
            together = _began_together(bits[able], onset[able], costs[some], begins)
            found += [(total, tuple(some[group].tolist())) for total, group in together]
    best: list[tuple[int, ...]] = []
    taken: set[int] = set()
    for _, members in sorted(found, key=lambda one: (-one[0], one[1])):
        if len(best) < BEST and taken.isdisjoint(members):
            best.append(members)
            taken.update(members)
    return [np.array(members, np.int32) for members in best]


def parts_in_use(when: F64, what: F64, without: frozenset[str]) -> Sequence[F64]:
    """The evidence by bin of `when`, of `what`, and of both, as far as these detectors are in use."""
    if "what" in without:
        return [when]
    return [what] if "when" in without else [when, what, when + what]


def _able(excess: F64) -> I64:
    """Who may be in a group at all, ascending; ``excess`` is what each brings beyond its price since its best start.

    The member that makes a group of ``k`` pays for itself only if it, and so all of them, bring more than
    ``-log2(k - 2)``, which is what its size takes off: so all those in question, of whom there are ``k`` or more, do.
    """
    order = np.argsort(-excess, kind="stable")
    needed = np.append(np.full(min(2, order.size), -np.inf), -np.log2(np.arange(1, order.size - 1)))
    pays = np.flatnonzero(excess[order] > needed - ROUNDING)
    return np.sort(order[: int(pays[-1]) + 1]) if pays.size else order[:0]


@kernel
def _starts(bits: F64) -> tuple[F64, I64]:
    """The bits of each subject since its best start, and the bin where each began, -1 if it did not; shape (subjects,).
    ``bits`` has the shape (subjects, bins)."""
    subjects, bins = bits.shape
    most, onset = np.full(subjects, -np.inf), np.full(subjects, -1, np.int64)
    for i in range(subjects):
        since = 0.0
        for t in range(bins - 1, -1, -1):
            since += bits[i, t]
            most[i] = max(most[i], since)
        near, since = max(most[i] - NEXT_TO_NOTHING, 0.0), 0.0
        for t in range(bins - 1, -1, -1):
            since += bits[i, t]
            if since >= near:
                onset[i] = t
                break
    return most, onset


def _began_together(bits: F64, onset: I64, costs: F64, begins: I64) -> Iterator[tuple[float, I64]]:
    """Groups that began within :data:`WITHIN` bins from one of ``begins`` on, and what they bring net; ``bits``
    (subjects, bins)."""
    since = np.cumsum(bits[:, ::-1], axis=1)[:, ::-1]
    for begin in begins.tolist():
        group = np.flatnonzero((onset >= begin) & (onset < begin + WITHIN))
        excess = since[group, begin] - costs[group]
        order = np.lexsort((group, -excess))[:MOST]
        group, excess = group[order], excess[order]
        while group.size >= 2:
            sizes = SIZES[: group.size]
            total = np.cumsum(excess) - sizes
            best = int(np.argmax(total[1:])) + 2
            pays = excess[:best] - (sizes[best - 1] - sizes[best - 2]) >= MEMBER
            if pays.all():
                yield float(total[best - 1]), np.sort(group[:best])
                break
            group, excess = group[:best][pays], excess[:best][pays]


def evidence_of(
    conduct: Conduct, members: I32, border: Border, without: frozenset[str], *, but_one: bool = False
) -> Shared | None:
    """The evidence of one group at this border; None while nothing of them is held.

    ``but_one`` leaves out the conduct of the member for whom it speaks most: the group must not stand on one.
    """
    begin, when, what = conduct.bits_by_bin(members)
    if begin.size == 0:
        return None
    if but_one:
        most = int(np.argmax(_starts(when + what)[0]))
        when[most] = what[most] = 0.0
    parts = parts_in_use(when, what, without)
    sums = np.array([bits.sum(axis=0) for bits in parts])
    paths = _restarts(sums, math.log2(conduct.mass))
    path = np.logaddexp2.reduce(paths, axis=0) - math.log2(len(paths))
    alone = float(path[-1])
    together = -math.inf
    if members.size > 1 and "whom" not in without:
        for end, company in company_by_day(members, border.scene):
            later = [float(bits[begin >= end].sum()) for bits in sums]
            conduct_since = float(np.logaddexp2.reduce(later)) - math.log2(len(later))
            together = float(np.logaddexp2(together, company + conduct_since))
        whole = float(np.logaddexp2(alone, together)) - 1.0
    else:
        whole = alone
    last = [float(one[-1]) for one in paths]
    carrying = int(np.argmax(last))
    began = _starts(parts[carrying])[1]
    onset, latest = next(_spans(sums[carrying][None], begin))
    nothing = -math.inf
    return Shared(
        when=nothing if "when" in without else last[0],
        what=nothing if "what" in without else last[-1 if "when" in without else 1],
        both=last[2] if len(last) == 3 else nothing,
        whole=whole,
        with_company=together > alone,
        onset=onset,
        within=int(began.max() - began.min()) + 1,
        last=latest,
        path=tuple(zip((begin + conduct.bin).tolist(), path.tolist(), strict=True)),
    )


def going_on(conduct: Conduct, subjects: I32, without: frozenset[str]) -> Iterator[tuple[int, int]]:
    """``onset`` and ``last`` of :func:`evidence_of` for each of some single subjects; nothing while none is held."""
    who, place = np.unique(subjects, return_inverse=True)
    begin, when, what = conduct.bits_by_bin(who)
    if begin.size == 0:
        return
    parts = np.array(parts_in_use(when, what, without))
    carrying = np.argmax(_restarts(parts, math.log2(conduct.mass))[..., -1], axis=0)
    yield from _spans(parts[carrying, np.arange(who.size)][place], begin)


def _spans(bits: F64, begin: I64) -> Iterator[tuple[int, int]]:
    """Of each row of ``bits`` (rows, bins), the begin of the bin from which on it brings about the most, and that of
    the last bin that still brought evidence, 0 if none did."""
    since = np.cumsum(bits[:, ::-1], axis=1)[:, ::-1]
    near, telling = since >= since.max(axis=1, keepdims=True) - NEXT_TO_NOTHING, bits >= STILL
    for one in range(bits.shape[0]):
        told = np.flatnonzero(telling[one])
        yield int(begin[np.flatnonzero(near[one])[-1]]), int(begin[told[-1]]) if told.size else 0


def _restarts(bits: F64, mass: float) -> F64:
    """log2 of the restart mixture after every bin, each bin a start of ``mass`` (log2); ``bits`` of the bins held, in
    the last dimension."""
    path = np.empty(bits.shape)
    r = np.full(bits.shape[:-1], -math.inf)
    for at in range(bits.shape[-1]):
        r = np.logaddexp2(r, mass) + bits[..., at]
        path[..., at] = r
    return path
