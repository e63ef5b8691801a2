"""The exhibit: what the pictures of a moment need, as plain data and as one line of `exhibits.jsonl`.

A moment says what was raised and why. Its exhibit adds what surrounded it: the members' other acts, the
ties between them before and after the onset, and how the evidence grew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lapwing.moments.moment import microseconds, rfc3339


@dataclass(frozen=True, slots=True)
class LaneAct:
    """An act of a member, drawn in that member's lane of the timeline."""

    time: int
    """Stream time, microseconds since 1970-01-01 UTC."""
    subject: str
    kind: str
    context: str
    in_ledger: bool
    """Whether the act is one of the ledger; the others show what the member did besides."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Two members and how many contexts both of them touched."""

    a: str
    b: str
    contexts: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The net evidence at one time."""

    time: int
    """Stream time, microseconds since 1970-01-01 UTC."""
    net: float
    """Net bits, as the moment's ``bits.net`` was at that time."""


@dataclass(frozen=True, slots=True)
class KindShare:
    """The share of one kind among a subject's acts."""

    kind: str
    usual: float
    """As usual, from 0 to 1."""
    now: float
    """Since the onset."""


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """How a subject acts since the onset, beside how it did before."""

    usual_daily: float
    """Acts a day as usual."""
    daily: float
    """Acts a day since the onset."""
    factor: float | None
    """By which factor its rate is best described as changed; 0 for silence, ``None`` when the rate is no part."""
    mix: tuple[KindShare, ...]
    """The kinds that grew most; empty when kinds are no part of it."""


@dataclass(frozen=True, slots=True)
class StageShown:
    """One stage of a ladder."""

    name: str
    chance: float
    """That the climb is at this stage, if it is one at all."""
    since: int | None
    """When it was reached, microseconds since 1970-01-01 UTC; ``None`` when it was not."""


@dataclass(frozen=True, slots=True)
class ClimbShown:
    """Where on a ladder the acts are."""

    ladder: str
    stages: tuple[StageShown, ...]
    expected: tuple[tuple[str, float], ...]
    """(kind, share): what would be expected next in a climb, most first."""
    caveat: str
    """What else the acts of this stage may be."""
    against: str
    """What would speak against it."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What the pictures of one moment are drawn from."""

    id: str
    """The id of the moment."""
    onset_between: tuple[int, int]
    """The interval of the onset, microseconds since 1970-01-01 UTC."""
    threshold: float
    """Net bits at which the budget lets a moment be raised."""
    circles: Mapping[str, str | None]
    """The circle of every member, ``None`` where a member belongs to none."""
    lanes: tuple[LaneAct, ...]
    """The members' acts from some days before the onset on, in order of time."""
    lanes_left_out: int
    """Acts of the members in that time that ``lanes`` does not hold, because it is capped."""
    ties_before: tuple[Tie, ...]
    ties_after: tuple[Tie, ...]
    """Ties since the onset; a pair may stand in both."""
    curve: tuple[CurvePoint, ...]
    change: ChangeShown | None = None
    """Of a shift."""
    climb: ClimbShown | None = None
    """Of acts that climb a ladder."""

    def line(self) -> str:
        """The exhibit as one line of `exhibits.jsonl`, without the newline."""
        start, end = self.onset_between
        data = {
            "id": self.id,
            "onset_between": [rfc3339(start), rfc3339(end)],
            "threshold": _rounded(self.threshold),
            "circles": dict(self.circles),
            "lanes": [
                {
                    "time": rfc3339(act.time),
                    "subject": act.subject,
                    "kind": act.kind,
                    "context": act.context,
                    "in_ledger": act.in_ledger,
                }
                for act in self.lanes
            ],
            "lanes_left_out": self.lanes_left_out,
            "ties_before": [{"a": tie.a, "b": tie.b, "contexts": tie.contexts} for tie in self.ties_before],
            "ties_after": [{"a": tie.a, "b": tie.b, "contexts": tie.contexts} for tie in self.ties_after],
            "curve": [{"time": rfc3339(point.time), "net": _rounded(point.net)} for point in self.curve],
            "change": None if self.change is None else _change(self.change),
            "climb": None if self.climb is None else _climb(self.climb),
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, line: str) -> Exhibit:
        """Read one line of `exhibits.jsonl`. Raises ``KeyError`` or ``ValueError`` when it is not one."""
        data: dict[str, Any] = json.loads(line)
        start, end = data["onset_between"]
        return cls(
            id=data["id"],
            onset_between=(microseconds(start), microseconds(end)),
            threshold=float(data["threshold"]),
            circles=dict(data["circles"]),
            lanes=tuple(
                LaneAct(
                    time=microseconds(act["time"]),
                    subject=act["subject"],
                    kind=act["kind"],
                    context=act["context"],
                    in_ledger=bool(act["in_ledger"]),
                )
                for act in data["lanes"]
            ),
            lanes_left_out=int(data["lanes_left_out"]),
            ties_before=tuple(_tie(tie) for tie in data["ties_before"]),
            ties_after=tuple(_tie(tie) for tie in data["ties_after"]),
            curve=tuple(
                CurvePoint(microseconds(point["time"]), float(point["net"])) for point in data["curve"]
            ),
            change=_change_of(data.get("change")),
            climb=_climb_of(data.get("climb")),
        )


def _tie(data: dict[str, Any]) -> Tie:
    return Tie(a=data["a"], b=data["b"], contexts=int(data["contexts"]))


def _change(change: ChangeShown) -> dict[str, Any]:
    return {
        "usual_daily": _rounded(change.usual_daily),
        "daily": _rounded(change.daily),
        "factor": change.factor,
        "mix": [
            {"kind": share.kind, "usual": _rounded(share.usual), "now": _rounded(share.now)}
            for share in change.mix
        ],
    }


def _change_of(data: dict[str, Any] | None) -> ChangeShown | None:
    if data is None:
        return None
    mix = tuple(KindShare(share["kind"], float(share["usual"]), float(share["now"])) for share in data["mix"])
    factor = None if data["factor"] is None else float(data["factor"])
    return ChangeShown(float(data["usual_daily"]), float(data["daily"]), factor, mix)


def _climb(climb: ClimbShown) -> dict[str, Any]:
    return {
        "ladder": climb.ladder,
        "stages": [
            {
                "name": stage.name,
                "chance": _rounded(stage.chance),
                "since": None if stage.since is None else rfc3339(stage.since),
            }
            for stage in climb.stages
        ],
        "expected": [{"kind": kind, "share": _rounded(share)} for kind, share in climb.expected],
        "caveat": climb.caveat,
        "against": climb.against,
    }


def _climb_of(data: dict[str, Any] | None) -> ClimbShown | None:
    if data is None:
        return None
    return ClimbShown(
        ladder=data["ladder"],
        stages=tuple(
            StageShown(
                stage["name"],
                float(stage["chance"]),
                None if stage["since"] is None else microseconds(stage["since"]),
            )
            for stage in data["stages"]
        ),
        expected=tuple((item["kind"], float(item["share"])) for item in data["expected"]),
        caveat=data["caveat"],
        against=data["against"],
    )


def _rounded(value: float) -> float:
    """As in `moments.jsonl`: four significant figures, so that both files tell the same bits."""
    if value == 0 or not math.isfinite(value):
        return 0.0 if value == 0 else value
    return float(f"{value:.4g}")
