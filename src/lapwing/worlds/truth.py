"""What really happened in a world, as data and as `truth.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lapwing.moments.moment import microseconds, rfc3339


@dataclass(frozen=True, slots=True)
class Cell:
    """Subjects that begin to copy one another."""

    members: tuple[str, ...]
    """Their first accounts."""
    onset: int
    """Microseconds since 1970-01-01 UTC."""
    copy: float
    """Chance that an act after the onset copies another member."""
    lag_hours: float
    """Mean lag from an act to its copy."""
    copies: int
    """How many of the members' acts from the onset on copy."""
    acts: tuple[int, ...]
    """Seconds from the onset to each act of the members after it, ascending."""
    told: tuple[float, ...]
    """Bits of each of these acts for an oracle (:mod:`lapwing.worlds.oracle`)."""
    naming: float
    """Bits to name these members among all that is watched, at the onset."""


@dataclass(frozen=True, slots=True)
class Climb:
    """Subjects that climb through stages together."""

    members: tuple[str, ...]
    onset: int
    """Microseconds since 1970-01-01 UTC; the first stage begins."""
    share: float
    """Share of an act's chance that goes to the kind of the stage."""
    stages: tuple[str, ...]
    """The kind of act that each stage raises."""
    stage_days: float
    acts: tuple[int, ...]
    """Seconds from the onset to each act of the members after it, ascending."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One subject that changes."""

    members: tuple[str, ...]
    """That subject."""
    onset: int
    """Microseconds since 1970-01-01 UTC."""
    turn: str
    """`x8`: its rate times 8; `dark`: no acts any more; `mix`: half of its acts of another kind."""
    acts: tuple[int, ...]
    """Seconds from the onset to each act of the subject after it, ascending."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The hidden side of a world. In a null world nothing is hidden."""

    scenario: str
    seed: int
    start: int
    """Microseconds since 1970-01-01 UTC, as is `end`."""
    end: int
    cells: tuple[Cell, ...]
    climbs: tuple[Climb, ...]
    shifts: tuple[Shift, ...]
    ends: dict[str, int]
    """Accounts that end, by suspension or because their person moves on, and when (microseconds since 1970)."""
    returns: dict[str, str]
    """Accounts opened by people whose earlier account ended, each with that person's first account."""

    def text(self) -> str:
        """The truth as the text of `truth.json`."""
        data = asdict(self)
        data["start"], data["end"] = rfc3339(self.start), rfc3339(self.end)
        for hidden in (*data["cells"], *data["climbs"], *data["shifts"]):
            hidden["onset"] = rfc3339(hidden["onset"])
        data["ends"] = {name: rfc3339(time) for name, time in self.ends.items()}
        return json.dumps(data) + "\n"


def read_truth(path: Path) -> Truth:
    """Read `truth.json`. Raises ``ValueError`` with the reason when it is not one."""
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        _same_fields(Truth, data)
        kinds: dict[str, type[Cell | Climb | Shift]] = {"cells": Cell, "climbs": Climb, "shifts": Shift}
        for name, kind in kinds.items():
            data[name] = tuple(_hidden(kind, hidden) for hidden in data[name])
        data["start"], data["end"] = microseconds(data["start"]), microseconds(data["end"])
        data["ends"] = {name: microseconds(time) for name, time in data["ends"].items()}
        return Truth(**data)
    except _OtherFieldsError as error:
        raise ValueError(
            f"{path} is not the truth of a world of this version: {error}. Make the world again with `lapwing world`"
        ) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{path} is not the truth of a world ({type(error).__name__}: {error}); "
            "`lapwing world` writes one"
        ) from error


class _OtherFieldsError(Exception):
    """A record with other fields than this version has."""


def _same_fields(kind: type[Truth | Cell | Climb | Shift], record: dict[str, Any]) -> None:
    known = {field.name for field in fields(kind)}
    told = f"the record of a {kind.__name__.lower()}"
    if known - record.keys():
        raise _OtherFieldsError(f"{told} has no {', '.join(sorted(known - record.keys()))}")
    if record.keys() - known:
        raise _OtherFieldsError(
            f"{told} has {', '.join(sorted(record.keys() - known))}, which this version does not know"
        )


def _hidden(kind: type[Cell | Climb | Shift], record: dict[str, Any]) -> Cell | Climb | Shift:
    """JSON's lists to tuples, and the onset to microseconds."""
    _same_fields(kind, record)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    values["onset"] = microseconds(record["onset"])
    return kind(**values)
