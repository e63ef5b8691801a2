"""After the action: what was known of a moment at each time, and to whom."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from lapwing.desk.moments.replay import known_at, steps
from lapwing.desk.moments.views.moment import readable
from lapwing.moments.moment import Moment as StatedMoment
from lapwing.report import sentence, words


@require_GET
@never_cache
def replay(request: HttpRequest, pk: str) -> HttpResponse:
    """The state at one step, with links to the one before and the one after."""
    found = readable(request, pk, "moment.replay")
    moment = found.moment
    # The look that this page itself is does not belong to what is looked back on.
    happened = steps(moment)[:-1]
    keys = [step.key for step in happened]
    asked = request.GET.get("at", "")
    at = keys.index(asked) if asked in keys else len(happened) - 1
    context = {"moment": moment, "steps": happened, "at": at}
    if happened:
        known = known_at(moment, happened[at].time, happened)
        context |= {
            "step": happened[at],
            "before": happened[at - 1] if at > 0 else None,
            "after": happened[at + 1] if at + 1 < len(happened) else None,
            "known": known,
        }
        if known.statement is not None:
            stated = StatedMoment.parse(json.dumps(known.statement.line))
            context |= {
                "said": sentence.sentence(stated, None),
                "acts": words.counted(len(stated.ledger), "act"),
                "subjects": words.counted(len(stated.subjects), "subject"),
            }
    return render(request, "moments/replay.html", context)
