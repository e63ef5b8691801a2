"""Finding the group: from hits to candidates, from candidates to the best exact group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.restart import STARTS, log2_r
from lapwing.evidence.slots import little, slot_of
from lapwing.evidence.touches import Touches
from lapwing.evidence.whom import DAY, Acts, Sheet, active, among, copying, everyone, joined
from lapwing.moments.hits import FADE, KEPT, LEAST, week_of
from lapwing.moments.naming import naming_bits, size_bits
from lapwing.moments.scene import Scene, sheet_of

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

RECENT = STARTS * DAY
"""Hits of this age speak for a group; older ones speak of habit and count against it."""
HABIT = 0.3
"""Weight of the older hits, which cover about the same time."""
MISS = 0.1
"""What each touch of the last week takes off a subject's weight: most of them follow nobody."""
HOPELESS = -32.0
"""A group with fewer approximate bits is not grown further."""
LARGEST = 16
"""A proposal holds at most this many subjects."""
WIDTH = 8
"""So many neighbours are tried as further members."""
ROUNDS = 24
"""So many members are taken in or dropped at most before neighbours are looked for anew."""
PASSES = 3
"""So many times neighbours are looked for."""
MANY = 64
"""So many neighbours are tried as further members of a large group."""
MEMBER = 6.0
"""A member has to bring so many bits beyond its name: in a crowd somebody always just pays for it by accident."""
JOINED = 20.0
"""Two groups are one if that explains so many bits more: what they share must be more than one act by accident."""
COMPANY = DAY
"""Whoever took up several of a group's contexts within this time keeps company with it."""
COMMON = 3
"""So many contexts in common make company."""


class Proposal(NamedTuple):
    """A group, and the bits that speak for it."""

    members: I32
    """Ascending."""
    bits: float
    """Net of naming."""


class Proposals(NamedTuple):
    """Groups grown along hits; their bits are the weights of the hits inside, net of naming: good for ranking."""

    members: I32
    """Ascending, -1 beyond the last, shape (groups, LARGEST)."""
    bits: F64


@kernel
def ascend(members: I32) -> None:
    """Sort the few members of a group in place; by insertion, since a general sort takes long to compile."""
    for i in range(1, members.shape[0]):
        member = members[i]
        at = i
        while at > 0 and members[at - 1] > member:
            members[at] = members[at - 1]
            at -= 1
        members[at] = member


@kernel
def _ties_of(who: int, scene: Scene, count: int) -> int:
    """Add the weights of ``who``'s hits to the scene's ``gain`` by other subject; ``listed`` lists them, ``count``
    long; returns its new length."""
    hits, gain = scene.hits, scene.gain
    for later in range(min(hits.kept[who], KEPT)):
        at = (hits.kept[who] - 1 - later) % KEPT
        other = hits.other[who, at]
        weight = float(hits.weight[who, at])
        age = scene.now - hits.time[who, at]
        weight *= -HABIT if age > RECENT else np.exp(-later / FADE)
        if gain[other] == 0.0:
            scene.listed[count] = other
            count += 1
        gain[other] += weight
        if gain[other] == 0.0:
            gain[other] = 1e-9
    return count


@kernel
def _grow_from(seed: int, scene: Scene, order: I32) -> tuple[int, float]:
    """Grow a group from ``seed``, taking next whoever has most weight with the group. Fills ``order``, shape
    (LARGEST,); returns how many of it are the best group, and its bits."""
    gain, inside = scene.gain, scene.inside
    order[0] = seed
    inside[seed] = 1
    size = 1
    count = _ties_of(seed, scene, 0)
    total = -MISS * week_of(seed, scene.habits, scene.now)
    best_bits = -np.inf
    best_size = 1
    while size < LARGEST:
        best = -1
        most = -np.inf
        for i in range(count):
            other = scene.listed[i]
            if inside[other] == 0 and gain[other] > LEAST and gain[other] - scene.costs[other] > most:
                value = gain[other] - MISS * week_of(other, scene.habits, scene.now) - scene.costs[other]
                if value > most:
                    most = value
                    best = other
        if best < 0:
            break
        order[size] = best
        inside[best] = 1
        size += 1
        total += most
        bits = total - scene.costs[seed] - size_bits(size)
        if bits > best_bits:
            best_bits = bits
            best_size = size
        if size > best_size + 6 or bits < HOPELESS:
            break
        count = _ties_of(best, scene, count)
    for i in range(count):
        gain[scene.listed[i]] = 0.0
    for i in range(size):
        inside[order[i]] = 0
    return best_size, best_bits


