"""What is asked for, what is in force and ends when, and what has ended."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.mandates import steps
from lapwing.desk.mandates.ends import SOON, picture
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.mandates.state import State

PAGE = 50


@guarded("mandate.list")
def mandates(request: HttpRequest) -> HttpResponse:
    """All mandates: those that wait for a decision, those in force with the nearest end first, those that ended."""
    now = clock.now()
    waiting = _counted(Mandate.objects.filter(state=State.ASKED)).order_by("asked_at", "pk")
    live = _counted(Mandate.objects.live(now)).order_by("ends", "pk")
    before = _number(request.GET.get("before"))
    ended = Mandate.objects.filter(Q(ends__lte=now) | Q(state__in=[State.WITHDRAWN, State.REFUSED]))
    if before is not None:
        ended = ended.filter(pk__lt=before)
    past = list(_counted(ended).order_by("-pk")[: PAGE + 1])
    held = list(live[:500])
    return render(
        request,
        "mandates/list.html",
        {
            "waiting": waiting[:PAGE],
            "live": held,
            "picture": picture(held, now, len(held)),
            "soon": sum(1 for mandate in held if mandate.ends is not None and mandate.ends - now <= SOON),
            "past": past[:PAGE],
            "more": past[PAGE - 1].pk if len(past) > PAGE else None,
            "may_ask": may(request.user, "mandate.ask"),
            "known": grounds(),
        },
    )


def mandate(request: HttpRequest, number: int) -> HttpResponse:
    """One mandate: ground, reasons, decision, subjects, and what can be done."""
    person = request.user
    held = get_object_or_404(
        Mandate.objects.select_related("asked_by", "decided_by", "ended_by", "renews"), pk=number
    )
    require(person, "mandate.read", held)
    assert isinstance(person, Person)
    steps.look(person, held)
    after = _number(request.GET.get("after")) or 0
    covers = list(
        held.covers.filter(pk__gt=after).select_related("subject", "asked_by", "decided_by")[: PAGE + 1]
    )
    return render(
        request,
        "mandates/mandate.html",
        {
            "mandate": held,
            "holds": held.holds(),
            "readable": shows_evidence(person, held),
            "covers": covers[:PAGE],
            "count": held.covers.count(),
            "more": covers[PAGE - 1].pk if len(covers) > PAGE else None,
            "history": Entry.objects.filter(about=held.about)
            .exclude(action="mandate.read")
            .select_related("by")
            .order_by("number")[:100],
            "known": grounds(),
            "may_decide": may(person, "mandate.decide", held),
            "may_withdraw": may(person, "mandate.withdraw", held),
            "may_cancel": may(person, "mandate.cancel", held),
            "may_renew": may(person, "mandate.ask", held),
            "may_add": may(person, "mandate.add_subject", held),
        },
    )


def shows_evidence(person: Person, mandate: Mandate) -> bool:
    """Whether the evidence for subjects is shown: while it is asked for or in force, and to oversight for ever."""
    return mandate.state == State.ASKED or mandate.holds() or person.has_role("overseer")


def _counted(mandates: QuerySet[Mandate]) -> QuerySet[Mandate]:
    return mandates.select_related("asked_by", "decided_by").annotate(
        subjects=Count("covers", filter=Q(covers__released_at__isnull=True) & ~Q(covers__approved=False))
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
