"""The addresses below `/oversight/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.oversight import views

app_name = "oversight"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.page, name="page"),
    path("stop/", views.stop, name="stop"),
    path("start/", views.start, name="start"),
    path("verify/", views.verify, name="verify"),
    path("verification/", views.verification, name="verification"),
]