@kernel
def closing(scene: Scene, pairs: I32) -> I32:
    """Subjects whose new hits closed a circle of two or three: with the other subject of the hit they share a second
    context, or both share one with a third. Each once, ascending; ``pairs`` are the subjects of the new hits.

    In a crowd any two may share something, but hardly ever so.
    """
    hits, mark = scene.hits, scene.inside
    closed = np.zeros(pairs.shape[0], np.int32)
    count = 0
    for i in range(pairs.shape[0]):
        later, earlier = pairs[i, 0], pairs[i, 1]
        for at in range(min(hits.kept[later], KEPT)):
            if scene.now - hits.time[later, at] <= RECENT:
                mark[hits.other[later, at]] += 1
        found = mark[earlier] > 1
        for at in range(min(hits.kept[earlier], KEPT)):
            if scene.now - hits.time[earlier, at] <= RECENT and mark[hits.other[earlier, at]] > 0:
                found = True
        for at in range(min(hits.kept[later], KEPT)):
            mark[hits.other[later, at]] = 0
        if found:
            closed[count] = later
            count += 1
    return np.unique(closed[:count])


@kernel
def propose(scene: Scene, seeds: I32, least: float) -> Proposals:
    """Groups grown from each of the ``seeds``, those with more than ``least`` approximate bits."""
    members = np.full((seeds.shape[0], LARGEST), -1, np.int32)
    bits = np.empty(seeds.shape[0])
    order = np.empty(LARGEST, np.int32)
    count = 0
    for seed in seeds:
        if not np.isfinite(scene.costs[seed]):
            continue
        size, value = _grow_from(seed, scene, order)
        if size > 1 and value > least:
            ascend(order[:size])
            members[count, :size] = order[:size]
            bits[count] = value
            count += 1
    return Proposals(members[:count], bits[:count])


@kernel
def net_bits(scene: Scene, members: I32) -> float:
    """``log2 R - naming`` of a group as at its last act, by the exact test."""
    return _net(everyone(sheet_of(members, scene)), members, scene)


@kernel
def _net(acts: Acts, members: I32, scene: Scene) -> float:
    return log2_r(acts, scene.since) - naming_bits(members, scene.costs)


@kernel
def _net_of(sheet: Sheet, chosen: NDArray[np.bool_], scene: Scene) -> float:
    acts = copying(sheet, chosen, np.zeros(chosen.shape[0], np.int32))
    return _net(acts, sheet.members[chosen], scene)


@kernel
def _present(sheet: Sheet, chosen: NDArray[np.bool_], m: F64) -> F64:
    """See :func:`lapwing.evidence.whom.among`."""
    present = np.zeros(m.shape[1:])
    for i in range(chosen.shape[0]):
        if chosen[i]:
            present = joined(sheet, m, present, i, 1.0)
    return present


@kernel
def _net_without_or_with(
    one: int, sheet: Sheet, chosen: NDArray[np.bool_], m: F64, present: F64, scene: Scene
) -> float:
    """Net bits without ``one`` of those chosen, or with it if it is not."""
    joins = not chosen[one]
    chosen[one] = joins
    acts = among(sheet, chosen, m, joined(sheet, m, present, one, 1.0 if joins else -1.0))
    value = _net(acts, sheet.members[chosen], scene)
    chosen[one] = not joins
    return value


@kernel
def _neighbours(scene: Scene, members: I32, most: int) -> I32:
    """Who has most weight with the group along hits, at most so many, heaviest first."""
    count = 0
    for member in members:
        scene.inside[member] = 1
    for member in members:
        count = _ties_of(member, scene, count)
    near = np.empty(most, np.int32)
    size = 0
    while size < most:
        best, heaviest = -1, -np.inf
        for i in range(count):
            other = scene.listed[i]
            if scene.inside[other] == 0 and scene.gain[other] > LEAST and np.isfinite(scene.costs[other]):
                weight = (
                    scene.gain[other] - MISS * week_of(other, scene.habits, scene.now) - scene.costs[other]
                )
                if weight > heaviest:
                    best, heaviest = other, weight
        if best < 0:
            break
        near[size] = best
        scene.gain[best] = -1.0
        size += 1
    for i in range(count):
        scene.gain[scene.listed[i]] = 0.0
    for member in members:
        scene.inside[member] = 0
    return near[:size]


@kernel
def _with(members: I32, others: I32, scene: Scene) -> tuple[Sheet, NDArray[np.bool_]]:
    """The sheet of the members and others, and who of it is a member."""
    together = np.concatenate((members, others))
    ascend(together)
    chosen = np.zeros(together.shape[0], np.bool_)
    chosen[np.searchsorted(together, members)] = True
    return sheet_of(together, scene), chosen


