"""Taking a ledger out of the desk, for a recipient who is named and can be told of corrections."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import may
from lapwing.desk.moments.assessing import has_judged
from lapwing.desk.moments.disclosing import disclosed
from lapwing.desk.moments.forms import ExportForm
from lapwing.desk.moments.ledger_file import ledger_file
from lapwing.desk.moments.views.moment import page, readable


@require_POST
def export(request: HttpRequest, pk: str) -> HttpResponse:
    """The file; that it was given, to whom and why, is recorded before it is."""
    found = readable(request, pk, "moment.export")
    moment, person = found.moment, request.user
    assert isinstance(person, Person)
    form = ExportForm(request.POST, prefix="export")
    if form.is_valid() and may(person, "moment.assess", found) and not has_judged(moment, person):
        form.add_error(None, _("The export holds the bits. Assess the moment first."))
    if not form.is_valid():
        return page(request, found, {"export_form": form, "refused": "export_form"}, status=422)
    data = form.cleaned_data
    given = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
    text, kind = ledger_file(moment, data["form"], person, data["recipient"], given)
    with transaction.atomic():
        disclosed(moment, data["recipient"], what=f"ledger ({data['form']})", why=data["why"], by=person)
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{moment.pk.replace(":", "_")}.{data["form"]}"'
    response["Cache-Control"] = "no-store"
    return response
