"""Around every request: how long it took and how it was answered, without saying what it was about."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bound_contextvars

from lapwing.desk.operation.measures import REQUESTS

SLOW = 1.0
"""Seconds from which on a request is worth a warning."""
FAULT = 500

log = logging.getLogger(__name__)


class RequestMiddleware:
    """Measures and logs requests. The number of a request is in its log lines and in the header of its answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number, begun = secrets.token_hex(8), time.perf_counter()
        with bound_contextvars(request=number):
            response = self.get_response(request)
            seconds = time.perf_counter() - begun
            # The name of the address, and not the address: that may hold a pseudonym.
            view = request.resolver_match.view_name if request.resolver_match else "none"
            REQUESTS.labels(view or "none", f"{response.status_code // 100}xx").observe(seconds)
            level = logging.WARNING if response.status_code >= FAULT or seconds >= SLOW else logging.INFO
            told = {"method": request.method, "view": view, "status": response.status_code}
            log.log(level, "request", extra={**told, "ms": round(seconds * 1000)})
        response["X-Request-ID"] = number
        return response
