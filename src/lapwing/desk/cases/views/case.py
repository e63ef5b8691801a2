"""The pages of cases: the list, one case, and the steps in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lapwing.desk import clock, place, subjects
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases import forms, working
from lapwing.desk.cases.condition import Condition, Told
from lapwing.desk.cases.error import CaseError
from lapwing.desk.cases.models import Case, Participant, Task
from lapwing.desk.cases.reading import (
    CaseReading,
    known_cases,
    participating,
    reading,
    restricted_among,
    workable_cases,
)
from lapwing.desk.guard import may, require
from lapwing.desk.moments.forms import FactForm, PurposeForm
from lapwing.desk.moments.models import Moment
from lapwing.desk.moments.reading import purpose_of, within
from lapwing.desk.moments.views.moment import readable as readable_moment
from lapwing.desk.subjects.models import Subject

LISTED = 50


@require_GET
@never_cache
def show_all(request: HttpRequest) -> HttpResponse:
    """The cases this person may read: what was asked to be told, overdue tasks, open cases, closed ones."""
    person = _person(request, "case.list")
    purpose = purpose_of(request)
    if not purpose:
        return render(request, "moments/purpose.html", {"form": PurposeForm()})
    readable = subjects.within(person, purpose, detail={"list": "cases"})
    # The condition on cases is a large one, and is asked as rarely as can be: what hangs on cases is looked up first.
    known = known_cases(person, readable)
    closed = known.filter(status="closed")
    start = place.key(request.GET.get("from", ""))
    if start is not None:
        closed = closed.filter(pk__lt=start)
    rows = list(closed.order_by("-pk")[: LISTED + 1])
    opened = known.filter(status="open").order_by(F("due").asc(nulls_last=True), "-pk")[: 8 * LISTED]
    context = {
        "open": opened,
        "closed": rows[:LISTED],
        "restricted": restricted_among(person, rows),
        "next": rows[LISTED - 1].pk if len(rows) > LISTED else "",
        "told": _told(person, readable),
        "tasks": _tasks(person, known),
        "may_open": bool(may(person, "case.open")),
    }
    return render(request, "cases/list.html", context)


def _told(person: Person, readable: QuerySet[Subject]) -> Iterable[Told]:
    """The conditions that came true for somebody and that they have not read of, where they may say that they have."""
    told = Told.objects.filter(read__isnull=True, condition__by=person)
    if not told.exists():
        return ()
    told = told.filter(condition__case__in=workable_cases(person, readable), moment__in=_reached(readable))
    return told.select_related("condition", "condition__case", "moment").defer(
        "moment__line", "moment__exhibit"
    )[:LISTED]


def _tasks(person: Person, known: QuerySet[Case]) -> Iterable[Task]:
    """What somebody has to do in open cases, the nearest first."""
    tasks = Task.objects.filter(person=person, done__isnull=True, case__status="open")
    if not tasks.exists():
        return ()
    return tasks.filter(case__in=known).select_related("case").order_by("due")[:LISTED]


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Open a case, with a moment or without, or link a moment to an open one."""
    person = _person(request, "case.open")
    key = request.GET.get("moment", "")
    moment = readable_moment(request, key, "moment.look").moment if key else None
    readable = subjects.within(person, purpose_of(request), about=moment.about if moment else "desk")
    mine = workable_cases(person, readable).filter(participants__in=participating(person))
    open_form, join_form = forms.OpenForm(), forms.JoinForm(mine)
    if request.method == "POST" and "join" in request.POST and moment is not None:
        join_form = forms.JoinForm(mine, request.POST)
        if join_form.is_valid():
            case = join_form.cleaned_data["case"]
            try:
                working.link(case, person, join_form.cleaned_data["why"], moment=moment)
            except CaseError as error:
                join_form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(reverse("cases:case", args=[case.pk]))
    elif request.method == "POST":
        open_form = forms.OpenForm(request.POST)
        if open_form.is_valid():
            data = open_form.cleaned_data
            case = working.open_case(person, data["title"], data["reasons"], moment)
            return HttpResponseRedirect(reverse("cases:case", args=[case.pk]))
    status = 422 if open_form.errors or join_form.errors else 200
    context = {"open_form": open_form, "join_form": join_form, "moment": moment, "mine": mine.exists()}
    return render(request, "cases/start.html", context, status=status)


