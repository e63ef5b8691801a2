"""The overseer's page, and the buttons on it."""

from __future__ import annotations

import time
from datetime import timedelta

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
from lapwing.desk.audit.error import AuditError
from lapwing.desk.audit.exporting import verified
from lapwing.desk.audit.models import Checkpoint, Entry
from lapwing.desk.guard import may, require
from lapwing.desk.oversight import figures, machine
from lapwing.desk.oversight.machine import AlreadyError
from lapwing.desk.oversight.models import Stop
from lapwing.desk.oversight.stop import LONGEST_REASON

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
    last = Entry.objects.order_by("-number").first()
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
            "entries": last.number if last else 0,
            "signed": Checkpoint.objects.last(),
            "verification": Entry.objects.filter(action="audit.verify").select_related("by").last(),
            "keys": checkpointing.public_keys(),
            "longest": LONGEST_REASON,
        },
    )


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """Halt all detectors."""
    require(request.user, "machine.stop")
    assert isinstance(request.user, Person)
    if request.method == "POST":
        why = request.POST.get("why", "")
        fault = _fault(why, needed=False)
        if not fault:
            try:
                machine.stop(
                    request.user, why.strip() or _("No reason was given when the button was pressed.")
                )
                messages.success(request, _("All detectors are halted. Every clock runs on."))
            except AlreadyError:
                messages.info(request, _("The machine stands still already."))
            return HttpResponseRedirect(reverse("oversight:stop"))
        messages.error(request, fault)
    return render(
        request,
        "oversight/stop.html",
        {
            "standing": machine.standing(),
            "may_start": bool(may(request.user, "machine.start")),
            "longest": LONGEST_REASON,
        },
    )


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Let the detectors run again."""
    require(request.user, "machine.start")
    assert isinstance(request.user, Person)
    why = request.POST.get("why", "")
    fault = _fault(why, needed=True)
    if fault:
        messages.error(request, fault)
        return HttpResponseRedirect(reverse("oversight:stop"))
    try:
        machine.start_again(request.user, why)
        messages.success(request, _("The detectors run again, from where they were halted."))
    except AlreadyError:
        messages.info(request, _("The machine runs already."))
    return HttpResponseRedirect(reverse("oversight:stop"))


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Check every entry of the log, and keep what was found."""
    require(request.user, "oversight.verify")
    assert isinstance(request.user, Person)
    begun = time.perf_counter()
    try:
        found = verified()
        whole, entries, text = found.whole, found.entries, found.text()
        first = found.first_bad.first if found.first_bad else None
    except AuditError as error:
        whole, entries, text, first = False, 0, str(error), None
    with transaction.atomic():
        audit.record(
            request.user,
            "audit.verify",
            "audit",
            detail={
                "whole": whole,
                "entries": entries,
                "first_bad": first,
                "found": text,
                "seconds": round(time.perf_counter() - begun, 3),
            },
        )
    return HttpResponseRedirect(reverse("oversight:page") + "#log")


def _fault(why: str, *, needed: bool) -> str:
    """What is wrong with a reason, for whoever typed it."""
    if needed and not why.strip():
        return _("Give the reason: it stands in the log.")
    if len(why) > LONGEST_REASON:
        return _("The reason is longer than %(most)d characters: shorten it.") % {"most": LONGEST_REASON}
    if "\x00" in why:
        return _("The reason holds a null byte, which cannot be kept: type it instead of pasting it.")
    return ""
