"""A stand-in for the engine: quick to start, and its findings change with anything that reaches it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from lapwing.moments.finding import Entry, Finding
from lapwing.moments.moment import Bits
from lapwing.watch.batch import Batch
from lapwing.watch.engine import Parameters

LASTS = 3
"""Borders until a moment is closed."""


class FakeEngine:
    """Raises a moment whenever two watched subjects touch one context between two borders."""

    oldest_row = 0

    def __init__(self, parameters: Parameters, *, sort_of: np.ndarray, **_: object) -> None:
        self.parameters = parameters
        self.sort_of = sort_of
        self.digest = b""
        self.names: list[str] = []
        self.watched: list[bool] = []
        self.circles: list[int] = []
        self.open: list[tuple[int, dict[str, Any]]] = []

    def subjects(self, names: Sequence[str], watched: Sequence[bool], circles: Sequence[int] | None) -> None:
        assert len(names) == len(watched) > 0
        self.names += names
        self.watched += watched
        self.circles += [-1] * len(names) if circles is None else list(circles)
        self.digest = hashlib.sha256(self.digest + repr((names, watched, circles)).encode()).digest()

    def watch_only(self, numbers: Sequence[int], watched: bool) -> None:
        raise NotImplementedError("the stand-in watches everybody")

    def take(self, batch: Batch) -> list[Finding]:
        assert len(batch.time)
        assert batch.end - self.parameters.border <= batch.time[0] <= batch.time[-1] < batch.end
        assert batch.subject.max() < len(self.names)
        assert batch.context.all()
        parts = (batch.time, batch.subject, batch.context, batch.stratum, batch.act)
        seen = (
            self.digest + repr((batch.end, batch.first_row)).encode() + b"".join(p.tobytes() for p in parts)
        )
        self.digest = hashlib.sha256(seen).digest()
        findings = []
        still = []
        for border, data in self.open:
            over = batch.end >= border + LASTS * self.parameters.border
            data = data | {"status": "closed" if over else "open", "bits": data["bits"] + 1}
            findings.append(self._finding(data))
            if not over:
                still.append((border, data))
        self.open = still
        touches: dict[int, list[int]] = {}
        for row, (who, context) in enumerate(zip(batch.subject, batch.context, strict=True)):
            if who >= 0 and self.watched[who]:
                touches.setdefault(int(context), []).append(row)
        for rows in touches.values():
            members = sorted({int(batch.subject[row]) for row in rows})
            if len(members) > 1:
                data = {
                    "id": f"m-{self.digest.hex()[:8]}-{rows[0]}",
                    "members": members,
                    "rows": [batch.first_row + row for row in rows],
                    "onset": int(batch.time[rows[0]]),
                    "raised": batch.end,
                    "bits": 1.0,
                    "status": "open",
                }
                findings.append(self._finding(data))
                self.open.append((batch.end, data))
        self.oldest_row = min([batch.first_row, *(row for _, data in self.open for row in data["rows"])])
        return findings

    def _finding(self, data: dict[str, Any]) -> Finding:
        members = tuple(data["members"])
        return Finding(
            id=data["id"],
            type="meeting",
            members=members,
            onset=data["onset"],
            onset_between=(data["onset"], data["raised"]),
            raised=data["raised"],
            bits=Bits(when=0.0, what=0.0, whom=data["bits"], naming=0.0, net=data["bits"]),
            stage=None,
            status=data["status"],
            ledger=tuple(Entry(row, members[:1], 1.0) for row in data["rows"]),
            circles=tuple(self.circles[member] for member in members),
            lanes=tuple(data["rows"][:2]),
            lanes_left_out=0,
            ties_before=(),
            ties_after=((members[0], members[1], 1),),
            curve=((data["raised"], data["bits"]),),
        )

    def state(self) -> dict[str, np.ndarray]:
        data = {
            "parameters": asdict(self.parameters),
            "oldest_row": self.oldest_row,
            "digest": self.digest.hex(),
            "names": self.names,
            "watched": self.watched,
            "open": self.open,
        }
        return {
            "all": np.frombuffer(json.dumps(data).encode(), np.uint8),
            "circle": np.array(self.circles, np.int32),
            "sort_of": self.sort_of,
        }

    @classmethod
    def restore(
        cls, parameters: Parameters, sort_of: np.ndarray, state: dict[str, np.ndarray], **_: object
    ) -> FakeEngine:
        engine = cls(parameters, sort_of=sort_of)
        data = json.loads(state["all"].tobytes())
        assert data["parameters"] == asdict(parameters)
        assert np.array_equal(state["sort_of"], sort_of)
        engine.oldest_row = data["oldest_row"]
        engine.digest = bytes.fromhex(data["digest"])
        engine.names, engine.watched = data["names"], data["watched"]
        engine.circles = state["circle"].tolist()
        engine.open = [(border, moment) for border, moment in data["open"]]
        return engine
