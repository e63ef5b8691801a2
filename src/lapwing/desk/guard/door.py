"""Decorators of views: through which door a request comes in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase

from lapwing.desk.guard.ask import require

View = TypeVar("View", bound=Callable[..., Any])


def guarded(action: str) -> Callable[[View], View]:
    """A view that has no particular thing: the guard is asked about the action before the view runs."""

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @wraps(view)
            async def answer_later(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                require(await request.auser(), action)
                response: HttpResponseBase = await view(request, *args, **kwargs)
                return response

            return answer_later  # type: ignore[return-value]

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require(request.user, action)
            response: HttpResponseBase = view(request, *args, **kwargs)
            return response

        return answer  # type: ignore[return-value]

    return decorate


def unguarded(why: str) -> Callable[[View], View]:
    """A view that anybody may see, such as the sign-in page; `why` says why that is right."""

    def decorate(view: View) -> View:
        view.unguarded = why  # type: ignore[attr-defined]
        return view

    return decorate
