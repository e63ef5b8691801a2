"""Persons of the team, for whoever administers them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lapwing.desk.accounts import enrolment
from lapwing.desk.accounts.factor import factors
from lapwing.desk.accounts.forms import EnrolForm, ReasonForm, RolesForm
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import guarded, may, require


@require_safe
@guarded("person.list")
def persons(request: HttpRequest) -> HttpResponse:
    """Who has an account."""
    return render(
        request,
        "accounts/persons.html",
        {
            "persons": Person.objects.order_by("-is_active", "username"),
            "secured": set(factors().values_list("user_id", flat=True)),
            "may_add": may(request.user, "person.add"),
        },
    )


@require_http_methods(["GET", "POST"])
@guarded("person.add")
@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """Add a person, and show the password they begin with, this once."""
    form = EnrolForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person, password = enrolment.enrol(
            form.cleaned_data["username"], form.cleaned_data["roles"], _by(request)
        )
        return _initial_password(request, person, password)
    status = 422 if form.errors else 200
    return render(request, "accounts/enrol.html", {"form": form}, status=status)


@require_safe
def person(request: HttpRequest, name: str) -> HttpResponse:
    """One person, and what can be done to the account."""
    require(request.user, "person.list")
    return _page(request, get_object_or_404(Person, username=name))


@require_POST
def roles(request: HttpRequest, name: str) -> HttpResponse:
    """Give a person other roles."""
    one = get_object_or_404(Person, username=name)
    require(request.user, "person.change", one)
    form = RolesForm(request.POST)
    if form.is_valid():
        try:
            enrolment.set_roles(one, form.cleaned_data["roles"], _by(request), form.cleaned_data["why"])
        except ValidationError as error:
            form.add_error("roles", error.messages)
        else:
            messages.info(request, _("The roles of %s are changed; they sign in again.") % one)
            return redirect("person", name=name)
    one.refresh_from_db()
    return _page(request, one, roles_form=form)


@require_POST
def close(request: HttpRequest, name: str) -> HttpResponse:
    """Close an account."""
    one = get_object_or_404(Person, username=name, is_active=True)
    require(request.user, "person.change", one)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            enrolment.close(one, _by(request), form.cleaned_data["why"])
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.info(request, _("The account of %s is closed.") % one)
            return redirect("person", name=name)
    one.refresh_from_db()
    return _page(request, one, close_form=form)


@require_POST
@never_cache
def reset(request: HttpRequest, name: str) -> HttpResponse:
    """Take a person's password and second factors away, and show the password they begin with again."""
    one = get_object_or_404(Person, username=name, is_active=True)
    require(request.user, "person.change", one)
    form = ReasonForm(request.POST)
    if form.is_valid():
        return _initial_password(request, one, enrolment.reset(one, _by(request), form.cleaned_data["why"]))
    return _page(request, one, reset_form=form)


@require_POST
@never_cache
def reopen(request: HttpRequest, name: str) -> HttpResponse:
    """Open a closed account again."""
    one = get_object_or_404(Person, username=name, is_active=False)
    require(request.user, "person.change", one)
    form = ReasonForm(request.POST)
    if form.is_valid():
        return _initial_password(request, one, enrolment.reopen(one, _by(request), form.cleaned_data["why"]))
    return _page(request, one, reopen_form=form)


def _by(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _initial_password(request: HttpRequest, one: Person, password: str) -> HttpResponse:
    return render(request, "accounts/initial_password.html", {"person": one, "password": password})


def _page(request: HttpRequest, one: Person, **forms: Form) -> HttpResponse:
    refused = any(form.errors for form in forms.values())
    context = {
        "person": one,
        "factors": factors().filter(user=one).count(),
        "places": one.sign_ins.count(),
        "tokens": sum(token.live for token in one.tokens.all()),
        "may_change": may(request.user, "person.change", one),
        "roles_form": RolesForm(initial={"roles": one.roles}),
        **{f"{act}_form": ReasonForm(auto_id=f"{act}_%s") for act in ("close", "reset", "reopen")},
        **forms,
    }
    return render(request, "accounts/person.html", context, status=422 if refused else 200)
