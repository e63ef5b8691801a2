"""Who acts when: log-normal activity, the rhythm of day and week, and acts that set off further acts."""

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
    when = np.concatenate(times).astype(np.int64) + START
    order = np.argsort(when, kind="stable")
    return when[order], np.concatenate(subjects)[order]


def activity(scenario: Scenario, rows_per_act: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Acts per day of every subject, log-normal, scaled so that ``events`` rows are made on average."""
    rates: NDArray[np.float64] = rng.lognormal(0.0, scenario.sigma, scenario.subjects)
    rates *= scenario.events / rows_per_act / rates.mean()
    return rates


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
