"""The life of a moment: it is raised, grows while its evidence does, fades and is closed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapwing.evidence.restart import STARTS
from lapwing.evidence.whom import DAY
from lapwing.moments.border import Border
from lapwing.moments.finding import Change, Climb, Entry, Finding
from lapwing.moments.moment import Bits, MomentType, Status
from lapwing.moments.statement import state_moment

HALF_LIFE = 14 * DAY
"""Evidence halves in this time after the last act that brought some."""
QUIET = 7 * DAY
"""A moment without a new act of this kind for so long is fading."""
NEWS = 1.0
"""A moment is stated anew when its net bits rose by so much or its members changed."""


@dataclass(frozen=True, slots=True)
class OpenMoment:
    """A moment that is not closed: its latest statement and when it last got evidence (microseconds)."""

    finding: Finding
    last: int
    by_whom: float = 0.0
    """Net bits of a meeting by what its members took up from one another alone: by these it grows."""

    @property
    def members(self) -> frozenset[int]:
        return frozenset(self.finding.members)

    def standing(self, now: int) -> float:
        """Net bits as they stand after fading."""
        return self.finding.bits.net * float(0.5 ** (max(0, now - self.last) / HALF_LIFE))

    @classmethod
    def of(cls, data: dict[str, Any]) -> OpenMoment:
        """The open moment that was written down as ``asdict(...)`` in JSON. Raises ``KeyError``."""
        finding = dict(data["finding"])
        finding["bits"] = Bits(**finding["bits"])
        finding["ledger"] = tuple(
            Entry(entry["row"], tuple(entry["with_"]), entry["bits"]) for entry in finding["ledger"]
        )
        for name in ("members", "onset_between", "circles", "lanes"):
            finding[name] = tuple(finding[name])
        for name in ("ties_before", "ties_after", "curve"):
            finding[name] = tuple(tuple(item) for item in finding[name])
        if finding["change"] is not None:
            change = finding["change"]
            finding["change"] = Change(**change | {"mix": tuple(tuple(share) for share in change["mix"])})
        if finding["climb"] is not None:
            climb = finding["climb"]
            parts = {name: tuple(tuple(item) for item in climb[name]) for name in ("stages", "expected")}
            finding["climb"] = Climb(**climb | parts)
        return cls(Finding(**finding), data["last"], data["by_whom"])


def raise_moment(members: Sequence[int], net: float, border: Border) -> OpenMoment:
    """A new moment of these members with these net bits, raised at this border."""
    moment = _state(members, net, border, raised=border.now, identity="")
    finding = moment.finding
    identity = identity_of("meeting", finding.onset, finding.raised, [border.names[m] for m in members])
    return replace(moment, finding=replace(finding, id=identity))


def identity_of(type_: MomentType, onset: int, raised: int, names: Sequence[str]) -> str:
    """The id of a moment: the same whenever the same stream is read."""
    text = "\n".join([type_, str(onset), str(raised), *sorted(names)])
    return "m-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def grown(moment: OpenMoment, members: Sequence[int], net: float, border: Border) -> OpenMoment | None:
    """The moment with further evidence, or None if that is no news."""
    old = moment.finding
    if net < moment.by_whom or (net < moment.by_whom + NEWS and tuple(members) == old.members):
        return None
    news = _state(members, net, border, raised=old.raised, identity=old.id)
    # evidence that lies after the moment was raised, and not in what began before, is no growth of it
    if news.finding.bits.naming <= 0:
        return None
    return replace(news, finding=replace(news.finding, stage=old.stage, climb=old.climb))


def aged(moment: OpenMoment, now: int, threshold: float) -> OpenMoment | None:
    """The moment with its new status if time has changed it, else None."""
    standing = moment.standing(now)
    status: Status = "open"
    if standing < threshold or now - moment.last > 4 * QUIET:
        status = "closed"
    elif now - moment.last > QUIET:
        status = "fading"
    if status == moment.finding.status or (status == "open" and moment.finding.status == "closed"):
        return None
    return replace(moment, finding=replace(moment.finding, status=status))


def may_grow(moment: OpenMoment, now: int) -> bool:
    """Whether starts before it was raised are still weighed; what begins later is another moment."""
    return now // DAY - (moment.finding.raised - 1) // DAY < STARTS


def alike(members: frozenset[int], others: frozenset[int]) -> bool:
    """Whether two groups are about the same thing: they share two, and half of the smaller is in the larger."""
    common = len(members & others)
    return common >= 2 and 2 * common >= min(len(members), len(others))


def told_elsewhere(members: frozenset[int], elsewhere: Sequence[OpenMoment], now: int) -> bool:
    """Whether one of these moments, which may still grow, is about the same subjects."""
    return any(
        (members <= other.members or alike(members, other.members)) and may_grow(other, now)
        for other in elsewhere
    )


def _state(members: Sequence[int], net: float, border: Border, *, raised: int, identity: str) -> OpenMoment:
    ordered = np.array(sorted(members), np.int32)
    statement = state_moment(ordered, border.scene, raised)
    naming = statement.bits - net
    lowered = tuple((time, bits - naming) for time, bits in statement.curve)
    finding = Finding(
        id=identity,
        type="meeting",
        members=tuple(map(int, ordered)),
        onset=statement.onset,
        onset_between=statement.onset_between,
        raised=raised,
        bits=Bits(when=0.0, what=0.0, whom=statement.bits, naming=naming, net=net),
        stage=None,
        status="open",
        ledger=statement.ledger,
        circles=tuple(map(int, border.circles[ordered])),
        lanes=statement.lanes,
        lanes_left_out=statement.lanes_left_out,
        ties_before=statement.ties_before,
        ties_after=statement.ties_after,
        curve=lowered,
    )
    return OpenMoment(finding, statement.last, net)


def threshold_bits(budget_days: float) -> float:
    """The net bits at which a moment is raised: one false alarm in ``budget_days``."""
    return math.log2(budget_days)
