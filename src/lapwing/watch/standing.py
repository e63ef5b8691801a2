"""Where a watch stands at a border: all of its state but the engine's, to and from named arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lapwing.events.schema import SCHEMA
from lapwing.moments.run_record import Parameter
from lapwing.watch.names import Names


@dataclass(frozen=True, slots=True)
class Standing:
    """What was taken up to a border, and what is needed to go on from there."""

    version: str
    """Of Lapwing."""
    parameters: Mapping[str, Parameter]
    """All that shapes the result; a run with others is another run."""
    position: int = 0
    """The border: events before it are taken. Microseconds."""
    rows: int = 0
    """Events taken."""
    acts: int = 0
    subjects: int = 0
    watched: int = 0
    """Of the subjects, how many a moment may name."""
    background: int = 0
    """Of the events, how many have no subject."""
    first: int | None = None
    last: int | None = None
    """Times of the first and the last event taken."""
    lengths: tuple[int, int] = (0, 0)
    """Bytes of `moments.jsonl` and `exhibits.jsonl`."""
    oldest: Mapping[str, int] = field(default_factory=dict)
    """The oldest event that each moment not closed refers to."""
    rows_read: int = 0
    """Rows read, good or bad, by all runs."""
    repeated: int = 0
    """Of these, how many were sent twice."""
    circles: tuple[str, ...] = ()
    """Names of the circles that the team or the events give, by number."""
    inputs: Mapping[str, int] = field(default_factory=dict)
    """What the runs before were given to read, in words, and the rows it held."""
    unfinished: tuple[str, ...] = ()
    """Inputs of a run that was cut off: what they hold after the position is still to be taken."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A standing, and the arrays that belong to it."""

    standing: Standing
    names: Names
    """Of the subjects."""
    contexts: NDArray[np.uint8]
    """The count of different contexts (:mod:`lapwing.watch.contexts`)."""
    tail: pa.Table
    """The last rows of the runs before: those since the position, and those just before it."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it as flat named arrays."""
        offsets, data = self.names.arrays(self.standing.subjects)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, SCHEMA) as writer:
            writer.write_table(self.tail.unify_dictionaries())
        return {
            "standing": np.frombuffer(json.dumps(asdict(self.standing)).encode(), np.uint8),
            "name_offsets": offsets,
            "name_data": data,
            "contexts": self.contexts,
            "tail": np.frombuffer(sink.getvalue(), np.uint8),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Saved:
        """The inverse of :meth:`arrays`; other arrays may be among them."""
        plain = json.loads(arrays["standing"].tobytes())
        plain |= {name: tuple(plain[name]) for name in ("lengths", "circles", "unfinished")}
        with pa.ipc.open_stream(pa.py_buffer(arrays["tail"])) as reader:
            tail = reader.read_all()
        names = Names.of(arrays["name_offsets"], arrays["name_data"])
        return cls(Standing(**plain), names, arrays["contexts"], tail)
