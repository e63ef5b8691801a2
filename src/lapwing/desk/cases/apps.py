"""The application for Django."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Found by its package, known to the database by its label."""

    name = "lapwing.desk.cases"
    label = "cases"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from lapwing.desk.cases.indexing import RECEIVERS
        from lapwing.desk.cases.telling import on_statement
        from lapwing.desk.moments.models import Statement

        for model, receiver in RECEIVERS:
            post_save.connect(receiver, sender=model)
        post_save.connect(on_statement, sender=Statement)
