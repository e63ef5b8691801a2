"""The overseer's page, and the buttons on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit import checkpointing
from lapwing.desk.audit.entry import log_size
from lapwing.desk.audit.forms import ExportForm
from lapwing.desk.audit.models import Checkpoint, Entry
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.oversight import figures, machine
from lapwing.desk.oversight.forms import StartForm, StopForm
from lapwing.desk.oversight.machine import AlreadyError
from lapwing.desk.oversight.models import Stop
from lapwing.desk.oversight.verifying import VERIFIER

PERIODS = (7, 30, 90)
"""Days that the page may look back on."""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """How the desk is used."""
    require(request.user, "oversight.look")
    assert isinstance(request.user, Person)
    now = clock.now()
    days = next((days for days in PERIODS if request.GET.get("days") == str(days)), 30)
    since = now - timedelta(days=days)
    with transaction.atomic():
        audit.record(request.user, "oversight.look", "desk", detail={"days": days})
    refused, refusals = figures.refusals(since)
    budget, cost = figures.budget(now)
    return render(
        request,
        "oversight/page.html",
        {
            "days": days,
            "periods": PERIODS,
            "since": since,
            "standing": machine.standing(),
            "stops": Stop.objects.select_related("by", "again_by")[:5],
            "mandated": figures.mandated(now, since),
            "opened": figures.opened(since),
            "outcomes": figures.outcomes(now, since),
            "bar": figures.BAR,
            "budget": budget,
            "cost": cost,
            "overrides": figures.overrides(since),
            "refused": refused,
            "refusals": refusals,
            **_verification(),
            "signed": Checkpoint.objects.last(),
            "keys": checkpointing.public_keys(),
            "export": ExportForm(auto_id="export-%s"),
        },
    )


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """Halt all detectors."""
    require(request.user, "machine.stop")
    assert isinstance(request.user, Person)
    if request.method != "POST":
        return _standing(request, StopForm(), StartForm())
    form = StopForm(request.POST)
    if not form.is_valid():
        return _standing(request, form, StartForm())
    why = form.cleaned_data["why"] or _("No reason was given when the button was pressed.")
    try:
        machine.stop(request.user, why)
        messages.success(request, _("All detectors are halted. Every clock runs on."))
    except AlreadyError:
        messages.info(request, _("The machine stands still already."))
    return HttpResponseRedirect(reverse("oversight:stop"))


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Let the detectors run again."""
    require(request.user, "machine.start")
    assert isinstance(request.user, Person)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _standing(request, StopForm(), form)
    try:
        machine.start_again(request.user, form.cleaned_data["why"])
        messages.success(request, _("The detectors run again, from where they were halted."))
    except AlreadyError:
        messages.info(request, _("The machine runs already."))
    return HttpResponseRedirect(reverse("oversight:stop"))


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Have every entry of the log checked, and what was found kept."""
    require(request.user, "oversight.verify")
    assert isinstance(request.user, Person)
    if not VERIFIER.start(request.user):
        messages.info(request, _("The log is being verified already."))
    return HttpResponseRedirect(reverse("oversight:page") + "#log")


@require_safe
@guarded("oversight.look")
def verification(request: HttpRequest) -> HttpResponse:
    """How far the verification has come, or what the last one found."""
    return render(request, "oversight/verification.html", _verification())


def _verification() -> dict[str, Any]:
    return {
        "entries": log_size(),
        "running": VERIFIER.now(),
        "verification": Entry.objects.filter(action="audit.verify").select_related("by").last(),
    }


def _standing(request: HttpRequest, stopping: StopForm, starting: StartForm) -> HttpResponse:
    context = {
        "standing": machine.standing(),
        "may_start": bool(may(request.user, "machine.start")),
        "stopping": stopping,
        "starting": starting,
    }
    refused = stopping.errors or starting.errors
    return render(request, "oversight/stop.html", context, status=422 if refused else 200)
