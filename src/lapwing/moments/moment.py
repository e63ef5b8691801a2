"""The moment: what Lapwing raises, as plain data and as one line of `moments.jsonl`."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

MomentType = Literal["meeting", "shift", "progression"]
Status = Literal["open", "fading", "closed"]

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Bits:
    """Evidence of a moment in bits (log2 likelihood ratio), by detector, and what naming it costs.

    ``net = when + what + whom - naming``. The parts are summed since the onset; ``naming`` is what was spent on
    finding this group and this start among all that might have been.
    """

    when: float
    what: float
    whom: float
    naming: float
    net: float


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a ledger: an act behind a moment and the bits it brought."""

    time: int
    """Stream time, microseconds since 1970-01-01 UTC."""
    subject: str
    kind: str
    context: str
    with_: tuple[str, ...]
    """Members who had touched the same context before, most recent first."""
    bits: float


@dataclass(frozen=True, slots=True)
class Moment:
    """One or more subjects, a type, an onset, the evidence, and the ledger behind it."""

    id: str
    type: MomentType
    subjects: tuple[str, ...]
    onset: int
    """Best estimate of the start, microseconds since 1970-01-01 UTC."""
    raised: int
    """Stream time at which the evidence crossed the budget, same unit."""
    bits: Bits
    once_in_days: float
    """By chance alone, all that is watched would show such a moment about once in so many days."""
    stage: str | None
    status: Status
    ledger: tuple[Act, ...]

    def line(self) -> str:
        """The moment as one line of `moments.jsonl`, without the newline."""
        data = {
            "id": self.id,
            "type": self.type,
            "subjects": list(self.subjects),
            "onset": rfc3339(self.onset),
            "raised": rfc3339(self.raised),
            "bits": {name: _rounded(value) for name, value in asdict(self.bits).items()},
            "once_in_days": _rounded(self.once_in_days),
            "stage": self.stage,
            "status": self.status,
            "ledger": [
                {
                    "time": rfc3339(act.time),
                    "subject": act.subject,
                    "kind": act.kind,
                    "context": act.context,
                    "with": list(act.with_),
                    "bits": _rounded(act.bits),
                }
                for act in self.ledger
            ],
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, line: str) -> Moment:
        """Read one line of `moments.jsonl`. Raises ``KeyError`` or ``ValueError`` when it is not one."""
        data: dict[str, Any] = json.loads(line)
        return cls(
            id=data["id"],
            type=data["type"],
            subjects=tuple(data["subjects"]),
            onset=microseconds(data["onset"]),
            raised=microseconds(data["raised"]),
            bits=Bits(**data["bits"]),
            once_in_days=float(data["once_in_days"]),
            stage=data["stage"],
            status=data["status"],
            ledger=tuple(
                Act(
                    time=microseconds(act["time"]),
                    subject=act["subject"],
                    kind=act["kind"],
                    context=act["context"],
                    with_=tuple(act["with"]),
                    bits=float(act["bits"]),
                )
                for act in data["ledger"]
            ),
        )


@lru_cache(maxsize=1 << 14)
def rfc3339(time: int) -> str:
    """Microseconds since the epoch as RFC 3339 in UTC, whole seconds written without a fraction."""
    return f"{(_EPOCH + timedelta(microseconds=time)).isoformat()}Z"


def microseconds(text: str) -> int:
    """The inverse of :func:`rfc3339`."""
    moment = datetime.fromisoformat(text)
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def _rounded(value: float) -> float:
    """Four significant figures are more than the evidence carries, and keep the file stable to read."""
    if value == 0 or not math.isfinite(value):
        return 0.0 if value == 0 else value
    return float(f"{value:.4g}")
