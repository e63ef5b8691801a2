"""Between signing in and working: a sign-in that has run out, an initial password, a second factor that is missing."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lapwing.desk import clock
from lapwing.desk.accounts.factor import factors
from lapwing.desk.accounts.models import Person, SignIn
from lapwing.desk.accounts.sign_in import NOTED
from lapwing.desk.guard.open import OPEN, SIGNING_IN

ALWAYS = {"account_logout", "set_language", *(name for name, why in OPEN.items() if why == SIGNING_IN)}
"""What can be opened whatever is missing."""

PASSWORD = {"account_change_password"}
FACTORS = {
    "account",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "account_change_password",
}
"""What somebody without the second factor their roles need can open: the way to set one up."""


class SignInMiddleware:
    """Lets those through who are signed in as their roles need, and leads the others to what is missing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, Person) and ran_out(request, request.user):
            logout(request)
            messages.info(
                request, _("You were signed out, because the time for it had run out. Sign in again.")
            )
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        person = request.user
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not isinstance(person, Person) or name in ALWAYS:
            return None
        if person.initial_until is not None and name not in PASSWORD:
            return _lead(request, "account_change_password", _("First choose a password of your own."))
        if person.initial_until is None and name not in FACTORS and lacks_factor(person):
            return _lead(request, "mfa_index", _("Your roles need a second factor: set one up, and go on."))
        return None


def ran_out(request: HttpRequest, person: Person) -> bool:
    """Whether the time of this sign-in is over; notes that a page was asked for when it is not."""
    begun = SignIn.objects.of(person, request.session)
    if begun is None:
        return True
    now = clock.now()
    if now >= begun.ends:
        begun.delete()
        return True
    if now - begun.seen >= NOTED and not _by_itself(request):
        SignIn.objects.filter(pk=begun.pk).update(seen=now)
    return False


def _by_itself(request: HttpRequest) -> bool:
    """Whether a page that lies open may have asked this by itself: then it does not show that somebody is there."""
    stream = "text/event-stream" in request.headers.get("Accept", "")
    return stream or (request.method == "GET" and request.headers.get("HX-Request") == "true")


def lacks_factor(person: Person) -> bool:
    """Whether a role needs a second factor and there is none; a demonstration asks for none."""
    if settings.DEMO or not person.needs_second_factor:
        return False
    return not factors().filter(user=person).exists()


def _lead(request: HttpRequest, name: str, why: str) -> HttpResponseBase:
    address = reverse(name)
    if _by_itself(request):
        # The page that this leads to asks for the same parts again: led there, it would never come to rest.
        return HttpResponse(status=204)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"HX-Redirect": address})
    messages.info(request, why)
    return HttpResponseRedirect(address)
