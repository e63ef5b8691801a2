"""The guide of the demonstration: the next step of a case from moment to closing, on every page."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest

from lapwing.desk.live.demo.guide import AWAY, shown

register = template.Library()


@register.inclusion_tag("live/guide.html", takes_context=True)
def guide(context: dict[str, Any]) -> dict[str, Any]:
    """The guide of whoever is signed in to a demonstration; nothing anywhere else."""
    request: HttpRequest | None = context.get("request")
    if request is None or not settings.DEMO or not request.user.is_authenticated:
        return {}
    away = bool(request.session.get(AWAY))
    return {
        "here": request.get_full_path(),
        "csrf_token": context.get("csrf_token"),
        "away": away,
        "guide": None if away else shown(request),
    }
