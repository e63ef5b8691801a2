"""Searching the text of moments and cases, inside mandate and purpose."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.searching import search as find
from lapwing.desk.guard import require
from lapwing.desk.moments.forms import PurposeForm
from lapwing.desk.moments.reading import purpose_of

LONGEST_QUERY = 200


@require_GET
@never_cache
def search(request: HttpRequest) -> HttpResponse:
    """What was found."""
    require(request.user, "case.search")
    assert isinstance(request.user, Person)
    purpose = purpose_of(request)
    if not purpose:
        return render(request, "moments/purpose.html", {"form": PurposeForm()})
    query = request.GET.get("q", "")[:LONGEST_QUERY]
    findings = find(request.user, purpose, query) if query.strip() else None
    return render(request, "cases/search.html", {"query": query, "findings": findings})
