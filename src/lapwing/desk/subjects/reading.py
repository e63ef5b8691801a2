"""Reading about one subject: only where a mandate in force covers it, for the purpose stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lapwing.desk import subjects
from lapwing.desk.guard import require
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from lapwing.desk.accounts.models import Person


@dataclass(frozen=True, slots=True)
class Reading:
    """A subject that somebody asks to read about, and whether mandate and purpose reach it."""

    about: str
    """How the audit log names it."""
    covered: bool


def read(person: Person, purpose: str, key: int) -> tuple[Subject, QuerySet[Subject]]:
    """The subject with this key, and all that are readable with it; the look is recorded.

    Raises ``Refused`` when no mandate in force covers it for the purpose, and in the same words when there is no
    such subject: a refusal does not tell who is known here.
    """
    subject = Subject.objects.filter(pk=key).first()
    about = f"subject:#{key}" if subject is None else subject.about
    readable = subjects.within(person, purpose, about=about)
    covered = subject is not None and readable.filter(pk=key).exists()
    require(person, "subject.read", Reading(about, covered))
    assert subject is not None
    return subject, readable
