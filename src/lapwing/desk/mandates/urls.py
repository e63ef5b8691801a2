"""The addresses below `/mandates/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "mandates"
urlpatterns: list[URLPattern | URLResolver] = []