@require_GET
@never_cache
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One case."""
    found, person = found_case(request, pk, "case.look")
    return _page(request, found, person)


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a fact."""
    found, person = found_case(request, pk, "case.work")
    form = FactForm(request.POST)
    return _step(
        request, found, person, "fact_form", form,
        lambda data: working.note_fact(found.case, person, data["text"], data["source"]),
    )  # fmt: skip


@require_POST
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Record an assessment."""
    found, person = found_case(request, pk, "case.work")
    form = forms.AssessForm(request.POST)
    return _step(
        request, found, person, "assess_form", form,
        lambda data: working.assess(found.case, person, data["text"], data["benign"]),
    )  # fmt: skip


@require_POST
def add_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a task."""
    found, person = found_case(request, pk, "case.work")
    form = forms.TaskForm(_people(found.case), request.POST)
    return _step(
        request, found, person, "task_form", form,
        lambda data: working.add_task(found.case, person, data["text"], data["due"], data["person"]),
    )  # fmt: skip


@require_POST
def do_task(request: HttpRequest, pk: int, task_pk: int) -> HttpResponse:
    """Record what came of a task."""
    found, person = found_case(request, pk, "case.work")
    task = get_object_or_404(Task, pk=task_pk, case_id=pk)
    form = forms.DoneForm(request.POST, prefix=f"done-{task_pk}")
    return _step(
        request, found, person, f"done-{task_pk}", form,
        lambda data: working.do_task(task, person, data["outcome"]),
    )  # fmt: skip


@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Link a moment or a subject that this person may read."""
    found, person = found_case(request, pk, "case.work")
    form = forms.LinkForm(request.POST)

    def act(data: dict[str, Any]) -> object:
        thing = data["thing"].strip()
        if Moment.objects.filter(pk=thing).exists():
            moment = readable_moment(request, thing, "moment.look").moment
            return working.link(found.case, person, data["why"], moment=moment)
        readable = subjects.within(person, purpose_of(request), about=found.case.about)
        subject = readable.filter(pseudonym=thing).first()
        if subject is None:
            raise CaseError(
                _(
                    "There is no such moment, and no such subject that a mandate in force covers for your purpose."
                )
            )
        return working.link(found.case, person, data["why"], subject=subject)

    return _step(request, found, person, "link_form", form, act)


@require_POST
def add_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody take part."""
    found, person = found_case(request, pk, "case.work")
    form = forms.PersonForm(request.POST)
    return _step(
        request, found, person, "person_form", form,
        lambda data: working.add_person(found.case, person, data["person"], data["role"]),
    )  # fmt: skip


@require_POST
def remove_person(request: HttpRequest, pk: int, participant_pk: int) -> HttpResponse:
    """End somebody's part."""
    found, person = found_case(request, pk, "case.work")
    participant = get_object_or_404(Participant, pk=participant_pk, case_id=pk, until__isnull=True)
    form = Form(request.POST)
    return _step(
        request, found, person, "leave_form", form,
        lambda data: working.leave(found.case, person, participant),
    )  # fmt: skip


