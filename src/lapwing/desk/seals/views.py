"""The pages of seals: ask, decide, open once, and the list that the overseer reads."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lapwing.desk import audit, place
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.seals import steps
from lapwing.desk.seals.error import SealsError
from lapwing.desk.seals.forms import AskForm, DecisionForm
from lapwing.desk.seals.keeping import HANDLE
from lapwing.desk.seals.models import Opening, Sealed
from lapwing.desk.seals.rules import mandates_for, no_mandate
from lapwing.desk.seals.steps import OpeningError
from lapwing.desk.subjects.models import Subject

PAGE = 50
_WITH = ("sealed", "mandate", "asked_by", "decided_by")


@require_safe
@guarded("seal.list")
def openings(request: HttpRequest) -> HttpResponse:
    """Who asked to open what and why, those that wait first."""
    waiting = Opening.objects.waiting().select_related(*_WITH).order_by("asked_at")
    before = place.key(request.GET.get("before", ""))
    past = Opening.objects.exclude(pk__in=waiting.values("pk")).select_related(*_WITH).order_by("-pk")
    if before is not None:
        past = past.filter(pk__lt=before)
    page = list(past[: PAGE + 1])
    _seen(request, "desk")
    context = {
        "waiting": waiting[:PAGE],
        "past": page[:PAGE],
        "more": page[PAGE - 1].pk if len(page) > PAGE else None,
    }
    return render(request, "seals/list.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, key: int) -> HttpResponse:
    """Ask for one look at the handle of a subject."""
    subject = get_object_or_404(Subject, pk=key)
    sealed = get_object_or_404(Sealed, record=subject.about, field=HANDLE)
    require(request.user, "seal.ask", sealed)
    assert isinstance(request.user, Person)
    form = AskForm(mandates_for(sealed), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = steps.ask(
                request.user, sealed, data["mandate"], necessity=data["necessity"], minutes=data["minutes"]
            )
        except OpeningError as error:
            form.add_error(None, str(error))
        else:
            messages.info(request, _("Asked for. A second person decides; then the minutes run."))
            return HttpResponseRedirect(reverse("seals:opening", args=[made.pk]))
    _seen(request, subject.about)
    context = {"form": form, "subject": subject}
    return render(request, "seals/ask.html", context, status=422 if form.errors else 200)


@require_safe
def opening(request: HttpRequest, number: int) -> HttpResponse:
    """One opening: what was asked, what was decided, and what can be done."""
    require(request.user, "seal.list")
    return _page(request, _opening(number), DecisionForm())


@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Approve or refuse an opening."""
    held = _opening(number)
    require(request.user, "seal.decide", held)
    assert isinstance(request.user, Person)
    form = DecisionForm(request.POST)
    if form.is_valid():
        approved = form.cleaned_data["decision"] == "approve"
        try:
            steps.decide(request.user, held, approved=approved, reasons=form.cleaned_data["reasons"])
        except OpeningError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("seals:opening", args=[held.pk]))
    return _page(request, held, form)


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take back a request."""
    held = _opening(number)
    require(request.user, "seal.withdraw", held)
    assert isinstance(request.user, Person)
    steps.withdraw(request.user, held)
    return HttpResponseRedirect(reverse("seals:opening", args=[held.pk]))


@require_POST
@never_cache
def open_(request: HttpRequest, number: int) -> HttpResponse:
    """Open the seal and show what is under it, this once; nothing on the way may keep the page."""
    held = _opening(number)
    require(request.user, "seal.open", held)
    assert isinstance(request.user, Person)
    try:
        text = steps.open_(request.user, held)
    except SealsError as error:
        return render(request, "seals/broken.html", {"opening": held, "why": str(error)}, status=500)
    return render(request, "seals/opened.html", {"opening": held, "text": text})


def _page(request: HttpRequest, held: Opening, form: DecisionForm) -> HttpResponse:
    subject = Subject.objects.filter(pseudonym=held.record).first()
    _seen(request, held.about)
    return render(
        request,
        "seals/opening.html",
        {
            "opening": held,
            "subject": subject,
            "form": form,
            "shut": no_mandate(held) if held.stage in ("waiting", "open") else None,
            "may_decide": may(request.user, "seal.decide", held),
            "may_open": may(request.user, "seal.open", held),
            "may_withdraw": may(request.user, "seal.withdraw", held),
        },
        status=422 if form.errors else 200,
    )


def _seen(request: HttpRequest, about: str) -> None:
    """Note who reads whose handle was asked for, and why."""
    assert isinstance(request.user, Person)
    with transaction.atomic():
        audit.record(request.user, "seal.look", about)


def _opening(number: int) -> Opening:
    return get_object_or_404(Opening.objects.select_related(*_WITH), pk=number)
