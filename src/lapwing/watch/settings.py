"""Settings: what a watch is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field

from lapwing.events.inputs import Format
from lapwing.events.reader import HOUR
from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.budget_shares import Detector
from lapwing.moments.ladder_file import Ladder, load, shipped
from lapwing.moments.progressions import Steps
from lapwing.moments.run_record import Parameter
from lapwing.watch.engine import Parameters
from lapwing.watch.roster import Roster


@dataclass(frozen=True, slots=True)
class Settings:
    """What shapes the result, and how the input is to be read."""

    parameters: Parameters = field(default_factory=Parameters)
    """Of the engine, the budget among them."""
    roster: Roster = field(default_factory=Roster)
    ladders: tuple[Ladder, ...] | None = None
    """Ladders that acts are held against; None for those that come with Lapwing."""
    without: frozenset[Detector] = frozenset()
    """Detectors that are left out."""
    tolerance: int = HOUR
    """How far out of order a stream may be, microseconds; the result trails the stream by as much."""
    vocabulary: Vocabulary = field(default_factory=Vocabulary.load)
    strict: bool = False
    """Stop at the first row that cannot be read."""
    assume_utc: bool = False
    """Take times without offset as UTC."""
    sort: bool = False
    """Sort the input first, on disk."""
    stated: Format | None = None
    """The format of all inputs; without it, each is told by its content."""

    def steps(self) -> tuple[Steps, ...]:
        """The ladders in the numbers of the vocabulary."""
        ladders = self.ladders
        if ladders is None:
            ladders = tuple(load(name, self.vocabulary) for name in shipped())
        return tuple(Steps.of(ladder, self.vocabulary) for ladder in ladders)

    def shaping(self) -> dict[str, Parameter]:
        """All that two runs must have in common for one to go on from the other."""
        words = repr((list(self.vocabulary.kinds), list(self.vocabulary.contexts)))
        return {
            **asdict(self.parameters),
            "without": ", ".join(sorted(self.without)),
            "tolerance": self.tolerance,
            "ladders": None if self.ladders is None else _short(self.ladders),
            **self.roster.fingerprints(),
            "vocabulary": hashlib.sha256(words.encode()).hexdigest()[:16],
        }


def _short(values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
