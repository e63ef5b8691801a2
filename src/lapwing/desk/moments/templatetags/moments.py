"""Pieces of the pages about moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lapwing.desk import clock
from lapwing.desk.moments.act import ACTS
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.text import visible_lines
from lapwing.desk.moments.vocabulary import vocabulary
from lapwing.report import sentence, words
from lapwing.report.environment import environment
from lapwing.report.visible_text import shortened

register = template.Library()
register.filter("shortened", shortened)
register.filter("stage", sentence.stage_name)
register.filter("bits", words.bits)
register.filter("kind", words.kind)
register.filter("circle", words.circle)
register.filter("capitalised", words.capitalised)


@register.filter
def written(text: str) -> str:
    """What somebody wrote in several lines, every other character visible; shown where line ends are kept."""
    return visible_lines(text)


@register.filter
def time_of(microseconds: int) -> datetime:
    """Microseconds since 1970-01-01 UTC as a time."""
    return clock.at(microseconds)


@register.filter
def spark(drawn: Mapping[str, Any]) -> SafeString:
    """The sparkline of a moment."""
    text = environment().get_template("sparkline.svg").render(view={"sparkline": drawn})
    return mark_safe(text)  # noqa: S308 - a drawing of numbers


@register.filter
def status(name: str) -> str:
    """The status of a moment in words."""
    return str(Status(name).label)


@register.filter
def act(name: str) -> str:
    """An act of the audit log in words."""
    return str(ACTS.get(name, name))


@register.filter
def judgement(name: str) -> str:
    """A judgement in words."""
    return _(vocabulary().judgements[name].title)


@register.filter
def choice(name: str) -> str:
    """A decision in words."""
    return _(vocabulary().choices[name].title)


@register.filter
def budget(days: float) -> str:
    """The false-alarm budget in words."""
    if days < 1:
        return _("%(n)s false alarms a day") % {"n": decimal(1 / days)}
    if days == 1:
        return _("one false alarm a day")
    return _("one false alarm in %(n)s days") % {"n": decimal(days)}


@register.filter
def expected(count: float) -> str:
    """A number of false moments to expect: small ones keep a figure."""
    return _("under 0.1") if count < 0.1 else decimal(count)


def decimal(value: float) -> str:
    """A number with one decimal at most, and none when it is whole, as the reader's language writes it."""
    rounded = round(value, 1)
    return number_format(rounded, 0 if rounded == int(rounded) else 1, force_grouping=True)
