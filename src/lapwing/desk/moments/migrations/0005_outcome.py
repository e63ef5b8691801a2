"""Beside each moment stands the decision in force, so that outcomes are counted without joining.

The field may be empty because SQLite adds such a column where it stands; any other would have the table made anew,
which the triggers on it do not survive. The index that counted outcomes by joining goes: the new one counts them alone.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery

CLOSING = ("benign", "outside", "false")
"""The decisions that close a moment. Where one is the last and the moment is not closed, it was reopened since."""


def decided(apps: Any, schema_editor: Any) -> None:
    decisions = apps.get_model("moments", "Decision").objects.filter(moment=OuterRef("pk"), state="in_force")
    last = Subquery(decisions.order_by("-time", "-pk").values("choice")[:1])
    moments = apps.get_model("moments", "Moment").objects
    moments.filter(decisions__state="in_force").exclude(status="erasing").update(outcome=last)
    moments.filter(Q(outcome__in=CLOSING) & ~Q(status="closed")).update(outcome=None)


class Migration(migrations.Migration):
    dependencies = [("moments", "0004_gist")]
    operations = [
        migrations.AddField(
            model_name="moment", name="outcome", field=models.CharField(max_length=16, null=True)
        ),
        migrations.RunPython(decided, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="moment", name="moments_known"),
        migrations.AddIndex(
            model_name="moment",
            index=models.Index(fields=["status", "outcome", "known"], name="moments_outcomes"),
        ),
    ]
