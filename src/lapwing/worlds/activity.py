"""When acts happen: the rhythm of day and week, and acts that set off further acts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lapwing.worlds.scenario import Scenario

DAY = 86_400
"""Seconds of a day."""

START = 1_735_516_800
"""Monday 2024-12-30 00:00 UTC, in seconds: where every world begins."""


def acts(
    rates: NDArray[np.float64], scenario: Scenario, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Times (whole seconds since the epoch, ascending) and subjects of all acts.

    ``rates`` are acts per day. Each subject is a Hawkes process in its cluster form: immigrants follow the
    rhythm at rate ``(1 - excitation) * rate``, every act sets off Poisson(``excitation``) further acts after
    exponential waits (Hawkes and Oakes 1974). Acts after the end are dropped.
    """
    length = scenario.days * DAY
    count = rng.poisson(rates * scenario.days * (1.0 - scenario.excitation))
    subject = np.repeat(np.arange(len(rates), dtype=np.int32), count)
    time = _rhythmic(rng.random(len(subject)), scenario)
    times, subjects = [time], [subject]
    while scenario.excitation > 0 and len(time):
        children = rng.poisson(scenario.excitation, len(time))
        subject = np.repeat(subject, children)
        time = np.repeat(time, children) + rng.exponential(scenario.excitation_minutes * 60, len(subject))
        subject, time = subject[time < length], time[time < length]
        times.append(time)
        subjects.append(subject)
    return in_order(np.concatenate(times).astype(np.int64) + START, np.concatenate(subjects))


def steady_acts(
    subjects: NDArray[np.int64], rate: float, scenario: Scenario, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The same for accounts that act at a constant rate per day, night and day."""
    subject = np.repeat(subjects.astype(np.int32), rng.poisson(rate * scenario.days, len(subjects)))
    return in_order((rng.random(len(subject)) * scenario.days * DAY).astype(np.int64) + START, subject)


def in_order(
    time: NDArray[np.int64], subject: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Both columns in order of time; what has the same second stays in the order it came in."""
    order = np.argsort(time, kind="stable")
    return time[order], subject[order]


def _rhythmic(u: NDArray[np.float64], scenario: Scenario) -> NDArray[np.float64]:
    """Map uniform numbers to seconds since the start, by the inverse of the rhythm's distribution."""
    edges = np.append(np.arange(0, scenario.days * DAY, 3600), scenario.days * DAY)
    middle = (edges[1:] + edges[:-1]) / 2
    weekend = middle // DAY % 7 >= 5
    level = 1 + scenario.rhythm * np.cos((middle % DAY / DAY - 19 / 24) * 2 * np.pi)
    mass = level * np.where(weekend, scenario.weekend, 1.0) * np.diff(edges)
    below = np.append(0.0, np.cumsum(mass))
    seconds: NDArray[np.float64] = np.interp(u * below[-1], below, edges)
    return seconds
