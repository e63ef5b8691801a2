"""Which subjects of a post a mandate covers, by source; asked of the mandates and remembered for some seconds."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from threading import Lock

from lapwing.desk import clock, mandates
from lapwing.desk.intake.journal import Covered, Origin

REMEMBERED = timedelta(seconds=5)
"""An end of a mandate reaches what comes in after so long at the latest."""
UNNAMED = "other"
"""The source that an event counts as from when it names none: a mandate has to allow it like any other."""


class Cover:
    """Answers from what it asked within the last :data:`REMEMBERED`; may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked: dict[Origin, tuple[bool, bool]] = {}
        self._watched: dict[str, bool] = {}
        self._since = datetime.min

    def covered(self, origins: frozenset[Origin]) -> Covered:
        """What of them may be read now, and what of them the watch may use."""
        now = clock.now().replace(tzinfo=None)
        with self._lock:
            if not timedelta() <= now - self._since < REMEMBERED:
                self._asked, self._watched, self._since = {}, {}, now
            asked, watched = self._asked, self._watched
        new = defaultdict(set)
        for subject, source in origins - asked.keys():
            new[source].add(subject)
        for source, some in new.items():
            reading = mandates.covered(some, means="reading", source=source or UNNAMED)
            detection = mandates.covered(reading, means="detection", source=source or UNNAMED)
            asked.update({(one, source): (one in reading, one in detection) for one in some})
        if fresh := {subject for subject, _source in origins} - watched.keys():
            may = mandates.covered(fresh, means="detection")
            watched.update({subject: subject in may for subject in fresh})
        return Covered(
            frozenset(origin for origin in origins if asked[origin][0]),
            frozenset(origin for origin in origins if asked[origin][1]),
            frozenset(subject for subject, _source in origins if watched[subject]),
        )
