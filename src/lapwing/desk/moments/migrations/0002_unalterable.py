"""What was recorded of a moment stays as it was recorded."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from lapwing.desk.moments.unalterable import OF_MOMENT, Unalterable, keep

OF_CORRECTION = (
    "EXISTS (SELECT 1 FROM moments_correction c JOIN moments_moment m ON m.id = c.moment_id "
    "WHERE c.id = OLD.correction_id AND m.status = 'erasing')"
)


TABLES = (
    Unalterable("moments_statement", OF_MOMENT),
    Unalterable("moments_fact", OF_MOMENT),
    Unalterable("moments_assessment", OF_MOMENT),
    Unalterable("moments_disclosure", OF_MOMENT),
    Unalterable("moments_correction", OF_MOMENT),
    Unalterable("moments_budget"),
    Unalterable(
        "moments_decision",
        OF_MOMENT,
        columns=(
            "moment_id",
            "choice",
            "consequential",
            "reasons",
            "benign",
            "recipient",
            "review",
            "by_id",
            "time",
        ),
        until="OLD.state = 'proposed'",
    ),
    Unalterable(
        "moments_significance",
        OF_MOMENT,
        columns=("moment_id", "why", "by_id", "time", "due"),
        until="OLD.written_id IS NULL",
    ),
    Unalterable(
        "moments_notice", OF_CORRECTION, columns=("correction_id", "recipient"), until="OLD.given IS NULL"
    ),
)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("moments", "0001_initial")]

    operations: ClassVar[list[Operation]] = [
        keep(*TABLES)
    ]  # fmt: skip
