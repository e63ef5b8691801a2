"""What may be read, detected or searched at a time: computed from the clock at every question, never stored.

So nothing has to run for a mandate to end: the first question after its end gets the answer of an ended mandate.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from lapwing.desk import clock
from lapwing.desk.mandates.cover import Cover, Covers
from lapwing.desk.mandates.mandate import Mandate, Mandates

AT_ONCE = 900
"""Pseudonyms in one query: under what any database takes."""


def live(at: datetime | None = None) -> Mandates:
    """The mandates in force at a time, or now."""
    return Mandate.objects.live(at)


def covered_now(*, means: str, purpose: str) -> Q:
    """The condition on subjects that some cover holds for them now: as :func:`covers`, the other way round.

    Asked subject by subject, in their order, so that a page of them does not wait for all.
    """
    at = clock.now()
    own = _under(live(at).filter(purpose=purpose), means).standing(at).filter(subject=OuterRef("pk"))
    return Q(Exists(own)) & (Q(privilege="", minor=False) | Q(Exists(own.filter(independent_at__lte=at))))


def covers(at: datetime | None = None, *, means: str = "reading", purpose: str | None = None) -> Covers:
    """The covers that hold at a time, under mandates that allow ``means``, for ``purpose`` or for any."""
    at = at or clock.now()
    mandates = live(at) if purpose is None else live(at).filter(purpose=purpose)
    return _under(mandates, means).holding(at)


def covered(
    subjects: Iterable[str] | None = None,
    at: datetime | None = None,
    *,
    means: str = "reading",
    source: str | None = None,
) -> set[str]:
    """Which of these pseudonyms (or of all) a live mandate allows to read, to detect, or whatever ``means`` says.

    With ``source``: by one and the same mandate that allows events from there.
    """
    held = _under(live(at), means, source).holding(at or clock.now())
    if subjects is None:
        return set(held.values_list("subject__pseudonym", flat=True))
    found: set[str] = set()
    asked = list(subjects)
    for start in range(0, len(asked), AT_ONCE):
        some = held.filter(subject__pseudonym__in=asked[start : start + AT_ONCE])
        found.update(some.values_list("subject__pseudonym", flat=True))
    return found


def _under(mandates: Mandates, means: str, source: str | None = None) -> Covers:
    # Means and sources are few words in a list: picked here, since not every database looks into lists.
    allowing = [
        key
        for key, allowed, sources in mandates.values_list("pk", "means", "sources")
        if means in allowed and (source is None or source in sources)
    ]
    return Cover.objects.filter(mandate_id__in=allowing)
