"""What is kept of moments in the database."""

from __future__ import annotations

from lapwing.desk.moments.budget import Budget
from lapwing.desk.moments.decision import Decision, DecisionState
from lapwing.desk.moments.disclosure import Correction, Disclosure, Notice
from lapwing.desk.moments.fact import Assessment, Fact
from lapwing.desk.moments.look import Look
from lapwing.desk.moments.moment import Moment
from lapwing.desk.moments.significance import Significance
from lapwing.desk.moments.statement import Statement

__all__ = [
    "Assessment",
    "Budget",
    "Correction",
    "Decision",
    "DecisionState",
    "Disclosure",
    "Fact",
    "Look",
    "Moment",
    "Notice",
    "Significance",
    "Statement",
]
