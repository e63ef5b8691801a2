"""Pieces of pages: times in the reader's zone, what falls due, who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.report import words
from lapwing.report.visible_text import shortened, visible

register = template.Library()
register.filter("visible", visible)

ERROR_MOST = 600
"""Characters of an error that are shown."""


@register.filter
def when(time: datetime | None) -> SafeString | str:
    """A time: the server writes UTC, a script the reader's zone and the distance, with UTC at hand."""
    return _time(time, "when")


@register.filter
def since(time: datetime | None) -> SafeString | str:
    """As `when`, the distance first: "2 hours ago (Wed 22:12)"."""
    return _time(time, "when relative")


@register.filter
def ago(time: datetime | None) -> SafeString | str:
    """In tables: the distance alone, and the time in both zones when pointed at."""
    return _time(time, "when relative brief")


@register.filter
def at(time: datetime | None) -> SafeString | str:
    """As `when`, without the distance: where it stands between brackets, or beside another time."""
    return _time(time, "when plain")


@register.filter
def until(time: datetime | None) -> SafeString | str:
    """As `due`, the time first: after "until" and "by", where "in 9 minutes" cannot stand."""
    return _until(time, "when")


@register.filter
def due(time: datetime | None) -> SafeString | str:
    """A time until when something is to be done; red, and marked, when it has passed."""
    return _until(time, "when relative")


@register.filter
def brief(text: str) -> str:
    """What is wrong with a form, every character visible: it may say again what somebody typed or sent."""
    return shortened(str(text), ERROR_MOST)


@register.filter
def roles(person: Person) -> str:
    """The titles of a person's roles."""
    return ", ".join(str(ROLES[name].title) for name in person.roles)


def _until(time: datetime | None, look: str) -> SafeString | str:
    if time is None:
        return ""
    late = " late" if time <= clock.now() else ""
    return format_html('<span class="due{}">{}</span>', late, _time(time, look))


def _time(time: datetime | None, look: str) -> SafeString | str:
    if time is None:
        return ""
    utc = time.astimezone(UTC)
    return format_html(
        '<time datetime="{}" class="{}">{} UTC</time>',
        f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        look,
        f"{words.day_of(utc)} {utc:%Y %H:%M}",
    )
