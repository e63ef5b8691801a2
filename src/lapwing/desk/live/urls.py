"""The addresses below `/live/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.live.first import first

app_name = "live"
urlpatterns: list[URLPattern | URLResolver] = [
    path("first/<str:key>/", first, name="first"),
]
