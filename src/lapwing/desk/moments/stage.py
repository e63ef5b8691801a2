"""The stages of the ladder that a moment is on, as the file of the ladder has them."""

from __future__ import annotations

from functools import cache

from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.ladder_file import Ladder, load, shipped
from lapwing.moments.moment import Moment
from lapwing.report.stage_table import Rung


def rungs(moment: Moment) -> tuple[Rung, ...]:
    """The stages of the ladder that the moment is on; none when it is on none that comes with the desk."""
    ladder_name, _, stage_name = (moment.stage or "").partition(" / ")
    ladder = _ladders().get(ladder_name)
    if ladder is None or stage_name not in [stage.name for stage in ladder.stages]:
        return ()
    return tuple(Rung(stage.name, stage.meaning, frozenset(stage.kinds)) for stage in ladder.stages)


@cache
def _ladders() -> dict[str, Ladder]:
    vocabulary = Vocabulary.load()
    found = [load(name, vocabulary) for name in shipped()]
    return {ladder.name: ladder for ladder in found}
