"""Trials: a group proposed from the past and tested on fresh acts only.

Naming a group among all groups costs some ten bits a member. A group that is *proposed* costs only the share of the
proposals it takes, since its test uses nothing that was known when it was proposed. Proposals are limited to
:data:`EACH_BORDER` a border, so with ``n`` borders a day each is worth ``1 / (n EACH_BORDER)`` of the mass of a
day's starts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.whom import CAP, DAY, RHO, STARTS, Trace
from lapwing.moments.scene import Scene

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

EACH_BORDER = 3
"""Proposals taken at a border."""
LASTS = 3 * DAY
"""A trial that has decided nothing by then ends."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A group under test since ``start`` (microseconds): starts, models and what is usual are fixed beforehand."""

    members: tuple[int, ...]
    start: int
    models: tuple[float, ...]
    """Weight of every model, summing to 1."""
    usual: tuple[float, ...]
    """``c_tau`` as learnt from the group's past."""


def proposed(members: I32, scene: Scene) -> Trial:
    """Put a group on trial from this border on. Models weigh as much as the acts so far make them likely."""
    path, _, times = scene.trace(members)
    parts = np.exp2(path.parts - path.parts.max())
    models = parts.sum(axis=0)
    weight = 0.9 * models / models.sum() + 0.1 / models.size
    usual = path.usual[int(times[-1]) // DAY % STARTS]
    return Trial(tuple(map(int, members)), scene.now, tuple(map(float, weight)), tuple(map(float, usual)))


def fresh_bits(trial: Trial, path: Trace, times: NDArray[np.int64], border: int) -> float:
    """Net bits of a trial from the acts since its start: ``log2 E`` less what one of a day's proposals costs.

    ``border`` is the time between two borders, microseconds.
    """
    fresh = path.gain[times >= trial.start]
    as_usual = 1.0 + fresh @ np.array(trial.usual)
    bits = np.empty(len(trial.models))
    for model, weight in enumerate(trial.models):
        excess = (fresh[:, model // RHO.size] + 1.0) / as_usual - 1.0
        ratio = np.log2(1.0 + RHO[model % RHO.size] * excess)
        bits[model] = math.log2(weight) + np.minimum(ratio, CAP).sum()
    return float(np.logaddexp2.reduce(bits)) - math.log2(EACH_BORDER * DAY / border)
