"""The addresses below `/intake/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.intake import views

app_name = "intake"
urlpatterns: list[URLPattern | URLResolver] = [path("", views.look, name="look")]
