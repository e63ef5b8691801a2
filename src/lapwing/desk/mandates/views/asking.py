"""Asking for a mandate, for subjects under it, and for its renewal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import guarded, require
from lapwing.desk.mandates import attaching, steps
from lapwing.desk.mandates.error import MandatesError
from lapwing.desk.mandates.forms import AskForm, RenewForm, RosterForm, SubjectForm
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.models import Mandate


@require_http_methods(["GET", "POST"])
@guarded("mandate.ask")
def ask(request: HttpRequest) -> HttpResponse:
    """Choose a ground; on the ground that was chosen, ask."""
    assert isinstance(request.user, Person)
    ground = grounds().grounds.get(request.GET.get("ground", ""))
    if ground is None:
        return render(request, "mandates/grounds.html", {"known": grounds()})
    form = AskForm(
        ground,
        request.POST if request.method == "POST" else None,
        initial={"means": ["reading"], "purpose": ground.purposes[0] if len(ground.purposes) == 1 else None},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = steps.ask(request.user, form.draft())
        except MandatesError as error:
            form.add_error(None, str(error))
        else:
            messages.info(
                request,
                _("Mandate %(number)s is asked for. Name its subjects now; nobody decides it before.")
                % {"number": made.pk},
            )
            return HttpResponseRedirect(reverse("mandates:add", args=[made.pk]))
    status = 422 if form.errors else 200
    return render(request, "mandates/ask.html", {"form": form, "ground": ground}, status=status)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, number: int) -> HttpResponse:
    """Name a subject, or several by a list."""
    held = get_object_or_404(Mandate, pk=number)
    require(request.user, "mandate.add_subject", held)
    assert isinstance(request.user, Person)
    by_list = "list" in request.POST
    one = SubjectForm(held, request.POST if request.method == "POST" and not by_list else None, prefix="one")
    several = RosterForm(held, request.POST if by_list else None)
    form = several if by_list else one
    if request.method == "POST" and form.is_valid():
        try:
            made = attaching.attach(request.user, held, form.rows(), source=form.cleaned_data["source"])
        except MandatesError as error:
            form.add_error(None, str(error))
        else:
            messages.info(
                request,
                _("%(count)s added. Another person decides before anything is watched.")
                % {"count": len(made)},
            )
            return HttpResponseRedirect(reverse("mandates:mandate", args=[held.pk]))
    context = {"mandate": held, "one": one, "several": several}
    return render(request, "mandates/add.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def renew(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for a mandate that goes on from this one."""
    held = get_object_or_404(Mandate, pk=number)
    require(request.user, "mandate.ask", held)
    assert isinstance(request.user, Person)
    ground = held.ground_entry
    if ground is None:
        return render(request, "mandates/grounds.html", {"known": grounds(), "gone": held.ground})
    form = RenewForm(
        held,
        ground,
        request.POST if request.method == "POST" else None,
        initial={
            "purpose": held.purpose,
            "categories": held.categories,
            "sources": held.sources,
            "means": held.means,
            "days": min(held.days, ground.longest_days),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = steps.renew(request.user, held, form.draft(), keep=form.kept())
        except MandatesError as error:
            form.add_error(None, str(error))
        else:
            messages.info(
                request, _("Mandate %(number)s is asked for, to go on from this one.") % {"number": made.pk}
            )
            return HttpResponseRedirect(reverse("mandates:mandate", args=[made.pk]))
    steps.look(request.user, held)
    context = {"mandate": held, "form": form, "ground": ground}
    return render(request, "mandates/renew.html", context, status=422 if form.errors else 200)
