"""The log for the overseer: all of it, an entry, an export."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from lapwing.desk import audit, clock, place
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit import exporting
from lapwing.desk.audit.entry import log_size
from lapwing.desk.audit.error import AuditError
from lapwing.desk.audit.forms import ExportForm
from lapwing.desk.audit.models import Checkpoint, Entry
from lapwing.desk.audit.reading import PAGE, View, actions, proof
from lapwing.desk.guard import require


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Every entry, the youngest first, or those that the view was narrowed to."""
    require(request.user, "audit.read")
    assert isinstance(request.user, Person)
    view = View.read(request.GET.dict())
    before = request.GET.get("before", "")
    seen = {"view": [view.action, view.about, view.by, view.until]} if view.narrowed else {}
    with transaction.atomic():
        audit.record(
            request.user,
            "audit.read",
            "audit",
            detail={**seen, **({"before": before[:20]} if before else {})},
        )
    entries = view.entries()
    youngest = place.key(before)
    if youngest is not None:
        entries = entries.filter(number__lt=youngest)
    found = list(entries[: PAGE + 1])
    kept = {name: value for name in ("action", "about", "by", "until") if (value := getattr(view, name))}
    return render(
        request,
        "audit/log.html",
        {
            "view": view,
            "fault": view.fault(),
            "entries": found[:PAGE],
            "earlier": urlencode({**kept, "before": found[PAGE - 1].number}) if len(found) > PAGE else "",
            "youngest": not before,
            "kept": urlencode(kept),
            "total": log_size(),
            "signed": Checkpoint.objects.last(),
            "actions": actions(),
        },
    )


@require_safe
def entry(request: HttpRequest, number: int) -> HttpResponse:
    """One entry, and that it stands in the log as it was signed."""
    require(request.user, "audit.read")
    assert isinstance(request.user, Person)
    if number > 2**62:
        number = 0
    held = get_object_or_404(Entry.objects.select_related("by"), number=number)
    with transaction.atomic():
        audit.record(request.user, "audit.read", f"entry:{number}")
    return render(
        request,
        "audit/entry.html",
        {
            "entry": held,
            "proof": proof(held),
            "leaf": bytes(held.leaf).hex(),
            "before": number - 1 if number > 1 else None,
            "after": number + 1,
        },
    )


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """The whole log as a file that can be verified anywhere."""
    require(request.user, "audit.export")
    assert isinstance(request.user, Person)
    form = ExportForm(request.POST if request.method == "POST" else None)
    lines = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            lines = exporting.export(request.user, words=data["words"], why=data["why"])
        except AuditError as error:
            form.add_error(None, str(error))
    if lines is None:
        return render(request, "audit/export.html", {"form": form}, status=422 if form.errors else 200)
    name = f"audit-{clock.now():%Y-%m-%dT%H%M%SZ}.jsonl"
    return StreamingHttpResponse(
        lines,
        content_type="application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
