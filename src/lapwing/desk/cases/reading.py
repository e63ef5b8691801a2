"""Reading a case: its people, and only where a mandate in force covers every subject in it for the purpose stated."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from lapwing.desk import subjects
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.case import Case, Link, Participant
from lapwing.desk.moments.models import Moment
from lapwing.desk.moments.reading import beyond
from lapwing.desk.subjects.models import Subject

SEES_ALL = ("reviewer", "duty_officer", "disclosure_officer", "overseer")
"""Roles that read cases they have no part in: to read second, to be on duty, to correct, to oversee."""


@dataclass(frozen=True, slots=True)
class CaseReading:
    """A case that somebody asks to read or to work on."""

    case: Case
    covered: bool
    """Whether mandate and purpose reach every subject in it."""
    takes_part: bool

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return self.case.about


def participating(person: Person) -> QuerySet[Participant]:
    """Where this person takes part now."""
    return Participant.objects.filter(person=person, until__isnull=True)


def readable_cases(person: Person, readable: QuerySet[Subject]) -> QuerySet[Case]:
    """The cases that this person may read, when they may read about these subjects."""
    cases = Case.objects.exclude(status="erasing")
    if not person.has_role(*SEES_ALL):
        cases = cases.filter(Exists(participating(person).filter(case=OuterRef("pk"))))
    return cases.filter(~Exists(_beyond(readable)))


def reading(person: Person, purpose: str, case: Case, *, why: str = "") -> CaseReading:
    """The case, and whether this person may read it now for this purpose; the look is recorded.

    Raises :class:`lapwing.desk.guard.Refused` when they may not look at content at all.
    """
    readable = subjects.within(person, purpose, about=case.about, why=why)
    covered = not Link.objects.filter(case=case).filter(_unreadable(readable)).exists()
    return CaseReading(case, covered, participating(person).filter(case=case).exists())


def _beyond(readable: QuerySet[Subject]) -> QuerySet[Link]:
    return Link.objects.filter(case=OuterRef("pk")).filter(_unreadable(readable))


def _unreadable(readable: QuerySet[Subject]) -> Q:
    of_moment = beyond(Moment.objects.filter(pk=OuterRef("moment")), readable)
    return Q(subject__isnull=False) & ~Exists(readable.filter(pk=OuterRef("subject"))) | Q(
        moment__isnull=False
    ) & Exists(of_moment)
