"""How figures of oversight are written."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.formats import number_format
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{number_format(round(100 * share), 0)} %"


@register.filter
def span(time: timedelta) -> str:
    """A length of time in the one unit that fits it."""
    minutes = time.total_seconds() / 60
    if minutes < 100:
        return ngettext("%d minute", "%d minutes", round(minutes)) % round(minutes)
    if minutes < 60 * 48:
        return ngettext("%d hour", "%d hours", round(minutes / 60)) % round(minutes / 60)
    return ngettext("%d day", "%d days", round(minutes / 1440)) % round(minutes / 1440)
