"""Corrections that somebody is still to be told of, and the false-alarm budget."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import require
from lapwing.desk.moments.disclosing import give_notice
from lapwing.desk.moments.error import StepError
from lapwing.desk.moments.forms import NoticeForm
from lapwing.desk.moments.models import Notice

LISTED_MOST = 200


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """Who is to be told of what."""
    require(request.user, "notice.list")
    assert isinstance(request.user, Person)
    waiting = Notice.objects.filter(given__isnull=True).select_related("correction", "correction__by")
    rows = list(waiting.order_by("correction__time", "pk")[:LISTED_MOST])
    given = Notice.objects.filter(given__isnull=False).select_related("correction", "given_by")
    with transaction.atomic():
        audit.record(request.user, "notice.list", "desk", detail={"shown": len(rows)})
    return render(
        request,
        "moments/notices.html",
        {"waiting": rows, "given": given.order_by("-given")[:50], "form": NoticeForm()},
    )


@require_POST
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a recipient was told."""
    notice = get_object_or_404(Notice, pk=pk)
    require(request.user, "notice.give", notice)
    assert isinstance(request.user, Person)
    form = NoticeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how they were told."))
    else:
        try:
            give_notice(notice, request.user, form.cleaned_data["how"])
        except StepError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Recorded that %(name)s was told.") % {"name": notice.recipient})
    return HttpResponseRedirect(reverse("moments:notices"))
