"""The log and its checkpoints, with the triggers that keep them append-only."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from lapwing.desk.audit import append_only


def install(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    append_only.install(editor.connection)


def remove(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    append_only.remove(editor.connection)


class Migration(migrations.Migration):
    initial = True

    dependencies = (migrations.swappable_dependency(settings.AUTH_USER_MODEL),)

    operations = (
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("time", models.DateTimeField(verbose_name="time")),
                ("note", models.TextField()),
            ],
            options={
                "verbose_name": "checkpoint",
                "verbose_name_plural": "checkpoints",
                "ordering": ("size",),
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("time", models.DateTimeField(verbose_name="time")),
                ("action", models.CharField(max_length=64, verbose_name="action")),
                ("about", models.CharField(max_length=200, verbose_name="about")),
                ("words", models.TextField()),
                ("leaf", models.BinaryField(max_length=32)),
                ("subtree", models.BinaryField(max_length=32)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        to_field="pseudonym",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "ordering": ("number",),
                "indexes": [
                    models.Index(fields=["action", "number"], name="audit_action"),
                    models.Index(fields=["about", "number"], name="audit_about"),
                    models.Index(fields=["by", "number"], name="audit_by"),
                    models.Index(fields=["time"], name="audit_time"),
                ],
            },
        ),
        migrations.RunPython(install, remove),
    )
