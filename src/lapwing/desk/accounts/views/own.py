"""One's own account: roles, ways of signing in, where one is signed in, tokens."""

from __future__ import annotations

from allauth.account import views as signing_in
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lapwing.desk.accounts import enrolment
from lapwing.desk.accounts.factor import factors
from lapwing.desk.accounts.forms import TokenForm
from lapwing.desk.accounts.models import Person, SignIn, Token
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.guard import guarded, unguarded
from lapwing.report.visible_text import visible

OWN = "one's own account, and nobody else's"


@require_safe
@unguarded(OWN)
@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and how one signs in."""
    person = _person(request)
    return render(request, "accounts/account.html", _context(request, person))


@unguarded(OWN)
@login_required
@never_cache
def change_password(request: HttpRequest) -> HttpResponseBase:
    """Choose another password, when there is one: who signs in through a provider gets none by themselves, since it
    would be a way in that the organisation does not see.
    """
    person = _person(request)
    if not person.has_usable_password():
        return render(request, "accounts/no_password.html")
    answer: HttpResponseBase = signing_in.password_change(request)
    return answer


@unguarded(OWN)
@login_required
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    places = enrolment.sign_out_elsewhere(_person(request), request.session)
    messages.info(request, _("Signed out at %d other places.") % places)
    return redirect("account")


@guarded("token.make")
@require_POST
@never_cache
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show its secret, this once."""
    person = _person(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render(
            request, "accounts/account.html", _context(request, person) | {"form": form}, status=422
        )
    made = form.cleaned_data
    token, secret = enrolment.make_token(person, made["name"], made["scopes"], made["days"])
    return render(request, "accounts/token_made.html", {"token": token, "secret": secret})


@unguarded(OWN)
@login_required
@require_POST
def end_token(request: HttpRequest, number: int) -> HttpResponse:
    """End one of one's tokens."""
    person = _person(request)
    token = get_object_or_404(Token, pk=number, person=person, ended=None)
    enrolment.end_token(token, person)
    messages.info(request, _("The token “%s” has ended.") % visible(token.name))
    return redirect("account")


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _context(request: HttpRequest, person: Person) -> dict[str, object]:
    return {
        "person": person,
        "roles": [ROLES[name] for name in person.roles],
        "factors": factors().filter(user=person).count(),
        "sign_ins": person.sign_ins.all(),
        "here": SignIn.objects.of(person, request.session),
        "tokens": [token for token in person.tokens.all() if token.live],
        "form": TokenForm(),
    }
