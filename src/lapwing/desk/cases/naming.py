"""Which cases name the subjects of a moment: closed cases still link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.case import Case, Link
from lapwing.desk.cases.reading import known_cases, restricted_among
from lapwing.desk.moments.models import Moment
from lapwing.desk.subjects.models import Subject


@dataclass(frozen=True, slots=True)
class Naming:
    """The cases that hold a moment, or name one of its subjects."""

    cases: tuple[Case, ...]
    """Those that this person may read."""
    restricted: tuple[Case, ...]
    """Closed ones that they know of and could reopen, by number."""
    others: int
    """How many more there are."""


def naming(moment: Moment, person: Person, readable: QuerySet[Subject]) -> Naming:
    """The cases; ``readable`` are the subjects that this person may read about."""
    members = moment.members.all()
    links = Link.objects.filter(Q(moment=moment) | Q(subject__in=members) | Q(moment__members__in=members))
    keys = set(links.values_list("case", flat=True))
    if not keys:
        return Naming((), (), 0)
    known = list(known_cases(person, readable).filter(pk__in=keys).order_by("status", "-opened"))
    held = restricted_among(person, known)
    return Naming(
        cases=tuple(case for case in known if case.pk not in held),
        restricted=tuple(case for case in known if case.pk in held),
        others=len(keys) - len(known),
    )


def closed_cases(moments: Iterable[Moment]) -> dict[str, int]:
    """How many closed cases name a subject of each of these moments, where there are any."""
    keys = [moment.pk for moment in moments]
    pairs = Link.objects.filter(case__status="closed", subject__moments__in=keys).values_list(
        "subject__moments", "case"
    )
    found: dict[str, set[int]] = {}
    for moment, case in pairs:
        if moment in keys:
            found.setdefault(moment, set()).add(case)
    return {moment: len(cases) for moment, cases in found.items()}
