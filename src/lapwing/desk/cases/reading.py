"""Reading a case: its people, and only where a mandate in force covers every subject in it for the purpose stated.

A closed case is restricted until its time is over and somebody reviews whether it is still necessary: until then
reviewers and the overseer read it, and its own people know that it is there and can reopen it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from lapwing.desk import clock, subjects
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.case import Case, Link, Participant
from lapwing.desk.moments.models import Moment
from lapwing.desk.moments.reading import beyond
from lapwing.desk.subjects.models import Subject

SEES_ALL = ("reviewer", "duty_officer", "disclosure_officer", "overseer")
"""Roles that read cases they have no part in: to read second, to be on duty, to correct, to oversee."""
READS_CLOSED = ("reviewer", "overseer")
"""Roles that read closed cases at any time."""
REVIEWS = "disclosure_officer"
"""The role that reads any closed case while its review is due, with its own people, since it decides the review."""


@dataclass(frozen=True, slots=True)
class CaseReading:
    """A case that somebody asks to read or to work on."""

    case: Case
    covered: bool
    """Whether mandate and purpose reach every subject in it."""
    takes_part: bool
    restricted: bool
    """Whether it is closed, and this person has to wait for its review."""

    @property
    def about(self) -> str:
        """How the audit log names it."""
        return self.case.about


def participating(person: Person) -> QuerySet[Participant]:
    """Where this person takes part now."""
    return Participant.objects.filter(person=person, until__isnull=True)


def readable_cases(person: Person, readable: QuerySet[Subject]) -> QuerySet[Case]:
    """The cases that this person may read, when they may read about these subjects."""
    return known_cases(person, readable).exclude(_restricted(person))


def workable_cases(person: Person, readable: QuerySet[Subject]) -> QuerySet[Case]:
    """The cases in which this person may work (`case.work`), when they may read about these subjects."""
    cases = known_cases(person, readable).filter(status="open")
    if person.has_role("duty_officer"):
        return cases
    return cases.filter(Exists(participating(person).filter(case=OuterRef("pk"))))


def restricted_among(person: Person, known: Iterable[Case]) -> set[int]:
    """Which of the cases that this person knows of they could read only if they were open: they are known by number,
    and can be reopened.
    """
    closed = [case.pk for case in known if case.status == "closed"]
    if not closed:
        return set()
    return set(Case.objects.filter(_restricted(person), pk__in=closed).values_list("pk", flat=True))


def reading(person: Person, purpose: str, case: Case, *, why: str = "") -> CaseReading:
    """The case, and whether this person may read it now for this purpose; the look is recorded.

    Raises :class:`lapwing.desk.guard.Refused` when they may not look at content at all.
    """
    readable = subjects.within(person, purpose, about=case.about, why=why)
    return CaseReading(
        case,
        covered=not Link.objects.filter(case=case).filter(_unreadable(readable)).exists(),
        takes_part=participating(person).filter(case=case).exists(),
        restricted=Case.objects.filter(_restricted(person), pk=case.pk).exists(),
    )


def known_cases(person: Person, readable: QuerySet[Subject]) -> QuerySet[Case]:
    """The cases that this person takes part in or oversees, when they may read about these subjects; of those that
    are closed they may know no more than the number (:func:`restricted_among`).
    """
    cases = Case.objects.exclude(status="erasing")
    if not person.has_role(*SEES_ALL):
        cases = cases.filter(Exists(participating(person).filter(case=OuterRef("pk"))))
    return cases.filter(~Exists(_beyond(readable)))


def _restricted(person: Person) -> Q:
    from lapwing.desk.retention.shelf import for_review

    if person.has_role(*READS_CLOSED):
        return Q(pk__in=[])
    due = Q(pk__in=for_review(clock.now()).order_by().values("pk"))
    if not person.has_role(REVIEWS):
        due &= Q(Exists(participating(person).filter(case=OuterRef("pk"))))
    return Q(status="closed") & ~due


def _beyond(readable: QuerySet[Subject]) -> QuerySet[Link]:
    return Link.objects.filter(case=OuterRef("pk")).filter(_unreadable(readable))


def _unreadable(readable: QuerySet[Subject]) -> Q:
    of_moment = beyond(Moment.objects.filter(pk=OuterRef("moment")), readable)
    return Q(subject__isnull=False) & ~Exists(readable.filter(pk=OuterRef("subject"))) | Q(
        moment__isnull=False
    ) & Exists(of_moment)
