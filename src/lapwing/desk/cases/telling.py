"""Telling who asked to be told: conditions are held against every statement of a moment as it is taken in."""

from __future__ import annotations

from typing import Any

from lapwing.desk import audit, clock
from lapwing.desk.cases.condition import Condition, Sort, Told
from lapwing.desk.moments.models import Statement


def on_statement(instance: Statement, created: bool, **_: Any) -> None:
    """Hold the conditions in force against a statement, in the transaction in which it is kept."""
    if not created:
        return
    line = instance.line
    stage = str(line["stage"] or "")
    standing = Condition.objects.filter(expires__gt=clock.now(), case__status="open")
    met = [
        *standing.filter(sort=Sort.SUBJECT, text__in=list(line["subjects"])),
        *standing.filter(sort=Sort.CONTEXT, text__in=_contexts(line)),
        *(
            one
            for one in standing.filter(sort=Sort.STAGE)
            if stage and one.text in (stage, stage.partition(" / ")[2])
        ),
    ]
    if _gained(instance):
        met += standing.filter(sort=Sort.GROWTH, case__links__moment=instance.moment_id)
    for condition in met:
        told, new = Told.objects.get_or_create(condition=condition, moment_id=instance.moment_id)
        if condition.sort == Sort.GROWTH and not new:
            told.time, told.read, told.read_by = clock.now(), None, None
            told.save()
            new = True
        if new:
            audit.record(
                None,
                "condition.meet",
                f"case:{condition.case_id}",
                detail={"condition": condition.pk, "moment": instance.moment_id},
            )


def _contexts(line: dict[str, Any]) -> list[str]:
    # A condition is typed by a person: longer or stranger texts than can be typed cannot be asked for.
    return [context for context in {act["context"] for act in line["ledger"]} if context.isprintable()][:500]


def _gained(statement: Statement) -> bool:
    before = (
        Statement.objects.filter(moment=statement.moment_id, pk__lt=statement.pk)
        .order_by("known", "pk")
        .last()
    )
    return before is not None and bool(set(statement.line["subjects"]) - set(before.line["subjects"]))
