"""How much each subject does in each six hours, relative to what the population does in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from stream import HOUR, Events

BIN = 6 * HOUR
LEAST = 14
"""A subject with fewer events altogether shows no shift that anybody could see, and is left out."""


@dataclass(frozen=True)
class Activity:
    """Counts by subject and bin."""

    subject: np.ndarray
    """Numbers of the subjects, shape (subjects,)."""
    counts: np.ndarray
    """Events, shape (subjects, bins)."""
    clock: np.ndarray
    """What the population does in each bin relative to its mean, shape (bins,)."""

    @classmethod
    def of(cls, events: Events) -> Activity:
        """Count all events of a stream, repeats among them."""
        bins = int(events.time[-1] // BIN) + 1
        counts = np.zeros((len(events.names), bins))
        np.add.at(counts, (events.subject, events.time // BIN), 1.0)
        clock = counts.sum(axis=0)
        who = np.flatnonzero(counts.sum(axis=1) >= LEAST)
        return cls(who, counts[who], np.maximum(clock / clock.mean(), 1e-3))
