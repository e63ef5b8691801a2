"""The run record: what a watch read and how, as plain data and as `run.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lapwing.moments.moment import microseconds, rfc3339

Parameter = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class FileRead:
    """One input and the rows it held."""

    path: str
    rows: int


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """What was read, and what became of it."""

    rows: int
    """Rows read, over all files and all runs on this folder."""
    accepted: int
    """Rows that became events."""
    duplicates: int
    """Rows seen before and taken once."""
    late: int
    """Rows older than the stated tolerance for disorder."""
    already_taken: int
    """Rows that an earlier run on the same folder had taken."""
    quarantined: int
    """Rows that could not be read as events."""
    first: int | None
    """Time of the earliest event, microseconds since 1970-01-01 UTC; ``None`` when there is no event."""
    last: int | None
    """Time of the latest event, same unit."""
    subjects: int
    """Different subjects in the events."""
    watched: int
    """Subjects that a moment may name."""
    background: int
    """Events without a subject: they teach what is common and cannot be named."""
    contexts: int
    """Different contexts in the events."""
    circles: int
    """Circles known at the end, given or learnt."""
    files: tuple[FileRead, ...]


@dataclass(frozen=True, slots=True)
class QuarantineRecord:
    """Where the rows went that could not be read, and why."""

    file: str
    """The quarantine file, as a name inside the run's folder."""
    reasons: Mapping[str, int]
    """Rows for each reason."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How a folder of moments came about: enough to judge it and to run it again."""

    version: str
    """The version of Lapwing."""
    command: str
    """The command line as it was given."""
    read: ReadRecord
    quarantine: QuarantineRecord
    parameters: Mapping[str, Parameter]
    budget_days: float
    """The team accepts one false alarm in so many days."""
    threshold_bits: float
    """``log2(budget_days)``: net bits at which a moment is raised."""
    days_watched: float
    """Days of stream time during which moments could be raised."""

    def line(self) -> str:
        """The record as the one line of `run.json`, without the newline."""
        read = self.read
        data = {
            "version": self.version,
            "command": self.command,
            "read": {
                "rows": read.rows,
                "accepted": read.accepted,
                "duplicates": read.duplicates,
                "late": read.late,
                "already_taken": read.already_taken,
                "quarantined": read.quarantined,
                "first": None if read.first is None else rfc3339(read.first),
                "last": None if read.last is None else rfc3339(read.last),
                "subjects": read.subjects,
                "watched": read.watched,
                "background": read.background,
                "contexts": read.contexts,
                "circles": read.circles,
                "files": [{"path": file.path, "rows": file.rows} for file in read.files],
            },
            "quarantine": {"file": self.quarantine.file, "reasons": dict(self.quarantine.reasons)},
            "parameters": dict(self.parameters),
            "budget_days": self.budget_days,
            "threshold_bits": self.threshold_bits,
            "days_watched": self.days_watched,
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> RunRecord:
        """Read `run.json`. Raises ``KeyError`` or ``ValueError`` when it is not a run record."""
        data: dict[str, Any] = json.loads(text)
        read, quarantine = data["read"], data["quarantine"]
        return cls(
            version=data["version"],
            command=data["command"],
            read=ReadRecord(
                rows=int(read["rows"]),
                accepted=int(read["accepted"]),
                duplicates=int(read["duplicates"]),
                late=int(read["late"]),
                already_taken=int(read["already_taken"]),
                quarantined=int(read["quarantined"]),
                first=None if read["first"] is None else microseconds(read["first"]),
                last=None if read["last"] is None else microseconds(read["last"]),
                subjects=int(read["subjects"]),
                watched=int(read["watched"]),
                background=int(read["background"]),
                contexts=int(read["contexts"]),
                circles=int(read["circles"]),
                files=tuple(FileRead(file["path"], int(file["rows"])) for file in read["files"]),
            ),
            quarantine=QuarantineRecord(quarantine["file"], dict(quarantine["reasons"])),
            parameters=dict(data["parameters"]),
            budget_days=float(data["budget_days"]),
            threshold_bits=float(data["threshold_bits"]),
            days_watched=float(data["days_watched"]),
        )
