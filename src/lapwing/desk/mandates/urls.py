"""The addresses below `/mandates/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.mandates.views import asking, deciding, listing

app_name = "mandates"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.mandates, name="list"),
    path("ask/", asking.ask, name="ask"),
    path("<int:number>/", listing.mandate, name="mandate"),
    path("<int:number>/add/", asking.add, name="add"),
    path("<int:number>/renew/", asking.renew, name="renew"),
    path("<int:number>/decide/", deciding.decide, name="decide"),
    path("<int:number>/end/", deciding.end, name="end"),
    path("subjects/<int:key>/", deciding.cover, name="cover"),
    path("subjects/<int:key>/decide/", deciding.decide_cover, name="decide_cover"),
    path("subjects/<int:key>/agree/", deciding.agree, name="agree"),
    path("subjects/<int:key>/release/", deciding.release, name="release"),
]
