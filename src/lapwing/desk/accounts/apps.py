"""The application for Django."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Found by its package, known to the database by its label."""

    name = "lapwing.desk.accounts"
    label = "accounts"

    def ready(self) -> None:
        import_module("lapwing.desk.accounts.signals")
