"""Reading a moment: only where a mandate in force covers every one of its subjects, for the purpose stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from lapwing.desk import subjects
from lapwing.desk.accounts.models import Person
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.moments.moment import Moment
from lapwing.desk.subjects.looking import OVERSIGHT
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lapwing.desk.audit.canonical import JSON

PURPOSE = "purpose"
"""Where the session keeps the purpose that its person has stated."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A moment that somebody asks to read or to work on, and whether mandate and purpose reach it."""

    moment: Moment
    covered: bool
    readable: QuerySet[Subject]
    """The subjects that this person may read about now, for this purpose."""

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return self.moment.about


def purpose_of(request: HttpRequest) -> str:
    """The purpose this person has stated in this session; empty before they have. An overseer's is oversight."""
    if request.user.is_authenticated and request.user.has_role("overseer"):
        return OVERSIGHT
    stated = request.session.get(PURPOSE, "")
    return stated if stated in grounds().purposes else ""


def within(moments: QuerySet[Moment], readable: QuerySet[Subject]) -> QuerySet[Moment]:
    """Those of the moments whose members are all among the subjects."""
    return moments.filter(~Exists(_beyond(readable)))


def beyond(moments: QuerySet[Moment], readable: QuerySet[Subject]) -> QuerySet[Moment]:
    """Those of the moments that name somebody who is not among the subjects."""
    return moments.filter(Exists(_beyond(readable)))


def reading(
    person: Person, purpose: str, moment: Moment, *, why: str = "", detail: Mapping[str, JSON] | None = None
) -> Reading:
    """The moment and whether this person may read it now for this purpose; the look is recorded.

    Raises :class:`lapwing.desk.guard.Refused` when they may not look at content at all.
    """
    readable = subjects.within(person, purpose, about=moment.about, why=why, detail=detail)
    return Reading(moment, within(Moment.objects.filter(pk=moment.pk), readable).exists(), readable)


def _beyond(readable: QuerySet[Subject]) -> QuerySet[Any]:
    members = Moment.members.through._default_manager.filter(moment=OuterRef("pk"))
    return members.filter(~Exists(readable.filter(pk=OuterRef("subject"))))
