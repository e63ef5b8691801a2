"""What is kept of cases in the database."""

from __future__ import annotations

from lapwing.desk.cases.case import Case, CaseRole, Link, Participant
from lapwing.desk.cases.condition import Condition, Told
from lapwing.desk.cases.note import CaseAssessment, CaseFact, Task
from lapwing.desk.cases.passage import Passage
from lapwing.desk.cases.threat import Threat

__all__ = [
    "Case",
    "CaseAssessment",
    "CaseFact",
    "CaseRole",
    "Condition",
    "Link",
    "Participant",
    "Passage",
    "Task",
    "Threat",
    "Told",
]
