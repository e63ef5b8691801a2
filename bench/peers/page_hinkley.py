"""Page-Hinkley (river): cumulated deviations of each subject's counts from their mean so far, up and down.

Without `--threshold`, a row of thresholds is tried, each with detectors of its own. Alarms are not dated.
"""

from __future__ import annotations

import numpy as np
from activity import BIN, Activity
from river import drift
from stream import asked, read_events, write_signals

LEVELS = (4.0, 6.0, 9.0, 13.0, 19.0, 28.0, 42.0, 63.0, 95.0, 140.0)

if __name__ == "__main__":
    arguments = asked(__doc__)
    events = read_events(arguments.events, repeats=True)
    activity = Activity.of(events)
    values = activity.counts / activity.clock
    # In units of the subject's own spread, so that one threshold serves all.
    values /= np.sqrt(activity.counts[:, : values.shape[1] // 4].mean(axis=1, keepdims=True) + 0.1)
    levels = LEVELS if arguments.threshold is None else (arguments.threshold,)
    found = []
    for who, row in zip(activity.subject.tolist(), values.tolist(), strict=True):
        for level in levels:
            detector = drift.PageHinkley(min_instances=20, delta=0.2, threshold=level)
            for number, value in enumerate(row):
                detector.update(value)
                if detector.drift_detected:
                    found.append(((number + 1) * BIN, who, level))
    time, subject, score = (np.array(column) for column in zip(*found, strict=True)) if found else (
        np.zeros(0), np.zeros(0, np.int64), np.zeros(0),
    )  # fmt: skip
    write_signals(arguments.out, events, time, subject, subject, score, np.full(len(time), -1))
