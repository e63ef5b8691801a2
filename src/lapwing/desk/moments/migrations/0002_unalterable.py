"""What was recorded of a moment stays as it was recorded."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from lapwing.desk.moments.unalterable import Unalterable, keep, of_moment

OF_CORRECTION = (
    "EXISTS (SELECT 1 FROM moments_correction c JOIN moments_moment m ON m.id = c.moment_id "
    "WHERE c.id = OLD.correction_id AND m.status = 'erasing')"
)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("moments", "0001_initial")]

    operations: ClassVar[list[Operation]] = [
        keep(
            Unalterable("moments_statement", of_moment()),
            Unalterable("moments_fact", of_moment()),
            Unalterable("moments_assessment", of_moment()),
            Unalterable("moments_disclosure", of_moment()),
            Unalterable("moments_correction", of_moment()),
            Unalterable("moments_budget"),
            Unalterable(
                "moments_decision",
                of_moment(),
                columns=(
                    "moment_id", "choice", "consequential", "reasons", "benign", "recipient", "review", "by_id", "time",
                ),
                until="OLD.state = 'proposed'",
            ),
            Unalterable(
                "moments_significance",
                of_moment(),
                columns=("moment_id", "why", "by_id", "time", "due"),
                until="OLD.written_id IS NULL",
            ),
            Unalterable(
                "moments_notice", OF_CORRECTION, columns=("correction_id", "recipient"), until="OLD.given IS NULL"
            ),
        )
    ]  # fmt: skip
