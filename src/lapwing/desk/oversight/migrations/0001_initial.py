"""The stop button."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Stop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("time", models.DateTimeField(verbose_name="stopped")),
                ("why", models.TextField(max_length=2000, verbose_name="reason")),
                ("again", models.DateTimeField(null=True, verbose_name="started again")),
                (
                    "again_why",
                    models.TextField(blank=True, max_length=2000, verbose_name="reason for starting again"),
                ),
                (
                    "again_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "stop",
                "verbose_name_plural": "stops",
                "ordering": ("-time",),
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("again__isnull", True)),
                        name="oversight_one_standing_stop",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("again__isnull", True), ("again_by__isnull", True)),
                            models.Q(
                                ("again__isnull", False),
                                ("again_by__isnull", False),
                                models.Q(("again_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="oversight_started_by_somebody_for_a_reason",
                    ),
                ],
            },
        ),
    ]
