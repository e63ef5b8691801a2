"""Finding the group: from hits to candidates, from candidates to the best exact group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.slots import slot_of
from lapwing.evidence.touches import Touches
from lapwing.evidence.whom import DAY, restart, touches_of
from lapwing.moments.hits import LEAST, Hits
from lapwing.moments.naming import naming_bits, size_bits

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

RECENT = 7 * DAY
"""Hits of this age speak for a group; older ones speak of habit and count against it."""
FADE = 4 * DAY
"""A hit's weight falls by a factor e in this time, for the acts between that followed nobody."""
HABIT = 0.3
"""Weight of the older hits, which cover about twice the time."""
MISS = 0.1
"""What each touch of the last week takes off a subject's weight: most of them follow nobody."""
HOPELESS = -32.0
"""A group with fewer approximate bits is not grown further."""
LARGEST = 16
"""A proposal holds at most this many subjects."""
WIDTH = 4
"""How many neighbours are tried as further members in one round of improvement."""
ROUNDS = 8
COMPANY = DAY
"""Whoever took up several of a group's contexts within this time keeps company with it."""
COMMON = 3
"""So many contexts in common make company."""


class Proposal(NamedTuple):
    """A group grown from one subject along its hits."""

    members: I32
    """Ascending."""
    bits: float
    """Weight of the hits inside, minus naming; only good for ranking."""


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
def ties_of(who: int, now: int, hits: Hits, base: int, last: I64, gain: F64, touched: I32, count: int) -> int:
    """Add the weights of ``who``'s hits to ``gain`` by other subject; ``touched`` lists them, ``count`` long."""
    at = last[who]
    while at >= base:
        i = at - base
        mine = hits.later[i] == who
        other = hits.earlier[i] if mine else hits.later[i]
        weight = float(hits.weight[i])
        if now - hits.time[i] > RECENT:
            weight *= -HABIT
        else:
            weight *= np.exp(-(now - hits.time[i]) / FADE)
        if gain[other] == 0.0:
            touched[count] = other
            count += 1
        gain[other] += weight
        if gain[other] == 0.0:
            gain[other] = 1e-9
        at = hits.link_later[i] if mine else hits.link_earlier[i]
    return count


@kernel
def propose(
    seed: int,
    now: int,
    costs: F64,
    hits: Hits,
    base: int,
    last: I64,
    gain: F64,
    touched: I32,
    inside: I32,
    weekly: F64,
) -> Proposal:
    """Grow a group from ``seed``, taking next whoever has most weight with the group.

    ``gain``, ``touched`` and ``inside`` are scratch of shape (subjects,), zero on entry and on return.
    """
    order = np.empty(LARGEST, np.int32)
    order[0] = seed
    inside[seed] = 1
    size = 1
    count = ties_of(seed, now, hits, base, last, gain, touched, 0)
    total = -MISS * weekly[seed]
    named = costs[seed]
    best_bits = -1e300
    best_size = 1
    while size < LARGEST:
        best = -1
        most = -1e300
        for i in range(count):
            other = touched[i]
            if inside[other] == 0 and gain[other] > LEAST:
                value = gain[other] - MISS * weekly[other] - costs[other]
                if value > most:
                    most = value
                    best = other
        if best < 0:
            break
        order[size] = best
        inside[best] = 1
        size += 1
        total += most
        bits = total - named - size_bits(size)
        if bits > best_bits:
            best_bits = bits
            best_size = size
        if size > best_size + 6 or bits < HOPELESS:
            break
        count = ties_of(best, now, hits, base, last, gain, touched, count)
    for i in range(count):
        gain[touched[i]] = 0.0
    for i in range(size):
        inside[order[i]] = 0
    members = order[:best_size].copy()
    ascend(members)
    return Proposal(members, best_bits)


@kernel
def net_bits(
    members: I32, costs: F64, found: Touches, base: int, last_own: I64, place: I32, since: int
) -> float:
    """``log2 R - naming`` of a group as at its last act, by the exact test."""
    seqs = touches_of(members, found, base, last_own)
    return restart(members, seqs, found, base, place, since, False).log2_r - naming_bits(members, costs)


@kernel
def without(members: I32, index: int) -> I32:
    """The group without its member at ``index``."""
    fewer = np.empty(members.shape[0] - 1, np.int32)
    for i in range(fewer.shape[0]):
        fewer[i] = members[i] if i < index else members[i + 1]
    return fewer


@kernel
def including(members: I32, who: int) -> I32:
    """The group with ``who``, ascending."""
    size = members.shape[0]
    more = np.empty(size + 1, np.int32)
    for i in range(size):
        more[i] = members[i]
    more[size] = who
    ascend(more)
    return more


