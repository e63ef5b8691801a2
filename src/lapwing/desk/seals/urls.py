"""The addresses below `/seals/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.seals import views

app_name = "seals"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.openings, name="list"),
    path("ask/<int:key>/", views.ask, name="ask"),
    path("<int:number>/", views.opening, name="opening"),
    path("<int:number>/decide/", views.decide, name="decide"),
    path("<int:number>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:number>/open/", views.open_, name="open"),
]
