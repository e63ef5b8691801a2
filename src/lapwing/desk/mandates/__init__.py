"""Who may be watched, on what ground, by which means, until when, approved by whom.

The questions that other rooms ask: which mandates are in force (:func:`live`), and which subjects may be read
now (:func:`covered`). Both are answered from the clock each time, so an end is an end for everybody at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lapwing.desk.mandates.mandate import Mandates


def live(at: datetime | None = None) -> Mandates:
    """The mandates in force at a time, or now."""
    from lapwing.desk.mandates import coverage

    return coverage.live(at)


def covered(
    subjects: Iterable[str] | None = None,
    at: datetime | None = None,
    *,
    means: str = "reading",
    source: str | None = None,
) -> set[str]:
    """The pseudonyms that a mandate in force covers at a time, or now.

    Parameters
    ----------
    subjects
        The pseudonyms in question; None for all there are.
    at
        An aware time; None for now.
    means
        What is to be done with them: ``reading``, ``detection``, ``search``, ``contacts`` or ``opening``.
    source
        How events about them came into the team's hands, a name of the vocabulary: only mandates that allow it
        count. None for any.
    """
    from lapwing.desk.mandates import coverage

    return coverage.covered(subjects, at, means=means, source=source)
