"""The page of what comes in: how much, from whom, and which lines could not be read."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lapwing.desk import clock
from lapwing.desk.guard import guarded
from lapwing.desk.intake.models import SetAside
from lapwing.desk.live.models import Progress
from lapwing.desk.live.progress import ONLY

SHOWN = 100
LATELY = timedelta(days=7)


@require_safe
@guarded("intake.look")
def look(request: HttpRequest) -> HttpResponse:
    """What came in lately. It names no subject: lines are told by their post, and of bad values only what names
    nobody is kept.
    """
    lately = SetAside.objects.filter(received__gte=clock.now() - LATELY)
    return render(
        request,
        "intake/look.html",
        {
            "progress": Progress.objects.filter(pk=ONLY).first(),
            "reasons": lately.values("reason", "column", "token__name")
            .annotate(lines=Count("pk"), last=Max("received"))
            .order_by("-lines", "reason")[:SHOWN],
            "lines": SetAside.objects.select_related("token")[:SHOWN],
        },
    )
