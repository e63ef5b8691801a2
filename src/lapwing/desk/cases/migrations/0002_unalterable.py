"""What was recorded in a case stays as it was recorded; what was written can be searched."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from lapwing.desk.cases.index import make
from lapwing.desk.moments.unalterable import Unalterable, keep

OF_CASE = "EXISTS (SELECT 1 FROM cases_case WHERE id = OLD.case_id AND status = 'erasing')"


TABLES = (
    Unalterable("cases_casefact", OF_CASE),
    Unalterable("cases_caseassessment", OF_CASE),
    Unalterable(
        "cases_task",
        OF_CASE,
        columns=("case_id", "text", "due", "by_id", "time"),
        until="OLD.done IS NULL",
    ),
    Unalterable("cases_threat", columns=("text", "page", "by_id", "time")),
)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("cases", "0001_initial"),
        ("moments", "0002_unalterable"),
    ]

    operations: ClassVar[list[Operation]] = [
        keep(*TABLES),
        make(),
    ]
