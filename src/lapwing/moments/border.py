"""The border: what is the same for all that look for moments at one moment of stream time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapwing.moments.scene import Scene


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

    @property
    def now(self) -> int:
        """Stream time, microseconds."""
        return self.scene.now
