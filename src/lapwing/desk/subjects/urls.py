"""The addresses below `/subjects/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "subjects"
urlpatterns: list[URLPattern | URLResolver] = []
