"""What is asked for, what is in force and ends when, and what has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from lapwing.desk import clock, place
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.mandates import steps
from lapwing.desk.mandates.ends import SOON, picture
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.state import State

PAGE = 50
MOST_LIVE = 500
"""Mandates in force on the page; a team with more of them reads the rest in the order of their ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """A mandate in a list."""

    mandate: Mandate
    subjects: int


@require_safe
@guarded("mandate.list")
def mandates(request: HttpRequest) -> HttpResponse:
    """All mandates: those that wait for a decision, those in force with the nearest end first, those that ended."""
    now = clock.now()
    people = ("asked_by", "decided_by")
    waiting = Mandate.objects.filter(state=State.ASKED).select_related(*people).order_by("asked_at", "pk")
    live = list(Mandate.objects.live(now).select_related(*people).order_by("ends", "pk")[:MOST_LIVE])
    before = place.key(request.GET.get("before", ""))
    ended = Mandate.objects.filter(Q(ends__lte=now) | Q(state__in=[State.WITHDRAWN, State.REFUSED]))
    if before is not None:
        ended = ended.filter(pk__lt=before)
    past = list(ended.select_related(*people).order_by("-pk")[: PAGE + 1])
    return render(
        request,
        "mandates/list.html",
        {
            "waiting": _counted(list(waiting[:PAGE])),
            "live": _counted(live),
            "picture": picture(live, now, len(live)),
            "soon": sum(1 for mandate in live if mandate.ends is not None and mandate.ends - now <= SOON),
            "past": _counted(past[:PAGE]),
            "more": past[PAGE - 1].pk if len(past) > PAGE else None,
            "may_ask": may(request.user, "mandate.ask"),
            "known": grounds(),
        },
    )


@require_safe
def mandate(request: HttpRequest, number: int) -> HttpResponse:
    """One mandate: ground, reasons, decision, subjects, and what can be done."""
    person = request.user
    held = get_object_or_404(
        Mandate.objects.select_related("asked_by", "decided_by", "ended_by", "renews"), pk=number
    )
    require(person, "mandate.read", held)
    assert isinstance(person, Person)
    steps.look(person, held)
    after = place.key(request.GET.get("after", "")) or 0
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


def _counted(mandates: Sequence[Mandate]) -> list[Row]:
    """Each with the number of its subjects: those asked for or approved, and not let go."""
    held = Cover.objects.filter(mandate__in=mandates, released_at__isnull=True)
    counts = dict(held.exclude(approved=False).order_by().values_list("mandate").annotate(Count("pk")))
    return [Row(mandate, counts.get(mandate.pk, 0)) for mandate in mandates]