@kernel
def improve(
    members: I32,
    bits: float,
    now: int,
    costs: F64,
    hits: Hits,
    hit_base: int,
    last_hit: I64,
    gain: F64,
    touched: I32,
    place: I32,
    found: Touches,
    base: int,
    last_own: I64,
    since: int,
) -> Proposal:
    """Add and drop members while the exact net bits rise; ``bits`` are those of the group as given."""
    for _ in range(ROUNDS):
        best_bits = bits
        best = members
        count = 0
        for i in range(members.shape[0]):
            count = ties_of(members[i], now, hits, hit_base, last_hit, gain, touched, count)
        for i in range(members.shape[0]):
            gain[members[i]] = -1e300
        near = np.empty(WIDTH, np.int32)
        for n in range(WIDTH):
            near[n] = -1
            most = 4.0
            for i in range(count):
                if gain[touched[i]] > most:
                    most = gain[touched[i]]
                    near[n] = touched[i]
            if near[n] >= 0:
                gain[near[n]] = -1e300
        for i in range(count):
            gain[touched[i]] = 0.0
        for i in range(members.shape[0]):
            gain[members[i]] = 0.0
        for n in range(WIDTH):
            if near[n] >= 0:
                more = including(members, near[n])
                value = net_bits(more, costs, found, base, last_own, place, since)
                if value > best_bits:
                    best_bits = value
                    best = more
        if members.shape[0] > 2 and members.shape[0] <= 24:
            for i in range(members.shape[0]):
                fewer = without(members, i)
                value = net_bits(fewer, costs, found, base, last_own, place, since)
                if value > best_bits:
                    best_bits = value
                    best = fewer
        if best_bits <= bits:
            break
        bits = best_bits
        members = best
    return Proposal(members, bits)


@kernel
def grow(
    members: I32,
    bits: float,
    now: int,
    costs: F64,
    hits: Hits,
    hit_base: int,
    last_hit: I64,
    gain: F64,
    touched: I32,
    inside: I32,
    place: I32,
    found: Touches,
    base: int,
    last_own: I64,
    since: int,
) -> Proposal:
    """Take in many at once: all neighbours whose hits outweigh their names, then half of them, then a quarter, ...

    For groups that gain members faster than :func:`improve` can add them one by one.
    """
    while True:
        count = 0
        for i in range(members.shape[0]):
            inside[members[i]] = 1
        for i in range(members.shape[0]):
            count = ties_of(members[i], now, hits, hit_base, last_hit, gain, touched, count)
        near = 0
        value = np.empty(count)
        who = np.empty(count, np.int32)
        for i in range(count):
            other = touched[i]
            if inside[other] == 0 and gain[other] > costs[other]:
                value[near] = costs[other] - gain[other]
                who[near] = other
                near += 1
            gain[other] = 0.0
        for i in range(members.shape[0]):
            inside[members[i]] = 0
        order = np.argsort(value[:near])
        take = near
        better = False
        while take >= 1 and not better:
            more = np.empty(members.shape[0] + take, np.int32)
            for i in range(members.shape[0]):
                more[i] = members[i]
            for i in range(take):
                more[members.shape[0] + i] = who[order[i]]
            ascend(more)
            more_bits = net_bits(more, costs, found, base, last_own, place, since)
            if more_bits > bits:
                members, bits, better = more, more_bits, True
            take //= 2
        if not better:
            return Proposal(members, bits)


@kernel
def company(members: I32, found: Touches, first: int, end: int, inside: I32, shared: I32) -> I32:
    """Subjects that took up at least :data:`COMMON` contexts which members took up too, most in common first.

    Looks at the entries ``first .. end - 1`` of ``found``. Hits link a touch to the last few touchers only, so in a
    burst they miss most of those who take part. ``inside`` and ``shared`` are scratch of shape (subjects,); the first
    is zero on entry and return.
    """
    for i in range(members.shape[0]):
        inside[members[i]] = 1
    touched = 0
    for i in range(first, end):
        if found.subject[i] >= 0 and inside[found.subject[i]] == 1:
            touched += 1
    slots = 64
    while slots < 2 * touched:
        slots *= 2
    table = np.zeros((slots, 1), np.int64)
    shared[:] = 0
    for i in range(first, end):
        if found.subject[i] >= 0 and inside[found.subject[i]] == 1:
            table[slot_of(table, found.context[i]), 0] = found.context[i]
    for i in range(first, end):
        who = found.subject[i]
        # an entry that hangs on no list is not of a watched subject
        if who < 0 or inside[who] == 1 or found.previous[i] < 0:
            continue
        if table[slot_of(table, found.context[i]), 0] != 0:
            shared[who] += 1
    for i in range(members.shape[0]):
        inside[members[i]] = 0
    count = 0
    for who in range(shared.shape[0]):
        if shared[who] >= COMMON:
            count += 1
    others: I32 = np.empty(count, np.int32)
    for n in range(count):
        best = 0
        for who in range(shared.shape[0]):
            if shared[who] > shared[best]:
                best = who
        others[n] = best
        shared[best] = 0
    return others
