"""A moment in numbers, as the engine states it at one border; names and texts are put in when it is written."""

from __future__ import annotations

from dataclasses import dataclass

from lapwing.moments.moment import Bits, MomentType, Status


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger line: the event's number in the store, who was followed (most recent first), and the bits."""

    row: int
    with_: tuple[int, ...]
    bits: float


@dataclass(frozen=True, slots=True)
class Change:
    """How a subject acts since the onset, beside how it did before."""

    usual_daily: float
    """Acts a day as usual, at the population's pace."""
    daily: float
    """Acts a day since the onset."""
    factor: float | None
    """By which factor its rate is best described as changed; 0 for silence, None where the rate is no part of it."""
    mix: tuple[tuple[int, float, float], ...]
    """(kind, usual share, share now) of the kinds that grew most; empty where kinds are no part of it."""


@dataclass(frozen=True, slots=True)
class Climb:
    """Where on a ladder the members' acts are."""

    ladder: str
    stages: tuple[tuple[str, float, int | None], ...]
    """(name, chance if it is a climb at all, when it was reached or None), in their order."""
    expected: tuple[tuple[int, float], ...]
    """(kind, share) of what would be expected next, most first."""
    caveat: str
    against: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one moment at a border. Subjects and events are numbers, times microseconds."""

    id: str
    type: MomentType
    members: tuple[int, ...]
    onset: int
    onset_between: tuple[int, int]
    raised: int
    bits: Bits
    stage: str | None
    status: Status
    ledger: tuple[Entry, ...]
    circles: tuple[int, ...]
    """Circle of each member, -1 for none."""
    lanes: tuple[int, ...]
    """Numbers of the members' events around the onset."""
    lanes_left_out: int
    ties_before: tuple[tuple[int, int, int], ...]
    """(member, member, contexts both touched) before the onset."""
    ties_after: tuple[tuple[int, int, int], ...]
    curve: tuple[tuple[int, float], ...]
    """(time, net bits)."""
    change: Change | None = None
    """Of a shift."""
    climb: Climb | None = None
    """Of acts that climb a ladder."""

    @property
    def once_in_days(self) -> float:
        """By chance alone, all that is watched would show such a moment about once in so many days."""
        return float(2.0 ** min(self.bits.net, 1000.0))
