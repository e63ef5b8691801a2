"""The addresses below `/subjects/`. They name subjects by number: addresses end up in the logs of servers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.subjects import views

app_name = "subjects"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.listed, name="list"),
    path("<int:key>/", views.subject, name="subject"),
    path("<int:key>/mark/", views.marked, name="mark"),
]
