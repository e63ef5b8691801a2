"""Between the views and the world: refusals become pages, and nothing gets out unasked."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import ResolverMatch, reverse

from lapwing.desk.guard import refusal
from lapwing.desk.guard.answer import Refused
from lapwing.desk.guard.ask import asked
from lapwing.desk.guard.open import OPEN

UNAUTHORISED, FORBIDDEN, FIRST_FAULT = 401, 403, 400


class UnguardedError(Exception):
    """A view answered without having asked the guard; the answer is withheld."""


class GuardMiddleware:
    """Answers refusals, records them, and withholds what a view says without having required anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        required: set[str] = set()
        token = asked.set(required)
        try:
            response = self.get_response(request)
        finally:
            asked.reset(token)
        entered: ResolverMatch | None = getattr(request, "entered", None)
        if entered and not required and response.status_code < FIRST_FAULT and not is_open(entered):
            raise UnguardedError(
                f"the view {entered.view_name!r} answered without asking the guard: call require(request.user, ...)"
                " in it, or decorate it with @guarded or, with a reason, @unguarded"
            )
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]
    ) -> None:
        # Nothing has a name with the character of number 0, and not every database can be asked for one.
        if any("\x00" in str(gap) for gap in kwargs.values()):
            raise Http404
        # What an earlier middleware answered, before any view was entered, shows nothing that a view would.
        request.entered = request.resolver_match  # type: ignore[attr-defined]

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, Refused):
            return None
        if request.user.is_anonymous:
            return _sign_in_first(request, exception)
        refusal.record(request.user, exception)
        return _refusal(request, exception)


def is_open(match: ResolverMatch) -> bool:
    """Whether a view says that anybody may see it."""
    return hasattr(match.func, "unguarded") or match.view_name in OPEN


def wants_data(request: HttpRequest) -> bool:
    """Whether a program asks, and not a page: below `/api/` only a browser says that it takes pages."""
    if request.path.startswith("/api/"):
        return "text/html" not in request.headers.get("Accept", "")
    return not request.accepts("text/html")


def _sign_in_first(request: HttpRequest, refused: Refused) -> HttpResponseBase:
    if wants_data(request):
        return JsonResponse({"why": refused.answer.why}, status=UNAUTHORISED)
    address = reverse("account_login") + "?" + urlencode({"next": request.get_full_path()})
    if request.headers.get("HX-Request") == "true":
        # The part of a page cannot be replaced by the sign-in page: the whole page goes there and comes back.
        address = (
            reverse("account_login") + "?" + urlencode({"next": request.headers.get("HX-Current-URL", "/")})
        )
        return HttpResponse(status=UNAUTHORISED, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _refusal(request: HttpRequest, refused: Refused) -> HttpResponseBase:
    if wants_data(request):
        return JsonResponse({"why": refused.answer.why, "action": refused.action}, status=FORBIDDEN)
    context = {"why": refused.answer.why, "takes_a_role": refused.answer.takes_a_role}
    if request.headers.get("HX-Request") == "true":
        response = render(request, "guard/refused_part.html", context, status=FORBIDDEN)
        response["HX-Retarget"], response["HX-Reswap"] = "#notice", "innerHTML"
        return response
    return render(request, "guard/refused.html", context, status=FORBIDDEN)
