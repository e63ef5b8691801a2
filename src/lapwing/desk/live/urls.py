"""The addresses below `/live/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.live.demo.guide import put_away
from lapwing.desk.live.first import first

app_name = "live"
urlpatterns: list[URLPattern | URLResolver] = [
    path("guide/", put_away, name="guide"),
    path("first/<str:key>/", first, name="first"),
]
