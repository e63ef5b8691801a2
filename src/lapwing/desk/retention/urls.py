"""The addresses below `/retention/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.retention import views

app_name = "retention"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.page, name="page"),
    path("show/", views.show, name="show"),
    path("sweeps/<int:number>/", views.sweep, name="sweep"),
    path("sweeps/<int:number>/confirm/", views.confirm, name="confirm"),
    path("sweeps/<int:number>/go-on/", views.go_on, name="go_on"),
    path("holds/", views.hold, name="hold"),
    path("holds/<int:number>/", views.held, name="held"),
    path("cases/<int:number>/", views.review, name="review"),
]
