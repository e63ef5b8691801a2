"""The application for Django."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Found by its package, known to the database by its label."""

    name = "lapwing.desk.api"
    label = "api"
