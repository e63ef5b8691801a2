"""The addresses below `/moments/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "moments"
urlpatterns: list[URLPattern | URLResolver] = []
