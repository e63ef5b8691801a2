"""After the action: what was known in a case at each time, and to whom."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from lapwing.desk.cases.replay import known_at, steps
from lapwing.desk.cases.views.case import found_case


@require_GET
@never_cache
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """The state at one step, with links to the one before and the one after."""
    found, _person = found_case(request, pk, "case.replay")
    # The look that this page itself is does not belong to what is looked back on.
    happened = steps(found.case)[:-1]
    keys = [step.key for step in happened]
    asked = request.GET.get("at", "")
    at = keys.index(asked) if asked in keys else len(happened) - 1
    context: dict[str, object] = {"case": found.case, "steps": happened}
    if happened:
        context |= {
            "step": happened[at],
            "before": happened[at - 1] if at > 0 else None,
            "after": happened[at + 1] if at + 1 < len(happened) else None,
            "known": known_at(found.case, happened[at].time, happened),
        }
    return render(request, "cases/replay.html", context)
