"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from lapwing.desk import clock
from lapwing.desk.look.navigation import entries


def page(request: HttpRequest) -> dict[str, Any]:
    """The navigation of whoever asks, the present, and whether this is a demonstration."""
    signed_in = hasattr(request, "user") and request.user.is_authenticated
    return {
        "navigation": list(entries(request)) if signed_in else [],
        "now": clock.now(),
        "demo": settings.DEMO,
    }
