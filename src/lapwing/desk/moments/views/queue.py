"""The first page: what is worth looking at today."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from lapwing.desk import audit, clock, subjects
from lapwing.desk.accounts.models import Person, SignIn
from lapwing.desk.accounts.sign_in import KEY as SIGN_IN
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import guarded, may, require
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.moments.budget import budget_now, cost_so_far
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.forms import PurposeForm
from lapwing.desk.moments.look import looked
from lapwing.desk.moments.models import Moment, Notice
from lapwing.desk.moments.queue import for_second_reading, hidden, page_of, queue
from lapwing.desk.moments.reading import PURPOSE, purpose_of, within
from lapwing.desk.moments.watching import watching
from lapwing.desk.oversight.machine import standing
from lapwing.desk.subjects.looking import OVERSIGHT

BEAT = 2.0
"""Seconds between two questions whether something has changed."""
BEATS = 150
"""After so many the browser connects anew."""
CHECKED = 10
"""Every so many beats it is looked whether the person is still signed in: a sign-out ends the stream in 20 seconds."""
MOVES = (
    "moment.state",
    "moment.assess",
    "decision.make",
    "decision.propose",
    "decision.agree",
    "moment.reopen",
)
SHELVES = {"later": (Status.DECIDED, "due"), "closed": (Status.CLOSED, "-closed")}


@require_GET
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The queue of the day; before a purpose was stated, the question for it."""
    person = require_person(request, "moment.list")
    purpose = purpose_of(request)
    if not purpose:
        return render(request, "moments/purpose.html", {"form": PurposeForm()})
    return render(request, "moments/queue.html", {**_queue(request, purpose), "person": person})


@require_GET
@never_cache
def part(request: HttpRequest) -> HttpResponse:
    """The part of the queue that changes, for a page that is open."""
    require_person(request, "moment.list")
    purpose = purpose_of(request)
    if not purpose:
        return HttpResponse(status=204)
    return render(request, "moments/queue_rows.html", _queue(request, purpose))


@require_GET
@never_cache
def foot(request: HttpRequest) -> HttpResponse:
    """What is watched now, for a page that is open: no content."""
    require_person(request, "moment.list")
    return render(request, "moments/watching.html", {"watching": watching()})


@require_GET
@never_cache
def unseen(request: HttpRequest) -> HttpResponse:
    """How many moments wait that mandate and purpose do not reach: a number, and no name."""
    person = require_person(request, "moment.list")
    purpose = purpose_of(request)
    if not purpose or purpose == OVERSIGHT:
        return HttpResponse("")
    readable = subjects.within(person, purpose, detail={"list": "moments not shown"})
    return render(request, "moments/hidden.html", {"hidden": hidden(readable)})


@require_GET
@never_cache
def shelf(request: HttpRequest, name: str) -> HttpResponse:
    """Moments that were decided and are looked at later, or that were closed."""
    person = require_person(request, "moment.list")
    purpose = purpose_of(request)
    if not purpose:
        return render(request, "moments/purpose.html", {"form": PurposeForm()})
    readable = subjects.within(person, purpose, detail={"list": name})
    if name == "second":
        found, by = for_second_reading(readable), "-net"
    else:
        status, by = SHELVES[name]
        found = within(Moment.objects.filter(status=status), readable)
    rows, onward = page_of(found, request.GET.get("from", ""), by)
    return render(
        request, "moments/shelf.html", {"name": name, "rows": rows, "next": onward, "purpose": purpose}
    )


@require_POST
def state_purpose(request: HttpRequest) -> HttpResponse:
    """Keep the purpose that this person states, for the rest of the session or until they state another."""
    person = require_person(request, "moment.purpose")
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return render(request, "moments/purpose.html", {"form": form}, status=422)
    purpose = form.cleaned_data["purpose"]
    with transaction.atomic():
        audit.record(person, "purpose.state", person.about, detail={"purpose": purpose})
    request.session[PURPOSE] = purpose
    messages.info(
        request, _("You look for: %(purpose)s.") % {"purpose": _(grounds().purposes[purpose].title)}
    )
    return HttpResponseRedirect(_local(request.POST.get("next", "")))


@require_safe
@guarded("moment.list")
async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Server-sent events: that something has changed, and nothing of what."""
    return StreamingHttpResponse(
        _beats(request.GET.get("known", ""), request.session.get(SIGN_IN) or 0),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def require_person(request: HttpRequest, action: str) -> Person:
    """Ask the guard about an action without a thing, and give the person who is allowed it."""
    require(request.user, action)
    assert isinstance(request.user, Person)
    return request.user


def _queue(request: HttpRequest, purpose: str) -> dict[str, Any]:
    now = clock.now()
    person = request.user
    assert isinstance(person, Person)
    readable = subjects.within(person, purpose, detail={"list": "moments"})
    budget = budget_now()
    return {
        "queue": queue(readable, now, looked(person.pk), request.GET.get("from", "")),
        "first_page": not request.GET.get("from"),
        "second": for_second_reading(readable).count() if may(person, "moment.decide") else 0,
        "purpose": purpose,
        "purpose_title": _(grounds().purposes[purpose].title) if purpose != OVERSIGHT else _("oversight"),
        "purposes": [(name, _(word.title)) for name, word in grounds().purposes.items()]
        if purpose != OVERSIGHT
        else [],
        "known": _state(),
        "may_stop": bool(may(person, "machine.stop")),
        "stopped": standing() is not None,
        "budget": budget,
        "cost": cost_so_far(now),
        "notices": Notice.objects.filter(given__isnull=True).count() if may(person, "notice.list") else 0,
    }


async def _beats(known: str, sign_in: int) -> AsyncIterator[str]:
    # Browsers ask anew when the connection ends; what changed meanwhile is said at once.
    yield "retry: 2000\n\n"
    for beat in range(BEATS):
        if beat % CHECKED == 0 and not await sync_to_async(_may_go_on)(sign_in):
            return
        state = await sync_to_async(_state)()
        yield ": still here\n\n" if state == known else "event: moments\ndata: look\n\n"
        known = state
        await asyncio.sleep(BEAT)


def _may_go_on(sign_in: int) -> bool:
    """Whether whoever opened the stream is still signed in there, and may still see the queue."""
    person = SignIn.objects.lasting(sign_in)
    return person is not None and bool(may(person, "moment.list"))


def _state() -> str:
    """A word that changes whenever the queue does: the last entry of each sort that moves a moment."""
    entries = Entry.objects.order_by("-number").values_list("number", flat=True)
    return "-".join(str(entries.filter(action=action).first() or 0) for action in MOVES)


def _local(address: str) -> str:
    """The address when it is one of this desk, else the queue."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/moments/"
