"""The page of whoever runs the machine: what is unsafe, what is to be known, what is fine. No content."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lapwing import __version__
from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import guarded
from lapwing.desk.operation.checking import check
from lapwing.desk.operation.finding import Level


@require_safe
@guarded("operation.look")
def page(request: HttpRequest) -> HttpResponse:
    """What `lapwing check` says, read anew each time."""
    assert isinstance(request.user, Person)
    with transaction.atomic():
        audit.record(request.user, "operation.look", "desk")
    findings = check()
    return render(
        request,
        "operation/page.html",
        {
            "unsafe": [one for one in findings if one.level is Level.UNSAFE],
            "notes": [one for one in findings if one.level is Level.NOTE],
            "fine": [one for one in findings if one.level is Level.FINE],
            "version": __version__,
        },
    )
