"""The links at the top of every page, by what a person may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lapwing.desk.guard import may

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to."""

    title: StrPromise
    view: str
    action: str
    machine: bool = False
    """Whether it is about the machine and who works at it, and not about what is watched."""


PLACES = (
    Place(_("Moments"), "moments:queue", "moment.list"),
    Place(_("Cases"), "cases:list", "case.list"),
    Place(_("Subjects"), "subjects:list", "subject.list"),
    Place(_("Mandates"), "mandates:list", "mandate.list"),
    Place(_("Seals"), "seals:list", "seal.list"),
    Place(_("Oversight"), "oversight:page", "oversight.look"),
    Place(_("Operation"), "operation:page", "operation.look", machine=True),
    Place(_("Persons"), "persons", "person.list", machine=True),
    Place(_("Webhooks"), "api:webhooks", "webhook.list", machine=True),
    Place(_("What comes in"), "intake:look", "intake.look", machine=True),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A link in the navigation of one page."""

    title: str
    address: str
    current: bool
    machine: bool


def entries(request: HttpRequest) -> Iterator[Entry]:
    """The links for whoever asks, with the one of the page they are on marked."""
    for place in PLACES:
        if may(request.user, place.action):
            address = reverse(place.view)
            yield Entry(str(place.title), address, request.path.startswith(address), place.machine)


def apart(links: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The links that stand in the line, and those of the machine in a menu behind them, so that one line holds all.

    A single page of the machine needs no menu, and neither does whoever sees nothing else.
    """
    machine = [link for link in links if link.machine]
    if len(machine) in (1, len(links)):
        return list(links), []
    return [link for link in links if not link.machine], machine
