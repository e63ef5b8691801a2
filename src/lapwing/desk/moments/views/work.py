"""The steps on a moment: each a form of its page, a step of its course, and a way back to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import require
from lapwing.desk.moments import forms
from lapwing.desk.moments.assessing import assess, mark_significant, note_fact, set_review
from lapwing.desk.moments.deciding import decide, read_second, reopen, withdraw
from lapwing.desk.moments.disclosing import correct
from lapwing.desk.moments.error import StepError
from lapwing.desk.moments.models import Decision, Moment
from lapwing.desk.moments.reading import Reading
from lapwing.desk.moments.regrouping import merge, part, take_out
from lapwing.desk.moments.views.moment import page, readable


@require_POST
def note(request: HttpRequest, pk: str) -> HttpResponse:
    """Record a fact."""
    found, person = _found(request, pk, "moment.assess")
    form = forms.FactForm(request.POST)
    return _step(
        request,
        found,
        "fact_form",
        form,
        lambda data: note_fact(found.moment, person, data["text"], data["source"]),
        _("Recorded as a fact."),
    )


@require_POST
def judge(request: HttpRequest, pk: str) -> HttpResponse:
    """Record an assessment."""
    found, person = _found(request, pk, "moment.assess")
    form = forms.AssessForm(request.POST)
    return _step(
        request,
        found,
        "assess_form",
        form,
        lambda data: assess(found.moment, person, data["judgement"], data["benign"], data["reasons"]),
        _("Your judgement is recorded. The arithmetic of the ledger is shown to you from now on."),
    )


@require_POST
def make(request: HttpRequest, pk: str) -> HttpResponse:
    """Decide, or propose."""
    found, person = _found(request, pk, "moment.decide")
    form = forms.DecideForm(person, request.POST)

    def act(data: dict[str, Any]) -> object:
        return decide(
            found.moment,
            person,
            data["choice"],
            data["reasons"],
            data["benign"],
            review=data["review"],
            recipient=data["recipient"],
        )

    return _step(request, found, "decide_form", form, act, _("Recorded."))


@require_POST
def second(request: HttpRequest, pk: str, decision_pk: int) -> HttpResponse:
    """Agree with a proposed decision or refuse it, as its second reader."""
    found, person = _found(request, pk, "moment.look")
    decision = get_object_or_404(Decision, pk=decision_pk, moment_id=pk)
    require(person, "moment.second", decision)
    form = forms.ReasonForm(request.POST, prefix="second", label=_("Your own reasons"))
    agree = request.POST.get("agree") == "yes"
    return _step(
        request,
        found,
        "agree_form",
        form,
        lambda data: read_second(decision, person, agree=agree, reasons=data["why"]),
        _("You agreed: the decision is in force.")
        if agree
        else _("You refused: the decision does not take effect."),
    )


@require_POST
def take_back(request: HttpRequest, pk: str, decision_pk: int) -> HttpResponse:
    """Take back what one has proposed."""
    found, person = _found(request, pk, "moment.look")
    decision = get_object_or_404(Decision, pk=decision_pk, moment_id=pk)
    require(person, "moment.withdraw", decision)
    form = forms.ReasonForm(request.POST, prefix="withdraw")
    return _step(
        request,
        found,
        "withdraw_form",
        form,
        lambda data: withdraw(decision, person, data["why"]),
        _("Your proposal is withdrawn."),
    )


@require_POST
def mark(request: HttpRequest, pk: str) -> HttpResponse:
    """Mark as significant."""
    found, person = _found(request, pk, "moment.assess")
    form = forms.ReasonForm(request.POST, prefix="mark", label=_("Why it is significant"))
    return _step(
        request,
        found,
        "mark_form",
        form,
        lambda data: mark_significant(found.moment, person, data["why"]),
        _("Marked as significant: it is to be written up within the shift."),
    )


@require_POST
def review(request: HttpRequest, pk: str) -> HttpResponse:
    """Move the next review."""
    found, person = _found(request, pk, "moment.decide")
    form = forms.ReviewForm(request.POST, prefix="review")
    return _step(
        request,
        found,
        "review_form",
        form,
        lambda data: set_review(found.moment, person, data["date"], data["why"]),
        _("The next review is moved."),
    )


@require_POST
def open_again(request: HttpRequest, pk: str) -> HttpResponse:
    """Reopen on a new fact."""
    found, person = _found(request, pk, "moment.reopen")
    form = forms.FactForm(request.POST, prefix="reopen")
    return _step(
        request,
        found,
        "reopen_form",
        form,
        lambda data: reopen(found.moment, person, data["text"], data["source"]),
        _("Reopened, on the new fact."),
    )


@require_POST
def join(request: HttpRequest, pk: str) -> HttpResponse:
    """Merge into another moment, which this person has to be able to read as well."""
    found, person = _found(request, pk, "moment.regroup")
    form = forms.MergeForm(request.POST, prefix="merge")

    def act(data: dict[str, Any]) -> object:
        if not Moment.objects.filter(pk=data["into"].strip()).exists():
            raise StepError(_("There is no such moment. Its id stands at the foot of its page."))
        into = readable(request, data["into"].strip(), "moment.regroup")
        return merge(found.moment, into.moment, person, data["why"])

    return _step(request, found, "merge_form", form, act, _("Merged."))


@require_POST
def unjoin(request: HttpRequest, pk: str) -> HttpResponse:
    """Undo a merge."""
    found, person = _found(request, pk, "moment.regroup")
    form = forms.ReasonForm(request.POST, prefix="part")
    return _step(
        request,
        found,
        "part_form",
        form,
        lambda data: part(found.moment, person, data["why"]),
        _("Parted: it is worked on by itself again."),
    )


@require_POST
def split(request: HttpRequest, pk: str) -> HttpResponse:
    """Take subjects out, as a moment of its own."""
    found, person = _found(request, pk, "moment.regroup")
    form = forms.SplitForm(list(found.moment.line["subjects"]), request.POST, prefix="split")
    return _step(
        request,
        found,
        "split_form",
        form,
        lambda data: take_out(found.moment, data["subjects"], person, data["why"]),
        _("Taken out, as a moment of its own."),
    )


@require_POST
def put_right(request: HttpRequest, pk: str) -> HttpResponse:
    """Record a correction."""
    found, person = _found(request, pk, "moment.correct")
    form = forms.ReasonForm(request.POST, prefix="correct", label=_("What was wrong, and what is right"))
    return _step(
        request,
        found,
        "correct_form",
        form,
        lambda data: correct(found.moment, person, data["why"]),
        _("Recorded. Everyone who received the data is to be told."),
    )


def _found(request: HttpRequest, pk: str, action: str) -> tuple[Reading, Person]:
    found = readable(request, pk, action)
    assert isinstance(request.user, Person)
    return found, request.user


def _step(
    request: HttpRequest,
    found: Reading,
    name: str,
    form: Form,
    act: Callable[[dict[str, Any]], object],
    done: str,
) -> HttpResponse:
    """Take the step when the form allows it; else show the page with what is wrong beside the field."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except StepError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("moments:moment", args=[found.moment.pk]))
    found.moment.refresh_from_db()
    return page(request, found, {name: form, "refused": name}, status=422)
