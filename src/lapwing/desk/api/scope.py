"""How machines sign in: a token in the Authorization header, for one scope, acting for its person."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from lapwing.desk.accounts.models import Token
from lapwing.desk.accounts.token import TokenError
from lapwing.desk.api.problem import Problem


class Scoped(HttpBearer):
    """Lets in who presents a live token for a scope; the person it acts for is the request's user."""

    openapi_bearerFormat = "lapwing_…"  # noqa: N815 - as ninja wants it

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "token",
                "This takes a token: send the header Authorization: Bearer lapwing_… "
                "You make tokens on the page of your account.",
            )
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        """The token of a secret. Raises :class:`Problem`."""
        try:
            found = Token.objects.present(token, self.scope)
        except TokenError as error:
            raise Problem(HTTPStatus.UNAUTHORIZED, "token", str(error)) from None
        request.user = found.person
        return found


def token_of(request: HttpRequest) -> Token:
    """The token that a request was let in with."""
    token: Token = request.auth  # type: ignore[attr-defined]
    return token
