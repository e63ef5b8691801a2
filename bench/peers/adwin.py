"""ADWIN (Bifet and Gavalda 2007; river): an adaptive window over the counts of each subject.

Its threshold is a confidence: the score of an alarm is ``-log10 delta``. Without `--threshold`, a row of deltas is
tried, each with detectors of its own. Alarms are not dated.
"""

from __future__ import annotations

import numpy as np
from activity import BIN, Activity
from river import drift
from stream import asked, read_events, write_signals

LEVELS = (2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 30.0, 45.0)

if __name__ == "__main__":
    arguments = asked(__doc__)
    events = read_events(arguments.events, repeats=True)
    activity = Activity.of(events)
    values = np.log1p(activity.counts / activity.clock)
    values /= values.max()
    levels = LEVELS if arguments.threshold is None else (arguments.threshold,)
    found = []
    for who, row in zip(activity.subject.tolist(), values.tolist(), strict=True):
        for level in levels:
            detector = drift.ADWIN(delta=10.0**-level, clock=1, grace_period=8)
            for number, value in enumerate(row):
                detector.update(value)
                if detector.drift_detected:
                    found.append(((number + 1) * BIN, who, level))
                    detector = drift.ADWIN(delta=10.0**-level, clock=1, grace_period=8)
    time, subject, score = (np.array(column) for column in zip(*found, strict=True)) if found else (
        np.zeros(0), np.zeros(0, np.int64), np.zeros(0),
    )  # fmt: skip
    write_signals(arguments.out, events, time, subject, subject, score, np.full(len(time), -1))
