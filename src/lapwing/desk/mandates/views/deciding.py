"""Deciding about mandates and about the subjects under them, and ending both."""

from __future__ import annotations

from collections.abc import Mapping

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import may, require
from lapwing.desk.mandates import attaching, steps
from lapwing.desk.mandates.error import MandatesError
from lapwing.desk.mandates.forms import DecisionForm, EndForm
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.views.listing import shows_evidence


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Everything an approver has to read, and the decision below it."""
    held = get_object_or_404(Mandate.objects.select_related("asked_by", "renews"), pk=number)
    require(request.user, "mandate.decide", held)
    assert isinstance(request.user, Person)
    steps.look(request.user, held)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reasons = form.cleaned_data["reasons"]
        try:
            if form.cleaned_data["decision"] == "approve":
                steps.approve(request.user, held, reasons=reasons, read=form.cleaned_data["read"])
            else:
                steps.refuse(request.user, held, reasons=reasons)
        except MandatesError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("mandates:mandate", args=[held.pk]))
    covers = held.covers.undecided().select_related("subject", "asked_by").order_by("pk")
    context = {
        "mandate": held,
        "covers": covers,
        "form": form,
        "known": grounds(),
        "read": held.fingerprint(),
    }
    return render(request, "mandates/decide.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw what is not decided, or cancel what is in force; says what stops by it."""
    held = get_object_or_404(Mandate, pk=number)
    cancels = held.begins is not None
    require(request.user, "mandate.cancel" if cancels else "mandate.withdraw", held)
    assert isinstance(request.user, Person)
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        step = steps.cancel if cancels else steps.withdraw
        try:
            step(request.user, held, reasons=form.cleaned_data["reasons"])
        except MandatesError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("mandates:mandate", args=[held.pk]))
    subjects = held.covers.filter(approved=True, released_at__isnull=True).count()
    context = {"mandate": held, "form": form, "cancels": cancels, "subjects": subjects}
    return render(request, "mandates/end.html", context, status=422 if form.errors else 200)


@require_safe
def cover(request: HttpRequest, key: int) -> HttpResponse:
    """One subject under a mandate: its evidence, what was decided about it, and what can be."""
    held = _cover(key)
    require(request.user, "mandate.read", held.mandate)
    assert isinstance(request.user, Person)
    steps.look(request.user, held.mandate)
    return _page(request, held, request.user, {})


@require_POST
def decide_cover(request: HttpRequest, key: int) -> HttpResponse:
    """Approve or refuse a subject that was added to a mandate in force."""
    return _taken(request, key, "mandate.decide_subject", "decide")


@require_POST
def agree(request: HttpRequest, key: int) -> HttpResponse:
    """Approve, as a second approver, that a protected subject is watched."""
    return _taken(request, key, "mandate.decide_independently", "agree")


@require_POST
def release(request: HttpRequest, key: int) -> HttpResponse:
    """Let a subject go before the mandate ends."""
    return _taken(request, key, "mandate.release_subject", "release")


def _taken(request: HttpRequest, key: int, action: str, step: str) -> HttpResponse:
    held = _cover(key)
    require(request.user, action, held)
    assert isinstance(request.user, Person)
    form = DecisionForm(request.POST) if step == "decide" else EndForm(request.POST)
    if form.is_valid():
        reasons = form.cleaned_data["reasons"]
        try:
            if step == "decide":
                approved = form.cleaned_data["decision"] == "approve"
                attaching.decide(request.user, held, approved=approved, reasons=reasons)
            elif step == "agree":
                attaching.agree(request.user, held, reasons=reasons)
            else:
                attaching.release(request.user, held, reasons=reasons)
        except MandatesError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("mandates:cover", args=[held.pk]))
    return _page(request, held, request.user, {step: form})


def _page(request: HttpRequest, held: Cover, person: Person, forms: Mapping[str, Form]) -> HttpResponse:
    return render(
        request,
        "mandates/cover.html",
        {
            "cover": held,
            "mandate": held.mandate,
            "readable": shows_evidence(person, held.mandate),
            "known": grounds(),
            "decide": forms.get("decide", DecisionForm(auto_id="decide_%s")),
            "agree": forms.get("agree", EndForm(auto_id="agree_%s")),
            "release": forms.get("release", EndForm(auto_id="release_%s")),
            "may_decide": may(person, "mandate.decide_subject", held),
            "may_agree": may(person, "mandate.decide_independently", held),
            "may_release": may(person, "mandate.release_subject", held),
        },
        status=422 if forms else 200,
    )


def _cover(key: int) -> Cover:
    return get_object_or_404(
        Cover.objects.select_related(
            "mandate", "subject", "asked_by", "decided_by", "independent_by", "released_by"
        ),
        pk=key,
    )
