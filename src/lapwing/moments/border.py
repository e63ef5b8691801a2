"""The border: what is the same for all that look for moments at one moment of stream time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.moments.conduct import Conduct
from lapwing.moments.finding import Finding
from lapwing.moments.scene import Scene
from lapwing.moments.weak_kinds import WeakKinds


@dataclass(frozen=True, slots=True)
class Border:
    """A border, and what is known there."""

    scene: Scene
    threshold: float
    """Net bits at which a moment is raised."""
    names: Sequence[str]
    """Of all subjects."""
    circles: NDArray[np.int32]
    """Of all subjects, -1 for none."""
    weak: WeakKinds

    @property
    def now(self) -> int:
        """Stream time, microseconds."""
        return self.scene.now

    def allows(self, finding: Finding, conduct: Conduct | None = None, forgotten: float = 0.0) -> bool:
        """Whether a finding may be raised: its net bits reach the threshold, also without those that weak acts brought
        beyond all others. ``conduct`` and ``forgotten`` as for :meth:`lapwing.moments.weak_kinds.WeakKinds.lead`."""
        found = self.scene.found
        touches = found._replace(row=found.row[: self.scene.length])
        return finding.bits.net - self.weak.lead(finding, touches, conduct, forgotten) >= self.threshold
