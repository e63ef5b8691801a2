"""The world: a simulated population, its events, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lapwing.worlds.activity import DAY, START, activity, acts
from lapwing.worlds.cell import copied, plans
from lapwing.worlds.choice import choices
from lapwing.worlds.scenario import Range, Scenario, load_scenario
from lapwing.worlds.truth import Cell, Truth

KINDS = ("share", "mention", "repost", "tag", "join", "donate", "copy")
"""Kinds of act, by number."""

PREFIXES = ("link", "account", "post", "tag", "group", "wallet", "text")
"""What a context of each kind is called, in the same order."""

MIX = (0.45, 0.22, 0.20, 0.08, 0.03, 0.02)
"""Parts of the contexts that are links, accounts, posts, tags, groups, wallets. Texts come with links."""

TAGS = 5_000
"""Tags that links carry; the most used one goes with about one link in 200."""


@dataclass(frozen=True, slots=True)
class Events:
    """The rows of a world in order of time, as columns of numbers; all have the same length but the last."""

    time: NDArray[np.int64]
    """Microseconds since 1970-01-01 UTC, whole seconds."""
    subject: NDArray[np.int32]
    """Number of the subject, -1 for background."""
    kind: NDArray[np.int8]
    """Place in :data:`KINDS`."""
    context: NDArray[np.int32]
    """Number of the context, dense."""
    act: NDArray[np.int64]
    """Number of the act; the rows of one act are next to each other."""
    context_kind: NDArray[np.int8]
    """Per context: the kind of act that touches it."""

    def table(self) -> pa.Table:
        """The events as they are written: `time`, `subject`, `kind`, `context`, `id`."""
        names = [f"{PREFIXES[kind]}:{number}" for number, kind in enumerate(self.context_kind.tolist())]
        subjects = subject_names(int(self.subject.max(initial=-1)) + 1)
        unseen = self.subject < 0
        return pa.table(
            {
                "time": pa.array(self.time).cast(pa.timestamp("us", tz="UTC")),
                "subject": pa.DictionaryArray.from_arrays(
                    pa.array(np.where(unseen, 0, self.subject), mask=unseen), pa.array(subjects, pa.string())
                ).cast(pa.large_string()),
                "kind": pa.DictionaryArray.from_arrays(self.kind, pa.array(KINDS)).cast(pa.large_string()),
                "context": pa.DictionaryArray.from_arrays(self.context, pa.array(names, pa.string())).cast(
                    pa.large_string()
                ),
                "id": pc.binary_join_element_wise("e", pa.array(self.act).cast(pa.string()), "").cast(
                    pa.large_string()
                ),
            }
        )


@dataclass(frozen=True, slots=True)
class World:
    """A simulated population with known truth."""

    scenario: Scenario
    events: Events
    truth: Truth
    community: NDArray[np.int32]
    """Per subject: the taste it shares, all 0 in a world without communities."""
    watched: NDArray[np.int32]
    """Numbers of the subjects that are watched, ascending."""


def subject_names(count: int) -> list[str]:
    """The pseudonyms of subjects 0 .. count - 1."""
    return [f"s{number:06d}" for number in range(count)]


def make_world(
    scenario: Scenario | str = "plain",
    *,
    seed: int,
    subjects: int | None = None,
    days: float | None = None,
    cells: int | None = None,
    size: int | tuple[int, int] | None = None,
    copy: float | Range | None = None,
) -> World:
    """Make a world; what is given replaces the scenario's value.

    The same scenario and seed give the same world, bit for bit. ``copy`` is the chance that a member's act
    copies another member after the onset. Raises :class:`lapwing.worlds.scenario.ScenarioError`.
    """
    if isinstance(scenario, str):
        scenario = load_scenario(scenario)
    scenario = scenario.with_(subjects=subjects, days=days, cells=cells, size=size, copy=copy)
    # Each part draws from its own stream, so a null has the same population as the world it belongs to.
    people, whom, when, what, extra, copying = (
        np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(6)
    )
    rows_per_act = 1 + MIX[0] * (scenario.tags + scenario.texts)
    rates = activity(scenario, rows_per_act, people)
    community = people.integers(max(1, scenario.communities), size=scenario.subjects).astype(np.int32)
    watched = np.arange(scenario.subjects, dtype=np.int32)
    if scenario.watched is not None:
        watched = np.sort(people.permutation(watched)[: scenario.watched])
    planned = plans(watched, community, scenario, whom)
    for plan in planned:
        rates[plan.members] = scenario.member_acts

    time, subject = acts(rates, scenario, when)
    context = choices(time, subject, community, scenario, what)
    names = subject_names(scenario.subjects)
    hidden = []
    for plan in planned if scenario.hidden else ():
        member_times, copies = copied(plan, time, subject, context, scenario, copying)
        hidden.append(
            Cell(
                members=tuple(names[m] for m in plan.members.tolist()),
                onset=plan.onset * 1_000_000,
                copy=plan.copy,
                lag_hours=scenario.lag_hours,
                copies=copies,
                acts=tuple((member_times - plan.onset).tolist()),
            )
        )
    order = np.argsort(time, kind="stable")
    events = _rows(time[order], subject[order], context[order], scenario, extra)
    if scenario.watched is not None:
        seen = np.zeros(scenario.subjects, bool)
        seen[watched] = True
        events.subject[~seen[events.subject]] = -1
    end = START + int(scenario.days * DAY)
    truth = Truth(scenario.name, seed, START * 1_000_000, end * 1_000_000, tuple(hidden))
    return World(scenario, events, truth, community, watched)


def write_world(world: World, out: Path) -> None:
    """Write `events.parquet` and `truth.json`, and `watched.txt` when not everybody is watched."""
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(world.events.table(), out / "events.parquet", compression="zstd")
    (out / "truth.json").write_text(world.truth.text(), "utf-8")
    if world.scenario.watched is not None:
        names = subject_names(world.scenario.subjects)
        lines = "".join(f"{names[number]}\n" for number in world.watched.tolist())
        (out / "watched.txt").write_text(lines, "utf-8")


def _rows(
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    context: NDArray[np.int64],
    scenario: Scenario,
    rng: np.random.Generator,
) -> Events:
    """Acts to rows: a share may carry the tag and the text of its link, which are the same at every touch."""
    kind = np.searchsorted(np.cumsum(MIX), _fraction(context, 1), side="right").astype(np.int8)
    kind = np.minimum(kind, len(MIX) - 1).astype(np.int8)
    share = kind == KINDS.index("share")
    # Ids of contexts: 3 x number for what is touched, + 1 for tags that come along, + 2 for texts.
    columns = [(np.arange(len(time)), kind, 3 * context)]
    tagged = np.flatnonzero(share & (rng.random(len(time)) < scenario.tags))
    tag = (20 * ((1 + TAGS / 20) ** _fraction(context[tagged], 2) - 1)).astype(np.int64)
    columns.append((tagged, np.full(len(tagged), KINDS.index("tag"), np.int8), 3 * tag + 1))
    worded = np.flatnonzero(share & (rng.random(len(time)) < scenario.texts))
    columns.append((worded, np.full(len(worded), KINDS.index("copy"), np.int8), 3 * context[worded] + 2))
    act = np.concatenate([column[0] for column in columns])
    order = np.argsort(act, kind="stable")
    act = act[order]
    kind = np.concatenate([column[1] for column in columns])[order]
    code = np.concatenate([column[2] for column in columns])[order]
    used = np.zeros(int(code.max(initial=-1)) + 1, bool)
    used[code] = True
    dense = (np.cumsum(used) - 1).astype(np.int32)[code]
    context_kind = np.zeros(int(used.sum()), np.int8)
    context_kind[dense] = kind
    return Events(time[act] * 1_000_000, subject[act], kind, dense, act.astype(np.int64), context_kind)


def _fraction(number: NDArray[np.int64], salt: int) -> NDArray[np.float64]:
    """A fixed number in [0, 1) for every context, so that what belongs to a context never changes."""
    z = number.astype(np.uint64) + np.uint64(salt << 40)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z >> np.uint64(11)).astype(np.float64) * (1.0 / 9007199254740992.0)
