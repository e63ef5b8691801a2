"""The addresses of the desk, an application each."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

APPS = (
    "accounts",
    "audit",
    "oversight",
    "operation",
    "mandates",
    "subjects",
    "seals",
    "retention",
    "moments",
    "cases",
    "intake",
    "live",
    "api",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("lapwing.desk.look.urls")),
    path("", include("lapwing.desk.operation.probes")),
    *(path(f"{app}/", include(f"lapwing.desk.{app}.urls")) for app in APPS),
]
handler400 = "lapwing.desk.look.views.bad_request"
handler403 = "lapwing.desk.look.views.forbidden"
handler404 = "lapwing.desk.look.views.not_found"
handler500 = "lapwing.desk.look.views.server_error"
