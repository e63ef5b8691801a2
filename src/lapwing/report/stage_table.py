"""The stages of a ladder as rows: what each is, which acts of the ledger are of its kinds, and how likely it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage as the file of its ladder has it."""

    name: str
    meaning: str
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage as the table shows it."""

    name: str
    meaning: str
    """Empty where the file of the ladder is not at hand."""
    acts: tuple[int, ...]
    """The places in the ledger of the acts that are of its kinds."""
    chance: float | None
    """That the climb is at this stage, if it is one at all; ``None`` when that was not kept."""
    since: int | None
    """When it was reached, microseconds since 1970-01-01 UTC."""
    here: bool
    """Whether it is the stage that the moment names."""


def stage_rows(moment: Moment, exhibit: Exhibit | None, rungs: Sequence[Rung] = ()) -> tuple[StageRow, ...]:
    """The stages of the ladder that the moment is on, in their order; none when it is on none.

    ``rungs`` is the ladder as its file has it, where that is at hand.
    """
    ladder, _, here = (moment.stage or "").partition(" / ")
    climb = None if exhibit is None else exhibit.climb
    shown = {} if climb is None or climb.ladder != ladder else {stage.name: stage for stage in climb.stages}
    known = rungs or [Rung(name, "", frozenset()) for name in shown]
    return tuple(
        StageRow(
            rung.name,
            rung.meaning,
            tuple(place for place, act in enumerate(moment.ledger) if act.kind in rung.kinds),
            shown[rung.name].chance if rung.name in shown else None,
            shown[rung.name].since if rung.name in shown else None,
            here=rung.name == here,
        )
        for rung in known
    )
