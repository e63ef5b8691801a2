"""A batch: the events between two borders, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Batch:
    """All events of one stretch of stream time, in stream order. Arrays have shape (events,)."""

    end: int
    """The border: every event is before it, microseconds. Borders lie on a fixed grid of stream time."""
    first_row: int
    """Number of the first event in the store; the others follow."""
    time: NDArray[np.int64]
    subject: NDArray[np.int32]
    """Number of the subject, -1 for background."""
    context: NDArray[np.int64]
    """64-bit key of the context, never 0."""
    stratum: NDArray[np.int32]
    """Number of the kind and sort of context."""
    act: NDArray[np.int64]
    """Number of the act; rows with one id are one act."""
