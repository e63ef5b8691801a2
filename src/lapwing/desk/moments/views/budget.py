"""The false-alarm budget: who answers for it, and what it has cost."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import may, require
from lapwing.desk.moments.budget import Budget, budget_now, cost_so_far, set_budget
from lapwing.desk.moments.forms import BudgetForm


@require_http_methods(["GET", "POST"])
def budget(request: HttpRequest) -> HttpResponse:
    """See it, or set it."""
    require(request.user, "budget.look")
    assert isinstance(request.user, Person)
    form = BudgetForm(prefix="budget")
    if request.method == "POST":
        require(request.user, "budget.set")
        form = BudgetForm(request.POST, prefix="budget")
        if form.is_valid():
            set_budget(request.user, form.cleaned_data["days"], form.cleaned_data["why"])
            messages.success(request, _("The budget is set, and you answer for it."))
            return HttpResponseRedirect(reverse("moments:budget"))
    context = {
        "form": form,
        "may_set": bool(may(request.user, "budget.set")),
        "budget": budget_now(),
        "cost": cost_so_far(clock.now()),
        "earlier": Budget.objects.select_related("by").order_by("-since", "-pk")[:20],
    }
    return render(request, "moments/budget.html", context, status=422 if form.errors else 200)
