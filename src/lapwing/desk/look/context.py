"""What every page knows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from lapwing.desk import clock
from lapwing.desk.look.navigation import apart, entries


def page(request: HttpRequest) -> dict[str, Any]:
    """The navigation of whoever asks, the present, and whether this is a demonstration."""
    signed_in = hasattr(request, "user") and request.user.is_authenticated
    pages, machine = apart(list(entries(request)) if signed_in else [])
    return {
        "navigation": pages,
        "machine_pages": machine,
        "here": _here(request),
        "now": clock.now(),
        "demo": settings.DEMO,
    }


def _here(request: HttpRequest) -> str:
    """The address that shows this page again: that of its form, where the page is the answer to one."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    form = urlsplit(request.headers.get("Referer", ""))
    return f"{form.path or '/'}?{form.query}" if form.query else form.path or "/"
