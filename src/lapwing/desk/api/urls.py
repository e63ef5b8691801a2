"""The addresses below `/api/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from lapwing.desk.api import views
from lapwing.desk.api.desk_api import description, nothing, patterns

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", description, name="description"),
    path("webhooks/", views.webhooks, name="webhooks"),
    path("webhooks/add/", views.add, name="add"),
    path("webhooks/<int:number>/secret/", views.new_secret, name="new_secret"),
    path("webhooks/<int:number>/end/", views.end, name="end"),
    path("letters/<int:number>/again/", views.send_again, name="send_again"),
    *patterns(),
    path("<path:rest>", nothing, name="nothing"),
]
