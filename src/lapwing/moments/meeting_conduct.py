"""What the members of a meeting do besides: `when` and `what` add to what they took up from one another.

The evidence of both is that of any group whose conduct changed (:mod:`lapwing.moments.shared_start`), so it is paid for
like a shift of several. It is told where it says more than what they took up alone, since the onset of the meeting.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lapwing.moments.border import Border
from lapwing.moments.budget_shares import share_bits
from lapwing.moments.company import merged
from lapwing.moments.conduct import Conduct
from lapwing.moments.groups import net_bits
from lapwing.moments.life import NEWS, OpenMoment, raise_moment
from lapwing.moments.moment import Bits
from lapwing.moments.shared_start import evidence_of
from lapwing.moments.statement import state_moment
from lapwing.moments.told import change_of, told_since

I32 = NDArray[np.int32]


def raised_by_both(
    members: I32, border: Border, conduct: Conduct, without: frozenset[str]
) -> OpenMoment | None:
    """The meeting of a group that what its members took up raises together with what they do besides, but neither
    alone; None if they do not. No single member's conduct decides."""
    shared = evidence_of(conduct, members, border, without, but_one=True)
    if shared is None or not shared.with_company:
        return None
    if not shared.net(members, border, without) >= border.threshold:
        return None
    by_whom = float(net_bits(border.scene, members)) - share_bits(without)
    raised = with_conduct(raise_moment(members.tolist(), by_whom, border), border, conduct, without)
    return raised if border.allows(raised.finding, conduct) else None


def with_conduct(moment: OpenMoment, border: Border, conduct: Conduct, without: frozenset[str]) -> OpenMoment:
    """The meeting with what its members do besides, where that is news."""
    old = moment.finding
    members = np.array(old.members, np.int32)
    shared = evidence_of(conduct, members, border, without)
    if shared is None or not shared.with_company:
        return moment
    net = shared.net(members, border, without)
    if net < old.bits.net + NEWS:
        return moment
    parts = (shared.when, shared.what, shared.both)
    told = told_since(conduct, old.members, parts, old.onset, border.now, without)
    if told is None or told.when + told.what <= 0.0:
        return moment
    company = state_moment(members, border.scene, old.raised)
    bits = Bits(
        when=told.when,
        what=told.what,
        whom=company.bits,
        naming=told.when + told.what + company.bits - net,
        net=net,
    )
    finding = replace(
        old,
        bits=bits,
        ledger=merged(told.ledger, company.ledger),
        curve=(*old.curve, (border.now, net)),
        change=change_of(border.now, conduct, old.members, told),
    )
    return replace(moment, finding=finding, last=max(moment.last, told.last))
