"""The application for Django."""

from __future__ import annotations

from django.apps import AppConfig


class LookConfig(AppConfig):
    """Templates, styles and scripts that every page shares; nothing in the database."""

    name = "lapwing.desk.look"
    label = "look"
