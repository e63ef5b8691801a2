"""The stage a moment has reached, among the stages of its ladder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.ladder_file import Ladder, load, shipped
from lapwing.moments.moment import Moment
from lapwing.report.language import told


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage as the page shows it."""

    name: str
    meaning: str
    caveat: str
    against: str
    acts: tuple[int, ...]
    """The places in the ledger of the acts that are of its kinds."""
    here: bool
    passed: bool


def rungs(moment: Moment) -> tuple[Rung, ...]:
    """The stages of the ladder that the moment is on; none when it is on none that comes with the desk."""
    ladder_name, _, stage_name = (moment.stage or "").partition(" / ")
    ladder = _ladders().get(ladder_name)
    names = [stage.name for stage in ladder.stages] if ladder is not None else []
    if ladder is None or stage_name not in names:
        return ()
    at = names.index(stage_name)
    return tuple(
        Rung(
            told(stage.name),
            told(stage.meaning),
            told(stage.caveat),
            told(stage.against),
            tuple(place for place, act in enumerate(moment.ledger) if act.kind in stage.kinds),
            here=place == at,
            passed=place < at,
        )
        for place, stage in enumerate(ladder.stages)
    )


@cache
def _ladders() -> dict[str, Ladder]:
    vocabulary = Vocabulary.load()
    found = [load(name, vocabulary) for name in shipped()]
    return {ladder.name: ladder for ladder in found}
