"""The world of the demonstration: made-up accounts, some of them watched, and hidden among these three dozen groups
that meet, forty accounts that change and six groups that meet and climb through stages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lapwing.events.schema import SCHEMA
from lapwing.worlds.rows import subject_names
from lapwing.worlds.scenario import KINDS, PREFIXES, load_scenario
from lapwing.worlds.truth import Cell, Climb, Shift
from lapwing.worlds.world import World, make_world

SEED = 2015
ACCOUNTS, WATCHED = 46_000, 15_000
"""As in the network that is the origin of this project."""
PREPARED, CAUGHT_UP, AHEAD = 9.0, 3.0, 1.0
"""Days of the world that are watched before the desk opens, that are replayed quickly, and that lie ahead."""
ACTS = 2.9
"""Events of an account and day: a third of what the origin's did, so that a minute is enough to prepare the desk."""
CELLS, SHIFTS, CLIMBS = 36, 40, 6
STRENGTH = (0.25, 0.5)
"""Share of a member's acts that copy another: stronger than in the benchmarks, so that minutes are enough to see it."""
CLIMB = 0.5, 0.9
"""Share of a climber's acts that are of the stage's kind: as strong, and a stage a day."""
OTHERS = 300
"""One in so many of the others has a handle as well, so that a handle says nothing. To seal all of them would take half
as long as everything else.
"""
DAY = 86_400 * 1_000_000
SOURCE = "world"
"""Where its events come from, in the words of the vocabulary; the mandates of the demonstration allow it."""


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """A world, moved in time so that it has a past and a present."""

    events: pa.Table
    """All events (:data:`~lapwing.events.schema.SCHEMA`), in order of time."""
    watched: tuple[str, ...]
    told_of: frozenset[str]
    """Those of the watched whose handle comes with the mandate: all that moments can be of, and some others."""
    start: int
    """Microseconds since 1970, as are the others."""
    opens: int
    """Where the replay begins."""
    late: int
    """How old events are when they come in before that: as much as the replay then makes up for."""


def make(now: int, *, subjects: int = ACCOUNTS, watched: int = WATCHED) -> DemoWorld:
    """The world, of which ``now`` (microseconds since 1970) is the present. It is another world for other numbers
    of accounts and of watched ones, and otherwise always the same.
    """
    days = PREPARED + CAUGHT_UP + AHEAD
    begins = 6.0 / days, (PREPARED + CAUGHT_UP - 0.25) / days
    scenario = load_scenario("origin").with_(
        days=days,
        events=ACTS,
        cells=CELLS,
        copy=STRENGTH,
        shifts=SHIFTS,
        climbs=CLIMBS,
        climb=CLIMB,
        meeting=STRENGTH,
        stage_days=1.0,
        onset=begins,
        subjects=subjects,
        watched=watched,
    )
    made = make_world(scenario, seed=SEED)
    # Whole hours: a world's hours of day and night stay what they are to within the hour.
    hour = DAY // 24
    present = int((PREPARED + CAUGHT_UP) * DAY)
    start = (now - present) // hour * hour
    first = int(made.events.time[0]) // DAY * DAY
    names = subject_names(len(made.community))
    looked_at = tuple(names[number] for number in made.watched.tolist())
    hidden: list[Cell | Climb | Shift] = [*made.truth.cells, *made.truth.climbs, *made.truth.shifts]
    return DemoWorld(
        events=_table(made, start - first),
        watched=looked_at,
        told_of=frozenset(looked_at[::OTHERS]).union(*(one.members for one in hidden)),
        start=start,
        opens=start + int(PREPARED * DAY),
        late=int(CAUGHT_UP * DAY),
    )


def _table(world: World, shift: int) -> pa.Table:
    rows = world.events
    contexts = pa.array(
        [f"{PREFIXES[kind]}:{number}" for number, kind in enumerate(rows.context_kind.tolist())],
        pa.large_string(),
    )
    subjects = pa.array(subject_names(len(world.community)), pa.string())
    unseen = rows.subject < 0
    number = pa.array(rows.act).cast(pa.large_string())
    columns = {
        "time": pa.array(rows.time + shift),
        "subject": pa.DictionaryArray.from_arrays(
            pa.array(np.where(unseen, 0, rows.subject).astype(np.int32), mask=unseen), subjects
        ),
        "kind": pa.DictionaryArray.from_arrays(pa.array(rows.kind.astype(np.int32)), pa.array(KINDS)),
        "context": contexts.take(pa.array(rows.context)),
        "id": pc.binary_join_element_wise(
            pa.scalar("e", pa.large_string()), number, pa.scalar("", pa.large_string())
        ),
    }
    columns["source"] = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(len(rows.time), np.int32)), pa.array([SOURCE])
    )
    empty = {name: pa.nulls(len(rows.time), SCHEMA.field(name).type) for name in ("circle", "platform")}
    return pa.table(columns | empty).select(SCHEMA.names).cast(SCHEMA)
