"""The reader's language, for what the components of the report say on the pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language

from lapwing.report.language import ENGLISH, speaking


class LanguageMiddleware:
    """Has the sentences about moments said in the language of the page; a program is answered in English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with speaking(ENGLISH if request.path.startswith("/api/") else get_language() or ENGLISH):
            return self.get_response(request)
