"""The pages of retention: the terms, holds, reviews, and sweeps that show what would go before it goes."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lapwing.desk import audit, clock, place
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.models import Case
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.retention import holding, reviewing, sweeping
from lapwing.desk.retention.error import RetentionError
from lapwing.desk.retention.forms import HoldForm, ReasonsForm, ReviewForm
from lapwing.desk.retention.models import Hold, Review, Sweep
from lapwing.desk.retention.shelf import for_review
from lapwing.desk.retention.term import terms

PAGE = 100
AT_ONCE_SECONDS = 3.0
"""How long one request lets things go; the page asks for the next by itself."""


@require_safe
@guarded("retention.look")
def page(request: HttpRequest) -> HttpResponse:
    """How long what is kept, what is held, what is due for review, and what went."""
    return _page(request, HoldForm())


@require_POST
def show(request: HttpRequest) -> HttpResponse:
    """Draw up the list of what is due to go."""
    require(request.user, "retention.sweep")
    assert isinstance(request.user, Person)
    sweep = sweeping.show(request.user)
    return HttpResponseRedirect(reverse("retention:sweep", args=[sweep.pk]))


@require_safe
def sweep(request: HttpRequest, number: int) -> HttpResponse:
    """A list of what would go, or went."""
    require(request.user, "retention.look")
    return _sweep(request, get_object_or_404(Sweep, pk=number), ReasonsForm())


@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Say that what is on the list goes."""
    require(request.user, "retention.sweep")
    assert isinstance(request.user, Person)
    held = get_object_or_404(Sweep, pk=number)
    form = ReasonsForm(request.POST)
    if form.is_valid():
        try:
            held = sweeping.confirm(request.user, held, reasons=form.cleaned_data["reasons"])
        except RetentionError as error:
            form.add_error(None, str(error))
        else:
            sweeping.work(held, seconds=AT_ONCE_SECONDS)
            return HttpResponseRedirect(reverse("retention:sweep", args=[held.pk]))
    return _sweep(request, held, form)


@require_POST
def go_on(request: HttpRequest, number: int) -> HttpResponse:
    """Let more of a confirmed list go."""
    require(request.user, "retention.sweep")
    held = get_object_or_404(Sweep, pk=number, confirmed_at__isnull=False)
    sweeping.work(held, seconds=AT_ONCE_SECONDS)
    return HttpResponseRedirect(reverse("retention:sweep", args=[held.pk]))


@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Put something on hold."""
    require(request.user, "retention.hold")
    assert isinstance(request.user, Person)
    form = HoldForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            holding.hold(request.user, data["thing"], days=data["days"], reasons=data["reasons"])
        except RetentionError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("retention:page"))
    return _page(request, form)


@require_http_methods(["GET", "POST"])
def held(request: HttpRequest, number: int) -> HttpResponse:
    """A hold, and the form that lifts it."""
    require(request.user, "retention.hold" if request.method == "POST" else "retention.look")
    assert isinstance(request.user, Person)
    bound = get_object_or_404(Hold.objects.select_related("by", "lifted_by"), pk=number)
    form = ReasonsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            holding.lift(request.user, bound, reasons=form.cleaned_data["reasons"])
        except RetentionError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("retention:page"))
    _seen(request, bound.about)
    binds = Hold.objects.binding().filter(pk=bound.pk).exists()
    context = {"hold": bound, "binds": binds, "form": form, "may_lift": may(request.user, "retention.hold")}
    return render(request, "retention/hold.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, number: int) -> HttpResponse:
    """A closed case that is due for review, and the decision about it."""
    require(request.user, "retention.review")
    assert isinstance(request.user, Person)
    case = get_object_or_404(for_review(clock.now()), pk=number)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        keep = form.cleaned_data["decision"] == "keep"
        try:
            reviewing.review(request.user, case, keep=keep, reasons=form.cleaned_data["reasons"])
        except RetentionError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("retention:page"))
    _seen(request, case.about)
    context = {"case": case, "form": form, "counts": _counts(case)}
    return render(request, "retention/review.html", context, status=422 if form.errors else 200)


def _counts(case: Case) -> dict[str, int]:
    return {
        "facts": case.facts.count(),
        "assessments": case.assessments.count(),
        "tasks": case.tasks.count(),
        "links": case.links.count(),
    }


def _seen(request: HttpRequest, about: str) -> None:
    """Note who reads what is held, is due for review, or is on a list of what goes."""
    assert isinstance(request.user, Person)
    with transaction.atomic():
        audit.record(request.user, "retention.look", about)


def _page(request: HttpRequest, form: HoldForm) -> HttpResponse:
    _seen(request, "desk")
    context = {
        "terms": terms(),
        "holds": Hold.objects.binding().select_related("by").order_by("until")[:PAGE],
        "cases": for_review(clock.now())[:PAGE],
        "reviews": Review.objects.select_related("by")[:20],
        "sweeps": Sweep.objects.filter(confirmed_at__isnull=False).select_related("confirmed_by")[:20],
        "form": form,
        "may_sweep": may(request.user, "retention.sweep"),
        "may_hold": may(request.user, "retention.hold"),
        "may_review": may(request.user, "retention.review"),
    }
    return render(request, "retention/page.html", context, status=422 if form.errors else 200)


def _sweep(request: HttpRequest, held: Sweep, form: ReasonsForm) -> HttpResponse:
    after = place.key(request.GET.get("after", ""))
    items = held.items.order_by("pk")
    if after is not None:
        items = items.filter(pk__gt=after)
    listed = list(items[: PAGE + 1])
    totals = sweeping.totals(held)
    _seen(request, held.about)
    context = {
        "sweep": held,
        "totals": totals,
        "things": sum(total.things for total in totals),
        "items": listed[:PAGE],
        "more": listed[PAGE - 1].pk if len(listed) > PAGE else None,
        "left": held.items.filter(gone__isnull=True).count(),
        "holds": Hold.objects.binding(held.shown_at).count(),
        "form": form,
        "may_sweep": may(request.user, "retention.sweep"),
        "terms": terms(),
    }
    return render(request, "retention/sweep.html", context, status=422 if form.errors else 200)
