"""How what stands in the log is shown: every character visible, and long texts cut where that is said."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.formats import number_format

from lapwing.desk.audit.acts import said
from lapwing.report.visible_text import visible

register = template.Library()


register.filter("act_said", said)


@register.filter
def shown(text: str, most: int = 0) -> str:
    """A text with every character visible but the ends of lines; with the number of those left out at its end."""
    return "\n".join(visible(line) for line in (_cut(text, most) if most else text).split("\n"))


@register.filter
def plain(value: Any) -> str:
    """A value of the detail as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def details(detail: dict[str, Any]) -> str:
    """The detail on one line."""
    return "; ".join(f"{name}: {plain(value)}" for name, value in detail.items())


@register.filter
def grouped(number: int) -> str:
    """A number with its thousands apart."""
    return number_format(number, force_grouping=True)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} …({len(text) - most:,})"
