"""Keeping passages in step with what is written: called when a row of the desk is saved."""

from __future__ import annotations

from typing import Any

from lapwing.desk.cases.case import Case
from lapwing.desk.cases.note import CaseAssessment, CaseFact, Task
from lapwing.desk.cases.passage import Passage, tokens
from lapwing.desk.moments.models import Assessment, Decision, Fact, Statement
from lapwing.desk.moments.text import visible_lines

LONGEST = 60_000
"""Characters of one passage; a ledger that is longer is found by its first thousands of acts."""


def of_statement(instance: Statement, **_: Any) -> None:
    """The ledger of a moment, as it was last stated."""
    line = instance.line
    parts = dict.fromkeys((line["id"], *line["subjects"], line["stage"] or ""))
    parts |= dict.fromkeys(text for act in line["ledger"] for text in (act["kind"], act["context"]))
    _keep(" ".join(part for part in parts if part), moment_id=instance.moment_id, sort="ledger", source=None)


def of_fact(instance: Fact, **_: Any) -> None:
    """A fact of a moment."""
    _keep(
        f"{instance.text}\n{instance.source}", moment_id=instance.moment_id, sort="fact", source=instance.pk
    )


def of_assessment(instance: Assessment, **_: Any) -> None:
    """An assessment of a moment."""
    text = f"{instance.reasons}\n{instance.benign}"
    _keep(text, moment_id=instance.moment_id, sort="assessment", source=instance.pk)


def of_decision(instance: Decision, **_: Any) -> None:
    """A decision about a moment, with what its second reader wrote."""
    text = "\n".join((instance.reasons, instance.benign, instance.recipient, instance.second_reasons))
    _keep(text, moment_id=instance.moment_id, sort="decision", source=instance.pk)


def of_case(instance: Case, **_: Any) -> None:
    """The head of a case."""
    text = "\n".join((instance.title, instance.reasons, instance.closing_reasons))
    _keep(text, case_id=instance.pk, sort="case", source=None)


def of_case_fact(instance: CaseFact, **_: Any) -> None:
    """A fact of a case."""
    _keep(f"{instance.text}\n{instance.source}", case_id=instance.case_id, sort="fact", source=instance.pk)


def of_case_assessment(instance: CaseAssessment, **_: Any) -> None:
    """An assessment of a case."""
    text = f"{instance.text}\n{instance.benign}"
    _keep(text, case_id=instance.case_id, sort="assessment", source=instance.pk)


def of_task(instance: Task, **_: Any) -> None:
    """A task of a case."""
    _keep(f"{instance.text}\n{instance.outcome}", case_id=instance.case_id, sort="task", source=instance.pk)


RECEIVERS = (
    (Statement, of_statement),
    (Fact, of_fact),
    (Assessment, of_assessment),
    (Decision, of_decision),
    (Case, of_case),
    (CaseFact, of_case_fact),
    (CaseAssessment, of_case_assessment),
    (Task, of_task),
)
"""Whose saving makes which passage."""


def _keep(text: str, *, sort: str, source: int | None, **owner: Any) -> None:
    words = visible_lines(text[:LONGEST])
    Passage.objects.update_or_create(
        **owner, sort=sort, source=source, defaults={"words": words, "tokens": " ".join(tokens(words))}
    )
