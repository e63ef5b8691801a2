"""The addresses below `/live/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "live"
urlpatterns: list[URLPattern | URLResolver] = []
