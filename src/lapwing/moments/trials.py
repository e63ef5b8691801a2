"""Trials: a group proposed from the past and tested on fresh acts only.

Naming a group among all groups costs some ten bits a member. A group that is *proposed* costs only the share of the
proposals it takes, since its test uses nothing that was known when it was proposed. A day's proposals share one
unit of mass: every border gives out its part of the day, each group getting the more of it the better it looks, and
a group that is proposed again gets more. So under "as usual" the mean time until a trial reaches ``A`` is at
least ``A`` days, like that of a group named beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.restart import MODELS, STARTS, Trace, bits_of, trace
from lapwing.evidence.whom import DAY, Acts, everyone
from lapwing.moments.scene import Scene, sheet_of

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

EACH_BORDER = 8
"""At most so many groups are proposed at a border."""
LASTS = 3 * DAY
"""A trial that was not proposed again for so long ends."""
LOST = -30.0
"""A trial ends when its net bits fall below this."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A group under test: what is usual was fixed when it was first proposed."""

    members: tuple[int, ...]
    proposed: int
    """The last border at which it was proposed, microseconds."""
    usual: tuple[float, ...]
    """``c_tau`` as learnt from the group's past."""
    evidence: tuple[float, ...]
    """log2 of its mass times all ratios since, by model, shape (MODELS,)."""

    @property
    def bits(self) -> float:
        """Net bits: log2 of the evidence summed over the models, the cost of proposing within."""
        return float(np.logaddexp2.reduce(self.evidence))


def shares(bits: Sequence[float]) -> list[float]:
    """How a border's mass is shared among the groups proposed, whose net bits by name these are; sums to 1.

    In proportion to ``2 ** (bits / 2)``: the square root, since the bits are those of the best of many groups.
    """
    best = max(bits, default=0.0)
    weights = [2.0 ** ((value - best) / 2.0) for value in bits]
    return [weight / sum(weights) for weight in weights]


def proposed(trial: Trial | None, members: I32, path: Trace, acts: Acts, now: int, mass: float) -> Trial:
    """Put a group on trial from the border ``now`` on, with so much of a day's mass, or add this to its trial.

    Models weigh as much as the acts so far make them likely, with a tenth spread evenly.
    """
    models = np.exp2(path.parts - path.parts.max()).sum(axis=0)
    fresh = np.log2(mass * (0.9 * models / models.sum() + 0.1 / MODELS))
    if trial is not None:
        evidence = np.logaddexp2(trial.evidence, fresh)
        return replace(trial, proposed=now, evidence=tuple(map(float, evidence)))
    usual = path.usual[int(acts.time[-1]) // DAY % STARTS]
    return Trial(tuple(map(int, members)), now, tuple(map(float, usual)), tuple(map(float, fresh)))


def continued(trials: Sequence[Trial], scene: Scene, first: int) -> list[Trial]:
    """The trials after the acts since touch number ``first``; those that have run out or are lost end."""
    left = []
    for trial in trials:
        if scene.now - trial.proposed > LASTS:
            continue
        members = np.array(trial.members, np.int32)
        if (scene.last_own[members] >= first).any():
            evidence = np.array(trial.evidence)
            evidence += _weighed(members, np.array(trial.usual), scene, first)
            trial = replace(trial, evidence=tuple(map(float, evidence)))
            if trial.bits < LOST:
                continue
        left.append(trial)
    return left


@kernel
def _weighed(members: I32, usual: F64, scene: Scene, first: int) -> F64:
    """Bits of the group's acts since touch ``first``, by model."""
    sheet = sheet_of(members, scene)
    acts = everyone(sheet)
    at = acts.time.shape[0]
    while at > 0 and sheet.seq[acts.first[at - 1]] >= first:
        at -= 1
    bits = np.empty(MODELS)
    for model in range(MODELS):
        bits[model] = bits_of(acts.gain[at:], acts.offered[at:], model, usual).sum()
    return bits


def past_of(members: I32, scene: Scene) -> tuple[Trace, Acts]:
    """The evidence of a group so far."""
    acts = everyone(sheet_of(members, scene))
    return trace(acts, scene.since), acts