@require_POST
def add_condition(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask to be told."""
    found, person = found_case(request, pk, "case.work")
    form = forms.ConditionForm(request.POST)
    return _step(
        request, found, person, "condition_form", form,
        lambda data: working.add_condition(found.case, person, data["sort"], data["text"], data["expires"]),
    )  # fmt: skip


@require_POST
def end_condition(request: HttpRequest, pk: int, condition_pk: int) -> HttpResponse:
    """No longer wait for it."""
    found, person = found_case(request, pk, "case.work")
    condition = get_object_or_404(Condition, pk=condition_pk, case_id=pk)
    return _step(
        request, found, person, "end_form", Form(request.POST),
        lambda data: working.end_condition(condition, person),
    )  # fmt: skip


@require_POST
def read_told(request: HttpRequest, pk: int, told_pk: int) -> HttpResponse:
    """Note that it was read, for all who work in the case."""
    found, person = found_case(request, pk, "case.work")
    told = get_object_or_404(Told, pk=told_pk, condition__case_id=pk)
    return _step(
        request, found, person, "told_form", Form(request.POST), lambda data: working.read_told(told, person)
    )


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close."""
    found, person = found_case(request, pk, "case.work")
    form = forms.CloseForm(request.POST)
    return _step(
        request, found, person, "close_form", form,
        lambda data: working.close(found.case, person, data["reasons"]),
        said=_("Closed. What is in it is restricted from now on; it still links, and a new fact reopens it."),
        then=reverse("cases:list"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@never_cache
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen on a new fact; shows nothing of the case, which is restricted."""
    found, person = found_case(request, pk, "case.reopen")
    there = reverse("cases:case", args=[pk])
    if found.case.status != "closed":
        return HttpResponseRedirect(there)
    form = FactForm(request.POST if request.method == "POST" else None, prefix="reopen")
    if request.method == "POST" and form.is_valid():
        try:
            working.reopen(found.case, person, form.cleaned_data["text"], form.cleaned_data["source"])
        except CaseError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Reopened."))
            return HttpResponseRedirect(there)
    status = 422 if form.errors else 200
    return render(request, "cases/reopen.html", {"case": found.case, "form": form}, status=status)


def found_case(request: HttpRequest, pk: int, action: str) -> tuple[CaseReading, Person]:
    """The case of an address, when the guard allows this person to do this to it; the look is recorded."""
    person = _person(request, "case.list")
    case = get_object_or_404(Case.objects.exclude(status="erasing"), pk=pk)
    found = reading(person, purpose_of(request), case)
    require(person, action, found)
    return found, person


def _person(request: HttpRequest, action: str) -> Person:
    require(request.user, action)
    assert isinstance(request.user, Person)
    return request.user


def _people(case: Case) -> Any:
    return Person.objects.filter(pk__in=case.participants.filter(until__isnull=True).values("person"))


def _reached(readable: Any) -> Any:
    return within(Moment.objects.all(), readable)


def _page(
    request: HttpRequest,
    found: CaseReading,
    person: Person,
    filled: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    case = found.case
    filled = filled or {}
    tasks = [
        (task, filled.get(f"done-{task.pk}") or forms.DoneForm(prefix=f"done-{task.pk}"))
        for task in case.tasks.select_related("person", "by", "done_by").order_by("done", "due", "pk")
    ]
    links = case.links.select_related("by", "moment", "subject").defer("moment__line", "moment__exhibit")
    context: dict[str, Any] = {
        "case": case,
        "works": bool(may(person, "case.work", found)),
        "may_reopen": case.status == "closed" and bool(may(person, "case.reopen", found)),
        "facts": case.facts.select_related("by"),
        "assessments": case.assessments.select_related("by"),
        "tasks": tasks,
        "moments": [one for one in links if one.moment is not None],
        "subjects": [one for one in links if one.subject is not None],
        "people": case.participants.filter(until__isnull=True).select_related("person"),
        "conditions": case.conditions.select_related("by"),
        "told": Told.objects.filter(condition__case=case).select_related("condition", "read_by")[:LISTED],
        "now": clock.now(),
        "fact_form": FactForm(),
        "assess_form": forms.AssessForm(),
        "task_form": forms.TaskForm(_people(case)),
        "link_form": forms.LinkForm(),
        "person_form": forms.PersonForm(),
        "condition_form": forms.ConditionForm(),
        "close_form": forms.CloseForm(),
        **filled,
    }
    return render(request, "cases/case.html", context, status=status)


def _step(
    request: HttpRequest,
    found: CaseReading,
    person: Person,
    name: str,
    form: Form,
    act: Callable[[dict[str, Any]], object],
    *,
    said: str = "",
    then: str = "",
) -> HttpResponse:
    """Take the step when the form allows it, say so and go on, to the case unless told ``then``; else show the page
    with what is wrong beside the field.
    """
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except CaseError as error:
            form.add_error(None, str(error))
            messages.error(request, str(error))
        else:
            messages.success(request, said or _("Recorded."))
            return HttpResponseRedirect(then or reverse("cases:case", args=[found.case.pk]))
    found.case.refresh_from_db()
    return _page(request, found, person, {name: form, "refused": name}, status=422)
