"""The page of a moment: why it is here, what innocent reading there is, what is to be done by when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.naming import naming
from lapwing.desk.guard import may, require
from lapwing.desk.moments import forms
from lapwing.desk.moments.assessing import has_judged
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.deciding import in_force, proposed
from lapwing.desk.moments.models import Moment
from lapwing.desk.moments.picture import pieces, view_of
from lapwing.desk.moments.reading import Reading, purpose_of, reading
from lapwing.moments.moment import Moment as StatedMoment


@require_GET
@never_cache
def show(request: HttpRequest, pk: str) -> HttpResponse:
    """The page."""
    found = readable(request, pk, "moment.look")
    return page(request, found)


def readable(request: HttpRequest, pk: str, action: str) -> Reading:
    """The moment of an address, when the guard allows this person to do this to it; the look is recorded."""
    if "\x00" in pk:  # it may stand behind the question mark, where the guard does not look
        raise Http404
    moment = get_object_or_404(Moment.objects.select_related("merged_into", "parted_from"), pk=pk)
    require(request.user, "moment.list")
    person = request.user
    assert isinstance(person, Person)
    found = reading(person, purpose_of(request), moment, detail={"for": action})
    require(person, action, found)
    return found


def page(
    request: HttpRequest,
    found: Reading,
    filled: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page of a moment, with forms as they were filled in when one of them was refused."""
    moment, person = found.moment, request.user
    assert isinstance(person, Person)
    judges = bool(may(person, "moment.assess", found))
    judged = has_judged(moment, person)
    arithmetic = judged or not judges
    first = moment.statements.first()
    as_raised = StatedMoment.parse(json.dumps(first.line)) if first is not None else None
    view = view_of(moment, arithmetic=arithmetic, as_raised=as_raised)
    pending = proposed(moment)
    second = may(person, "moment.second", pending) if pending is not None else None
    state = Status(moment.status)
    context: dict[str, Any] = {
        "moment": moment,
        "view": view,
        "pieces": pieces(view),
        "arithmetic": arithmetic,
        "judged": judged,
        "judges": judges and state not in (Status.CLOSED, Status.MERGED),
        "notes_facts": judges,
        "facts": moment.facts.select_related("by"),
        "assessments": moment.assessments.select_related("by"),
        "decisions": moment.decisions.select_related("by", "second"),
        "marks": moment.marks.select_related("by"),
        "corrections": moment.corrections.select_related("by").prefetch_related("notices"),
        "disclosures": moment.disclosures.select_related("by"),
        "merged": moment.merged.only("pk", "summary"),
        "parts": moment.parts.only("pk", "summary"),
        "in_force": in_force(moment),
        "proposed": pending,
        "may_second": bool(second),
        "why_not_second": second.why if second is not None else "",
        "may_withdraw": pending is not None and bool(may(person, "moment.withdraw", pending)),
        "may_decide": judges and state in (Status.NEW, Status.ASSESSED, Status.DECIDED),
        "may_reopen": state is Status.CLOSED and bool(may(person, "moment.reopen", found)),
        "may_regroup": bool(may(person, "moment.regroup", found)),
        "may_export": bool(may(person, "moment.export", found)) and arithmetic,
        "may_correct": bool(may(person, "moment.correct", found)),
        "naming": naming(moment, person, found.readable),
        "now": clock.now(),
    }
    context |= {name: form for name, form in _forms(moment, person).items() if name not in (filled or {})}
    context |= filled or {}
    return render(request, "moments/moment.html", context, status=status)


def _forms(moment: Moment, person: Person) -> dict[str, Any]:
    last = moment.assessments.filter(by=person).order_by("pk").last()
    said = {"benign": last.benign, "reasons": last.reasons} if last is not None else {}
    return {
        "assess_form": forms.AssessForm(),
        "fact_form": forms.FactForm(),
        "decide_form": forms.DecideForm(person, initial=said),
        "agree_form": forms.ReasonForm(prefix="second", label=_("Your own reasons")),
        "withdraw_form": forms.ReasonForm(prefix="withdraw"),
        "mark_form": forms.ReasonForm(prefix="mark", label=_("Why it is significant")),
        "review_form": forms.ReviewForm(prefix="review"),
        "reopen_form": forms.FactForm(prefix="reopen"),
        "merge_form": forms.MergeForm(prefix="merge"),
        "part_form": forms.ReasonForm(prefix="part"),
        "split_form": forms.SplitForm(list(moment.line["subjects"]), prefix="split"),
        "export_form": forms.ExportForm(prefix="export"),
        "correct_form": forms.ReasonForm(prefix="correct", label=_("What was wrong, and what is right")),
    }
