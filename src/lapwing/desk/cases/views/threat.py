"""A threat to life: one button on every page, one field, and it is raised."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS
from lapwing.desk.cases.alarm import inform, raise_threat, take_on
from lapwing.desk.cases.error import CaseError
from lapwing.desk.cases.forms import InformForm, ThreatForm
from lapwing.desk.cases.models import Threat
from lapwing.desk.guard import may, require

LISTED = 50


@require_http_methods(["GET", "POST"])
@never_cache
def threat(request: HttpRequest) -> HttpResponse:
    """The field and the button; below, for whoever works here, what was raised before."""
    person = _person(request, "threat.raise")
    form = ThreatForm(initial={"page": request.headers.get("Referer", "")[-300:]})
    if request.method == "POST":
        form = ThreatForm(request.POST)
        if form.is_valid():
            made = raise_threat(person, form.cleaned_data["text"], form.cleaned_data["page"])
            return HttpResponseRedirect(reverse("cases:raised", args=[made.pk]))
    raised = list(_seen_by(person).select_related("by", "taken_by", "informed_by")[:LISTED])
    if raised:
        _look(person, "desk")
    context = {"form": form, "raised": raised}
    return render(request, "cases/threat.html", context, status=422 if form.errors else 200)


@require_GET
@never_cache
def raised(request: HttpRequest, pk: int) -> HttpResponse:
    """What was raised, who has taken it on, and who was informed."""
    person = _person(request, "threat.raise")
    found = get_object_or_404(Threat.objects.select_related("by", "taken_by", "informed_by"), pk=pk)
    require(person, "threat.see", found)
    _look(person, found.about)
    context = {
        "alarm": found,
        "form": InformForm(),
        "may_take": found.taken_by is None and bool(may(person, "threat.take", found)),
        "may_inform": not found.informed and bool(may(person, "threat.inform", found)),
    }
    return render(request, "cases/raised.html", context)


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it on."""
    person = _person(request, "threat.raise")
    found = get_object_or_404(Threat, pk=pk)
    require(person, "threat.take", found)
    try:
        case = take_on(found, person)
    except CaseError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("cases:raised", args=[pk]))
    return HttpResponseRedirect(reverse("cases:case", args=[case.pk]))


@require_POST
def informed(request: HttpRequest, pk: int) -> HttpResponse:
    """Note who was informed."""
    person = _person(request, "threat.raise")
    found = get_object_or_404(Threat, pk=pk)
    require(person, "threat.inform", found)
    form = InformForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say who was informed."))
    else:
        try:
            inform(found, person, form.cleaned_data["who"])
        except CaseError as error:
            messages.error(request, str(error))
    return HttpResponseRedirect(reverse("cases:raised", args=[pk]))


@require_GET
@never_cache
def banner(request: HttpRequest) -> HttpResponse:
    """What stands on top of every page while a threat waits: that there is one, and where."""
    person = _person(request, "threat.raise")
    waiting = _seen_by(person).filter(informed_at__isnull=True).order_by("-time")
    return render(request, "cases/banner.html", {"waiting": waiting.select_related("taken_by")[:3]})


def _seen_by(person: Person) -> QuerySet[Threat]:
    """All of them for whoever reads content, and for others those they have raised; as the rule `threat.see` says."""
    return Threat.objects.all() if person.has_role(*READERS) else Threat.objects.filter(by=person)


def _look(person: Person, about: str) -> None:
    """Note who reads what was raised."""
    with transaction.atomic():
        audit.record(person, "threat.look", about)


def _person(request: HttpRequest, action: str) -> Person:
    require(request.user, action)
    assert isinstance(request.user, Person)
    return request.user
