"""Trials: a group proposed from the past and tested on fresh acts only.

Naming a group among all groups costs some ten bits a member. A group that is *proposed* costs only the share of the
proposals it takes, since its test uses nothing that was known when it was proposed. A day's proposals share one
unit of mass. A border gives out the more of it the more its groups stand out, and what is not given out is kept
for later, up to a day's; a group that is proposed again gets more. So under "as usual" the mean time until a trial
reaches ``A`` is at least ``A`` days, like that of a group named beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lapwing.evidence.kernel import kernel
from lapwing.evidence.restart import MODELS, Trace, bits_of, trace
from lapwing.evidence.whom import DAY, everyone
from lapwing.moments.scene import Scene, sheet_of

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

LASTS = 3 * DAY
"""A trial that was not proposed again for so long ends."""
LOST = -30.0
"""A trial ends when its net bits fall below this."""
LEAST_MASS = 2.0**-8
"""Groups that would get less of a day are not put on trial."""
SURE = 20.0
"""Beyond so many bits a proposal weighs no more."""
MEMORY = 7.0
"""Days after which the weight of proposals has faded to ``1/e`` in what is usual."""


class Mass(NamedTuple):
    """What there is to give out to proposals."""

    kept: float = 0.0
    """Not given out so far, days."""
    daily: float = 1.0
    """Weight of the proposals of a day, as usual."""

    def after(self, passed: float, bits: Sequence[float]) -> tuple[Mass, list[float]]:
        """The mass after so much of a day has ``passed``, at a border that proposes groups with so many bits, and what
        each of them gets of it.

        A group weighs ``2 ** (bits / 2)``: the square root, since the bits are those of the best of many groups. It
        gets as much of a day as it weighs in what is usual for one; together they get no more than there is.

        >>> quiet, _ = Mass().after(0.5, [])
        >>> quiet.after(0.25, [])[0].kept, quiet.after(0.25, [8.0])[1], quiet.after(3.0, [8.0, 8.0])[1]
        (0.75, [0.75], [0.5, 0.5])
        """
        there = min(self.kept + passed, 1.0)
        weights = [2.0 ** (min(value, SURE) / 2.0) for value in bits]
        whole = math.fsum(weights)
        parts = [weight / max(self.daily, whole / there) for weight in weights]
        given = [part if part >= LEAST_MASS else 0.0 for part in parts]
        left = max(there - math.fsum(given), 0.0)
        return Mass(left, self.daily + (whole - self.daily * passed) / MEMORY), given


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


def proposed(trial: Trial | None, members: I32, path: Trace, now: int, mass: float) -> Trial:
    """Put a group on trial from the border ``now`` on, with so much of a day's mass, or add this to its trial.

    Models weigh as much as the acts so far make them likely, with a tenth spread evenly. Usual is what was so before
    the day on which the group most likely began, and not what it has done since.
    """
    models = np.exp2(path.parts - path.parts.max()).sum(axis=0)
    fresh = np.log2(mass * (0.9 * models / models.sum() + 0.1 / MODELS))
    if trial is not None:
        evidence = np.logaddexp2(trial.evidence, fresh)
        return replace(trial, proposed=now, evidence=tuple(map(float, evidence)))
    usual = path.usual[int(np.argmax(path.parts.max(axis=1)))]
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


def past_of(members: I32, scene: Scene) -> Trace:
    """The evidence of a group so far."""
    return trace(everyone(sheet_of(members, scene)), scene.since)
