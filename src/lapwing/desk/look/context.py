"""What every page knows."""

from __future__ import annotations

from typing import Any

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
        "now": clock.now(),
        "demo": settings.DEMO,
    }
