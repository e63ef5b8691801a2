"""The one query path to content: mandate in force, stated purpose, recorded look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from lapwing.desk import audit
from lapwing.desk.guard import require
from lapwing.desk.mandates.coverage import covered_now
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person
    from lapwing.desk.audit.canonical import JSON

OVERSIGHT = "oversight"
"""The purpose of an overseer, whatever they state."""


def within(
    person: Person, purpose: str, *, means: str, about: str, why: str, detail: Mapping[str, JSON]
) -> QuerySet[Subject]:
    """See :func:`lapwing.desk.subjects.within`."""
    stated = OVERSIGHT if person.has_role("overseer") else purpose
    require(person, "subject.look", stated)
    with transaction.atomic():
        audit.record(
            by=person,
            action="subject.look",
            about=about,
            why=why,
            detail={"purpose": stated, "means": means, **detail},
        )
    if stated == OVERSIGHT:
        return Subject.objects.all()
    return readable(stated, means)


def readable(purpose: str, means: str) -> QuerySet[Subject]:
    """The subjects that mandates in force cover now for ``purpose`` by ``means``; only :func:`within` asks this."""
    return Subject.objects.filter(covered_now(means=means, purpose=purpose))
