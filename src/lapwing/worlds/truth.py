"""What really happened in a world, as data and as `truth.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lapwing.moments.moment import microseconds, rfc3339


@dataclass(frozen=True, slots=True)
class Cell:
    """Subjects that begin to copy one another."""

    members: tuple[str, ...]
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


@dataclass(frozen=True, slots=True)
class Truth:
    """The hidden side of a world. A null world has no cells."""

    scenario: str
    seed: int
    start: int
    """Microseconds since 1970-01-01 UTC, as is `end`."""
    end: int
    cells: tuple[Cell, ...]

    def text(self) -> str:
        """The truth as the text of `truth.json`."""
        data = asdict(self)
        data["start"], data["end"] = rfc3339(self.start), rfc3339(self.end)
        for cell in data["cells"]:
            cell["onset"] = rfc3339(cell["onset"])
        return json.dumps(data) + "\n"


def read_truth(path: Path) -> Truth:
    """Read `truth.json`. Raises ``ValueError`` with the place when it is not one."""
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        cells = tuple(
            Cell(
                **{
                    **cell,
                    "members": tuple(cell["members"]),
                    "acts": tuple(cell["acts"]),
                    "onset": microseconds(cell["onset"]),
                }
            )
            for cell in data.pop("cells")
        )
        start, end = microseconds(data.pop("start")), microseconds(data.pop("end"))
        return Truth(start=start, end=end, cells=cells, **data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{path} is not the truth of a world ({error}); `lapwing world` writes one"
        ) from error
