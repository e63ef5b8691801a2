"""The addresses below `/operation/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.operation import views

app_name = "operation"
urlpatterns: list[URLPattern | URLResolver] = [path("", views.page, name="page")]
