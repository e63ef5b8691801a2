"""Settling: what has changed in mandates and budget is entered into the journal, where the watch reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lapwing.desk import mandates
from lapwing.desk.intake.taking import journal
from lapwing.desk.moments.budget import budget_now


@dataclass(frozen=True, slots=True)
class Settled:
    """What was entered."""

    out: int
    """Subjects taken out of the watch."""
    back: int
    """Subjects taken back into it."""


def settle() -> Settled:
    """Bring the watch's roster and budget up to what holds now.

    Called every few seconds, so that a mandate that ends reaches the detectors well within a minute. What has
    come in already of a subject that leaves is background from here on.
    """
    roster = journal().roster()
    detected = mandates.covered(means="detection")
    out = [subject for subject, inside in roster.items() if inside and subject not in detected]
    back = [subject for subject, inside in roster.items() if not inside and subject in detected]
    journal().change_roster(out, back)
    budget = budget_now()
    if budget is not None and budget.days != journal().budget():
        journal().change_budget(budget.days)
    return Settled(len(out), len(back))
