"""Pieces of pages: times in the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def when(moment: datetime | None) -> SafeString | str:
    """A time: in UTC as the server writes it; a script puts the reader's zone in front of it."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" class="when">{}</time>',
        f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        f"{utc:%a %d %b %Y %H:%M} UTC",
    )
