"""The first page, and the pages that say what went wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from lapwing.desk.guard import unguarded
from lapwing.desk.look.navigation import entries


@require_safe
@unguarded("it only leads on, to the first page this person may see")
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page of the navigation, and whoever is not signed in to the sign-in page."""
    if request.user.is_anonymous:
        return redirect("account_login")
    first = next(iter(entries(request)), None)
    return redirect(first.address if first is not None else "account")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What was sent cannot be read; nothing of it is used to draw the page."""
    return HttpResponse(render_to_string("look/bad_request.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Refused by Django itself, for a reason of its own."""
    return render(request, "look/forbidden.html", status=403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token of the session it belongs to."""
    return render(request, "look/stale_form.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing is at this address."""
    return render(request, "look/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The desk failed; nothing that needs the database is drawn."""
    return HttpResponse(render_to_string("look/server_error.html"), status=500)
