"""What went wrong, as machines read it: problem details (RFC 9457), `application/problem+json`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import Schema
from pydantic import Field

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - what is told, not a fault in the program
    """An answer that is no success. ``name`` tells machines which, and ``detail`` says what and what to do."""

    def __init__(self, status: HTTPStatus, name: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.more = more


class ProblemDetails(Schema):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="Which problem it is, such as `urn:lapwing:problem:token`.")
    title: str
    status: int
    detail: str = Field(description="What is wrong here, and what to do next.")


def answer(problem: Problem) -> JsonResponse:
    """The problem as a response."""
    body = {
        "type": f"urn:lapwing:problem:{problem.name}",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.detail,
        **problem.more,
    }
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else {}
    return JsonResponse(body, status=problem.status, content_type=MEDIA_TYPE, headers=headers)


def of_validation(request: HttpRequest, errors: list[dict[str, Any]]) -> JsonResponse:
    """The problem of a request whose parameters or body are not of the documented form."""
    told = [
        {"where": ".".join(str(part) for part in error["loc"]), "what": str(error["msg"])} for error in errors
    ]
    first = told[0] if told else {"where": "the request", "what": "not of the documented form"}
    return answer(
        Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "request",
            f"{first['where']}: {first['what']}. The forms of all requests are in /api/openapi.json.",
            errors=told,
        )
    )
