"""The interface as a whole: its parts, what it answers when something is wrong, and its description."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from lapwing import __version__
from lapwing.desk.api import audit_log, decisions, events, moments
from lapwing.desk.api.problem import Problem, answer, of_validation
from lapwing.desk.guard import Refused, refusal, unguarded

api = NinjaAPI(
    title="Lapwing",
    version=__version__,
    description=(
        "The desk for machines. Every request is made with a token that acts for a person, for one scope, and is"
        " bound by what that person may do. Whoever reads content names the purpose; what no mandate covers for it"
        " is not shown. Times are RFC 3339 in UTC."
    ),
    docs_url=None,
    openapi_url=None,
    urls_namespace="interface",
)
api.add_router("/events", events.router)
api.add_router("/moments", moments.router)
api.add_router("/moments", decisions.router)
api.add_router("/audit", audit_log.router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return answer(problem)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return of_validation(request, error.errors)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer(Problem(HTTPStatus(error.status_code), "request", str(error)))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer(
        Problem(HTTPStatus.NOT_FOUND, "not-found", "There is nothing of this name here, or no longer.")
    )


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    refusal.record(request.user, refused)  # type: ignore[arg-type]  # whoever came in with a token is a person
    return answer(Problem(HTTPStatus.FORBIDDEN, "refused", refused.answer.why, action=refused.action))


def patterns() -> list[URLPattern]:
    """The addresses of the interface; a method that an address does not have is told as a problem as well."""
    return [
        path(str(one.pattern), _told(one.callback), name=one.name)
        for one in api.urls[0]
        if isinstance(one, URLPattern)
    ]


def _told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        allowed = response["Allow"]
        problem = answer(Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method", f"Here one may only: {allowed}."))
        problem["Allow"] = allowed
        return problem

    return answered


@unguarded("there is nothing here")
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address of the interface."""
    return answer(
        Problem(
            HTTPStatus.NOT_FOUND,
            "not-found",
            "There is no such address; /api/openapi.json has those there are.",
        )
    )


@unguarded("what the interface looks like is in the documentation as well")
def description(request: HttpRequest) -> JsonResponse:
    """The description of the interface, OpenAPI 3.1."""
    return JsonResponse(schema())


@cache
def schema() -> dict[str, Any]:
    """The description as data."""
    return dict(api.get_openapi_schema(path_prefix="/api/"))
