"""What is watched now, and how the watch goes: the foot of the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lapwing.desk import clock, mandates, oversight
from lapwing.desk.live.models import Progress
from lapwing.desk.live.progress import ONLY
from lapwing.desk.mandates.models import Cover

SILENT = timedelta(minutes=2)
"""After so long without a sign of life the page says so."""
COUNTED_EVERY = timedelta(seconds=30)
"""Counting tens of thousands of subjects takes a moment, and a mandate's end shows within a minute."""
_counts: dict[str, tuple[datetime, int, int]] = {}
"""When `subjects` were last counted, how many, and under how many mandates."""
_samples: dict[str, tuple[datetime, int]] = {}
"""The last two counts of events that this process has seen, by `now` and `before`: what comes in a second."""


@dataclass(frozen=True, slots=True)
class Watching:
    """The watch as the page shows it."""

    subjects: int
    mandates: int
    state: str
    background: int
    """Events without a subject that were read."""
    newest: datetime | None
    """The time of the newest event."""
    rate: float | None
    """Events a second lately; none before two counts are known."""
    stopped: bool
    silent: bool


def watching() -> Watching:
    """What is watched, as of now."""
    now = clock.now()
    subjects, under = _covered(now)
    progress = Progress.objects.filter(pk=ONLY).first() or Progress()
    return Watching(
        subjects=subjects,
        mandates=under,
        state=progress.state,
        background=progress.background,
        newest=clock.at(progress.newest) if progress.newest else None,
        rate=_rate(progress),
        stopped=oversight.stopped(),
        silent=progress.beat is not None and now - progress.beat > SILENT,
    )


def _covered(now: datetime) -> tuple[int, int]:
    counted = _counts.get("subjects")
    if counted is None or not timedelta() <= now - counted[0] < COUNTED_EVERY:
        live = mandates.live(now)
        covered = Cover.objects.filter(mandate__in=live).holding(now)
        counted = (now, covered.values("subject").distinct().count(), live.count())
        _counts["subjects"] = counted
    return counted[1], counted[2]


def _rate(progress: Progress) -> float | None:
    if progress.beat is not None and _samples.get("now", (None, 0))[0] != progress.beat:
        if "now" in _samples:
            _samples["before"] = _samples["now"]
        _samples["now"] = (progress.beat, progress.rows)
    if "before" not in _samples:
        return None
    (then, earlier), (now, rows) = _samples["before"], _samples["now"]
    seconds = (now - then).total_seconds()
    return (rows - earlier) / seconds if seconds > 0 and rows >= earlier else None