@kernel
def improve(scene: Scene, members: I32, bits: float) -> Proposal:
    """Take in the best neighbour, or drop the worst member if no neighbour helps, while the exact net bits rise by
    :data:`MEMBER` a member; ``bits`` are those of the group as given."""
    bits -= MEMBER * members.shape[0]
    for _ in range(PASSES):
        sheet, chosen = _with(members, _neighbours(scene, members, WIDTH), scene)
        m = active(sheet)
        present = _present(sheet, chosen, m)
        before = bits
        for _ in range(ROUNDS):
            best, turned = bits, -1
            for wanted in (False, True):
                if turned >= 0 or (wanted and np.sum(chosen) < 3):
                    break
                for i in range(chosen.shape[0]):
                    if chosen[i] == wanted:
                        value = _net_without_or_with(i, sheet, chosen, m, present, scene)
                        value -= MEMBER * (np.sum(chosen) + (-1 if wanted else 1))
                        if value > best:
                            best, turned = value, i
            if turned < 0:
                break
            present = joined(sheet, m, present, turned, -1.0 if chosen[turned] else 1.0)
            chosen[turned] = not chosen[turned]
            bits = best
        if bits <= before:
            break
        members = sheet.members[chosen]
    return Proposal(members, bits + MEMBER * members.shape[0])


@kernel
def _belongs(sheet: Sheet, group: NDArray[np.bool_], whole: NDArray[np.bool_], scene: Scene) -> bool:
    """Whether those who are in the ``whole`` but not in the ``group`` have to do with it: that they all take up one
    another's contexts explains more than that the two parts do so each for itself. To name one group is cheaper than
    to name two, so without this, groups that have nothing in common but their time would become one."""
    one = np.zeros(whole.shape[0], np.int32)
    two = group.astype(np.int32)
    together, apart = copying(sheet, whole, one), copying(sheet, whole, two)
    return log2_r(together, scene.since) > log2_r(apart, scene.since) + JOINED


@kernel
def belong(scene: Scene, members: I32, others: I32) -> bool:
    """Whether the ``others``, none of them a member, have to do with the group of the ``members``."""
    sheet, chosen = _with(members, others, scene)
    return _belongs(sheet, chosen, np.ones(chosen.shape[0], np.bool_), scene)


@kernel
def take_in(scene: Scene, members: I32, bits: float, others: I32) -> Proposal:
    """Take in many of the ``others`` at once: those that bring bits, each for itself, all of them, then half of
    them, then a quarter, ... while the exact net bits rise. For groups that gain members faster than
    :func:`improve` can add them one by one."""
    if others.shape[0] == 0:
        return Proposal(members, bits)
    sheet, chosen = _with(members, others, scene)
    brings = np.full(chosen.shape[0], -np.inf)
    for i in range(chosen.shape[0]):
        if not chosen[i]:
            chosen[i] = True
            brings[i] = _net_of(sheet, chosen, scene) - bits
            chosen[i] = False
    order = np.argsort(-brings)
    take = int(np.sum(brings > MEMBER))
    while take > 0:
        more = chosen.copy()
        more[order[:take]] = True
        value = _net_of(sheet, more, scene)
        if value > bits + MEMBER * take and _belongs(sheet, chosen, more, scene):
            return Proposal(sheet.members[more], value)
        take //= 2
    return Proposal(members, bits)


@kernel
def neighbours(scene: Scene, members: I32) -> I32:
    """Whoever is linked to the group by hits, heaviest first."""
    return _neighbours(scene, members, MANY)


@kernel
def _company(members: I32, found: Touches, first: int, end: int, inside: I32, shared: I32) -> I32:
    for i in range(members.shape[0]):
        inside[members[i]] = 1
    touched = 0
    for i in range(first, end):
        if inside[found.subject[i]] == 1:
            touched += 1
    table = little(1, touched)
    shared[:] = 0
    for i in range(first, end):
        if inside[found.subject[i]] == 1:
            table[slot_of(table, found.context[i]), 0] = found.context[i]
    for i in range(first, end):
        who = found.subject[i]
        # an entry that hangs on no list is not of a watched subject
        if inside[who] == 1 or found.previous[i] == 0:
            continue
        if table[slot_of(table, found.context[i]), 0] != 0:
            shared[who] += 1
    for i in range(members.shape[0]):
        inside[members[i]] = 0
    others = np.empty(MANY, np.int32)
    size = 0
    while size < MANY:
        best = np.argmax(shared)
        if shared[best] < COMMON:
            break
        others[size] = best
        shared[best] = 0
        size += 1
    shared[:] = 0
    return others[:size]


def company(scene: Scene, members: I32) -> I32:
    """Subjects that took up at least :data:`COMMON` contexts which members took up too, within the last
    :data:`COMPANY`, most in common first. Hits link a touch to the last few touchers only, so in a burst they miss
    most of those who take part."""
    first = int(np.searchsorted(scene.found.time[: scene.length], scene.now - COMPANY))
    others: I32 = _company(members, scene.found, first, scene.length, scene.inside, scene.listed)
    return others[np.isfinite(scene.costs[others])]
