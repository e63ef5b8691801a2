"""The addresses below `/audit/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.audit import views

app_name = "audit"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.log, name="log"),
    path("export", views.export, name="export"),
    path("<int:number>/", views.entry, name="entry"),
]
