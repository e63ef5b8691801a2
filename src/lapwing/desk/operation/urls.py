"""The addresses below `/operation/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "operation"
urlpatterns: list[URLPattern | URLResolver] = []
