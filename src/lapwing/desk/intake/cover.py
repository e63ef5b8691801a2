"""Which subjects of a post a mandate covers, asked of the mandates and remembered for some seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from lapwing.desk import clock, mandates
from lapwing.desk.intake.journal import Covered

REMEMBERED = timedelta(seconds=5)
"""An end of a mandate reaches what comes in after so long at the latest."""


class Cover:
    """Answers from what it asked within the last :data:`REMEMBERED`; may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked: dict[str, tuple[bool, bool]] = {}
        self._since = datetime.min

    def covered(self, subjects: frozenset[str]) -> Covered:
        """Which of them may be read now, and which of them the watch may name."""
        now = clock.now().replace(tzinfo=None)
        with self._lock:
            if not timedelta() <= now - self._since < REMEMBERED:
                self._asked, self._since = {}, now
            asked = self._asked
        new = subjects - asked.keys()
        if new:
            reading = mandates.covered(new, means="reading")
            detection = mandates.covered(reading, means="detection")
            asked.update({subject: (subject in reading, subject in detection) for subject in new})
        return Covered(
            frozenset(subject for subject in subjects if asked[subject][0]),
            frozenset(subject for subject in subjects if asked[subject][1]),
        )
