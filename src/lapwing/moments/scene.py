"""The scene: all that the search for moments looks at, as at one border."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.touches import Background, Touches
from lapwing.evidence.whom import Sheet, gather
from lapwing.moments.hits import Habits, Hits

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]


class Scene(NamedTuple):
    """Annotated touches and hits in memory, and what naming each subject costs. Kernels take it whole.

    ``gain``, ``listed`` and ``inside`` are scratch of the kernels, shape (subjects,), zero between calls.
    """

    now: int
    """The border, microseconds."""
    since: int
    """Nothing begins before this time: it belongs to the training."""
    found: Touches
    base: int
    length: int
    background: Background
    last_own: I64
    hits: Hits
    habits: Habits
    costs: F64
    """Bits to name each subject, infinite for those that are not watched."""
    gain: F64
    listed: I32
    inside: I32


@kernel
def sheet_of(members: I32, scene: Scene) -> Sheet:
    """All touches of some subjects (ascending) that are in memory."""
    return gather(members, scene.found, scene.base, scene.last_own)


def with_own_scratch(scene: Scene) -> Scene:
    """The same scene for kernels that run beside others."""
    return scene._replace(
        gain=np.zeros_like(scene.gain), listed=np.zeros_like(scene.listed), inside=np.zeros_like(scene.inside)
    )
