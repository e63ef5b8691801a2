"""The first administrator: let in by a link that is printed where the desk was started, and works once."""

from __future__ import annotations

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lapwing.desk.accounts.enrolment import enrol
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import unguarded

SALT = "lapwing first administrator"
LASTS = 86_400
"""Seconds. Starting the desk again prints a new link."""


def wanted() -> bool:
    """Whether nobody administers this desk yet."""
    return not Person.objects.exists()


def key() -> str:
    """The part of the link that opens it."""
    return signing.dumps("first", salt=SALT)


class FirstForm(forms.Form):
    """Who it is."""

    name = forms.CharField(label=_("Your name at this desk"), max_length=64, initial="administrator")


@never_cache
@require_http_methods(["GET", "POST"])
@unguarded("nobody can sign in yet; the link holds a secret that was printed where the desk was started")
def first(request: HttpRequest, key: str) -> HttpResponse:
    """Make the first account, an administrator's, and show its initial password once."""
    if not _holds(key) or not wanted():
        # One answer to all: who made the key up learns nothing of whether anybody has an account here.
        return render(request, "live/first_over.html", status=404)
    form = FirstForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = enrol(form.cleaned_data["name"].lower(), ["administrator"], None)
        except ValidationError as error:
            form.add_error("name", error.messages[0])
        else:
            return render(request, "live/first_made.html", {"person": person, "password": password})
    return render(request, "live/first.html", {"form": form}, status=200 if not form.errors else 422)


def _holds(key: str) -> bool:
    try:
        signing.loads(key, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return False
    return True
