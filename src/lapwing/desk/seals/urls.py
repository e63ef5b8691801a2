"""The addresses below `/seals/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "seals"
urlpatterns: list[URLPattern | URLResolver] = []
