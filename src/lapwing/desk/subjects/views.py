"""The pages of subjects: those within mandate and purpose, and one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lapwing.desk import clock, subjects
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.mandates.coverage import covers
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.models import Cover
from lapwing.desk.moments.forms import PurposeForm
from lapwing.desk.moments.models import Moment
from lapwing.desk.moments.reading import beyond, purpose_of, within
from lapwing.desk.seals import keeping
from lapwing.desk.subjects.acts import kinds_since, recent
from lapwing.desk.subjects.contacts import contacts
from lapwing.desk.subjects.forms import MarkForm, SearchForm
from lapwing.desk.subjects.looking import OVERSIGHT
from lapwing.desk.subjects.marking import MarkError, mark
from lapwing.desk.subjects.models import Subject
from lapwing.desk.subjects.reading import read
from lapwing.desk.subjects.use import MOST_ACTS, WEEK, WEEKS, use
from lapwing.events.vocabulary import Vocabulary
from lapwing.report.visible_text import visible

PAGE = 50
MOMENTS = 20
COUNTED_MOST = 1_000
"""Up to so many are counted: "more than 1000" tells as much to whoever turns pages, and takes no time."""


@require_safe
@guarded("subject.list")
def listed(request: HttpRequest) -> HttpResponse:
    """The subjects within mandate and purpose, by their pseudonyms."""
    assert isinstance(request.user, Person)
    purpose = purpose_of(request)
    if not purpose:
        return render(request, "moments/purpose.html", {"form": PurposeForm()})
    form = SearchForm(request.GET)
    if not form.is_valid():
        refused = {"form": form, "sought": visible(request.GET.get("q", "")), **_purpose(purpose)}
        return render(request, "subjects/list.html", refused, status=422)
    sought, after = form.cleaned_data["q"], form.cleaned_data["after"]
    readable = subjects.within(
        request.user,
        purpose,
        means="search" if sought else "reading",
        why=sought,
        detail={"list": "subjects"},
    )
    found = readable.filter(pseudonym__startswith=sought) if sought else readable
    count = found[: COUNTED_MOST + 1].count()
    page = list(found.filter(pseudonym__gt=after).order_by("pseudonym")[: PAGE + 1])
    return render(
        request,
        "subjects/list.html",
        {
            "rows": _rows(page[:PAGE], purpose),
            "next": page[PAGE - 1].pseudonym if len(page) > PAGE else "",
            "sought": sought,
            "count": count,
            "many": count > COUNTED_MOST,
            "first": not after,
            **_purpose(purpose),
        },
    )


@require_safe
def subject(request: HttpRequest, key: int) -> HttpResponse:
    """One subject: acts, moments, contacts, mandates, use of the account. Nothing that sums it up."""
    require(request.user, "subject.list")
    assert isinstance(request.user, Person)
    purpose = purpose_of(request)
    if not purpose:
        return render(request, "moments/purpose.html", {"form": PurposeForm()})
    held, readable = read(request.user, purpose, key)
    return render(request, "subjects/subject.html", _page(request, request.user, purpose, held, readable))


@require_POST
def marked(request: HttpRequest, key: int) -> HttpResponse:
    """Mark a subject as a minor or of a protected calling, or take that away."""
    require(request.user, "subject.protect")
    assert isinstance(request.user, Person)
    purpose = purpose_of(request)
    held, readable = read(request.user, purpose, key)
    form = MarkForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            mark(
                request.user,
                held,
                privilege=data["privilege"],
                minor=data["minor"],
                reasons=data["reasons"],
            )
        except MarkError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(reverse("subjects:list"))
    context = _page(request, request.user, purpose, held, readable) | {"form": form}
    return render(request, "subjects/subject.html", context, status=422)


def _page(
    request: HttpRequest, person: Person, purpose: str, held: Subject, readable: QuerySet[Subject]
) -> dict[str, Any]:
    now = clock.now()
    named = Moment.objects.filter(members=held)
    lately = kinds_since(readable, held.pk, now - WEEKS * WEEK, MOST_ACTS)
    sealed = keeping.sealed(held.about, keeping.HANDLE)
    return {
        "subject": held,
        "acts": recent(readable, held.pk, request.GET.get("from", "")),
        "first": not request.GET.get("from"),
        "use": use(lately, now, Vocabulary.load()),
        "latest": MOST_ACTS if len(lately) == MOST_ACTS else 0,
        "until": _until(held, purpose),
        "moments": within(named, readable).defer("line", "exhibit").order_by("-raised")[:MOMENTS],
        "circle": _circle(within(named, readable), held),
        "hidden_moments": beyond(named, readable).count(),
        "contacts": contacts(person, purpose, held),
        "covers": Cover.objects.filter(subject=held).select_related("mandate").order_by("-pk")[:50],
        "sealed": sealed,
        "may_open": may(person, "seal.ask", sealed) if sealed else None,
        "form": MarkForm(initial={"privilege": held.privilege, "minor": held.minor}),
        "may_mark": may(person, "subject.protect", held),
        **_purpose(purpose),
    }


def _until(held: Subject, purpose: str) -> datetime | None:
    """When the last mandate that covers a subject for a purpose ends; none for oversight, which does not end."""
    if purpose == OVERSIGHT:
        return None
    last: datetime | None = (
        covers(purpose=purpose).filter(subject=held).aggregate(last=Max("mandate__ends"))["last"]
    )
    return last


def _circle(named: QuerySet[Moment], held: Subject) -> tuple[Moment, str] | None:
    """The circle of a subject as the latest moment that names it knew it, and that moment."""
    latest = named.filter(exhibit__isnull=False).order_by("-raised").defer("line").first()
    exhibit = None if latest is None else latest.as_exhibited()
    circle = None if exhibit is None else exhibit.circles.get(held.pseudonym)
    return None if latest is None or not circle else (latest, circle)


def _rows(page: Sequence[Subject], purpose: str) -> list[dict[str, Any]]:
    held = Cover.objects.filter(approved=True) if purpose == OVERSIGHT else covers(purpose=purpose)
    under: dict[int, list[Cover]] = defaultdict(list)
    for cover in held.filter(subject__in=page).select_related("mandate").order_by("mandate__ends"):
        under[cover.subject_id].append(cover)
    ties = Moment.members.through._default_manager.filter(subject__in=page)
    moments = dict(ties.values_list("subject").annotate(Count("pk")))
    return [{"subject": one, "covers": under[one.pk], "moments": moments.get(one.pk, 0)} for one in page]


def _purpose(purpose: str) -> dict[str, Any]:
    known = grounds().purposes
    return {
        "purpose": purpose,
        "purposes": [] if purpose == OVERSIGHT else [(name, _(word.title)) for name, word in known.items()],
    }
