"""How what stands in the log is shown: every character visible, and long texts cut where that is said."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext

from lapwing.desk.audit import values
from lapwing.desk.audit.entry import Entry
from lapwing.desk.audit.wording import act_said, detail_said
from lapwing.desk.guard import refusal
from lapwing.report.visible_text import visible

register = template.Library()
register.filter("act_said", act_said)


@register.filter
def shown(text: str, most: int = 0) -> str:
    """A text with every character visible but the ends of lines; with the number of those left out at its end."""
    return "\n".join(visible(line) for line in (_cut(text, most) if most else text).split("\n"))


@register.filter
def in_words(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """What each part of the detail is called, and its value as text."""
    return [(detail_said(name), _plain(name, value)) for name, value in detail.items()]


@register.filter
def details(detail: dict[str, Any]) -> str:
    """The detail on one line."""
    one = gettext("%(name)s: %(value)s")
    return "; ".join(one % {"name": name, "value": value} for name, value in in_words(detail))


@register.filter
def why_said(entry: Entry) -> str:
    """The reason of an entry as it was written; why the desk refused something, in the reader's language."""
    if entry.action != refusal.ACTION:
        return entry.why
    return refusal.said_again(str(entry.detail.get("action", "")), entry.why)


@register.filter
def grouped(number: int) -> str:
    """A number with its thousands apart."""
    return number_format(number, force_grouping=True)


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(values.said(name, one) for one in value) or "—"
    if isinstance(value, str):
        return values.said(name, value) or "—"
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} …({len(text) - most:,})"
