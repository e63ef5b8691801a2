"""With whom a subject stands in moments: one authorised step, and only those whom a mandate covers by name."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lapwing.desk import mandates, subjects
from lapwing.desk.mandates import hops
from lapwing.desk.moments.models import Moment
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

MOST = 200


@dataclass(frozen=True, slots=True)
class Contacts:
    """Who stands with a subject in some moment."""

    allowed: bool
    """Whether a mandate in force allows to see contacts of this subject at all."""
    subjects: tuple[Subject, ...] = ()
    hidden: int = 0
    """Those whom no mandate covers for this purpose: counted, not named."""


def contacts(person: Person, purpose: str, subject: Subject) -> Contacts:
    """The contacts of a subject, one step; the look is recorded."""
    allowed = mandates.covered([subject.pseudonym], means="contacts")
    if subject.pseudonym not in allowed:
        return Contacts(allowed=False)
    readable = subjects.within(person, purpose, means="contacts", about=subject.about)
    reached = hops.contacts({subject.pseudonym}, allowed, _together)
    named = readable.filter(pseudonym__in=sorted(reached)[:MOST]).order_by("pseudonym")
    shown = tuple(named)
    return Contacts(True, shown, len(reached) - len(shown))


def _together(of: Set[str]) -> set[str]:
    ties = Moment.members.through._default_manager
    found = ties.filter(subject__pseudonym__in=of).values("moment")
    return set(ties.filter(moment__in=found).values_list("subject__pseudonym", flat=True))
