"""The application for Django."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class GuardConfig(AppConfig):
    """Loads the rules of every application of the desk, so that the guard knows all actions from the start."""

    name = "lapwing.desk.guard"
    label = "guard"

    def ready(self) -> None:
        for app in apps.get_app_configs():
            rules = f"{app.name}.rules"
            if app.name.startswith("lapwing.desk.") and find_spec(rules) is not None:
                import_module(rules)
