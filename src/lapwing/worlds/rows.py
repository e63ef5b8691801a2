"""The rows of a world: acts become events, each with its kind and context."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lapwing.worlds.choice import MIX, fraction, kind_of
from lapwing.worlds.scenario import KINDS, PREFIXES, Scenario

TAGS = 5_000
"""Tags that come with links."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The events of a world in order of time, as columns of numbers, all but the last equally long."""

    time: NDArray[np.int64]
    """Microseconds since 1970-01-01 UTC, whole seconds."""
    subject: NDArray[np.int32]
    """Number of the subject, -1 for background."""
    kind: NDArray[np.int8]
    """Place in :data:`lapwing.worlds.scenario.KINDS`."""
    context: NDArray[np.int32]
    """Number of the context, dense."""
    act: NDArray[np.int64]
    """Number of the act; the rows of one act are next to each other."""
    context_kind: NDArray[np.int8]
    """Per context: the kind of the acts that touch it."""

    def table(self) -> pa.Table:
        """The events as they are written: `time`, `subject`, `kind`, `context`, `id`."""
        contexts = [f"{PREFIXES[kind]}:{number}" for number, kind in enumerate(self.context_kind.tolist())]
        subjects = subject_names(int(self.subject.max(initial=-1)) + 1)
        text = pa.large_string()
        number = pa.array(self.act).cast(text)
        ids = pc.binary_join_element_wise(pa.scalar("e", text), number, pa.scalar("", text))
        unseen = self.subject < 0
        return pa.table(
            {
                "time": pa.array(self.time).cast(pa.timestamp("us", tz="UTC")),
                "subject": _spelt(pa.array(np.where(unseen, 0, self.subject), mask=unseen), subjects),
                "kind": _spelt(pa.array(self.kind), KINDS),
                "context": _spelt(pa.array(self.context), contexts),
                "id": ids,
            }
        )


def subject_names(count: int) -> list[str]:
    """The pseudonyms of subjects 0 .. count - 1."""
    return [f"s{number:06d}" for number in range(count)]


def rows_per_act(scenario: Scenario) -> float:
    """How many rows an act makes on average, as far as popularity leaves the mix of kinds as it is."""
    return 1.0 + MIX[KINDS.index("share")] * (scenario.tags + scenario.texts)


def rows(
    time: NDArray[np.int64],
    subject: NDArray[np.int32],
    context: NDArray[np.int64],
    luck: NDArray[np.float64],
    scenario: Scenario,
) -> Rows:
    """Acts, in order of time (seconds), to rows. ``luck`` has two numbers in [0, 1) for every act (2 x acts).

    A share may carry the tag and the text of its link. They are the same at every touch of the link, so who
    copies an act may copy all it carries.
    """
    kind = kind_of(context)
    share = kind == KINDS.index("share")
    # Codes of contexts: 3 x number for what is touched, + 1 for tags that come along, + 2 for texts.
    tagged = np.flatnonzero(share & (luck[0] < scenario.tags))
    tag = (20 * ((1 + TAGS / 20) ** fraction(context[tagged], 2) - 1)).astype(np.int64)
    worded = np.flatnonzero(share & (luck[1] < scenario.texts))
    act = np.concatenate([np.arange(len(time)), tagged, worded])
    order = np.argsort(act, kind="stable")
    act = act[order]
    code = np.concatenate([3 * context, 3 * tag + 1, 3 * context[worded] + 2])[order]
    extra = [np.full(len(tagged), KINDS.index("tag")), np.full(len(worded), KINDS.index("copy"))]
    kind = np.concatenate([kind, *extra]).astype(np.int8)[order]
    used = np.zeros(int(code.max(initial=-1)) + 1, bool)
    used[code] = True
    dense = (np.cumsum(used) - 1).astype(np.int32)[code]
    context_kind = np.zeros(int(used.sum()), np.int8)
    context_kind[dense] = kind
    return Rows(time[act] * 1_000_000, subject[act], kind, dense, act.astype(np.int64), context_kind)


def _spelt(numbers: pa.Array, names: list[str] | tuple[str, ...]) -> pa.Array:
    """Numbers to the names they stand for."""
    return pa.DictionaryArray.from_arrays(numbers, pa.array(names, pa.large_string())).dictionary_decode()
