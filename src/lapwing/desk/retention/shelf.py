"""The shelves: for each term, what is due to go at a time, and how one thing of it goes.

Everything that a hold binds is left out here, in the one place where it is decided what goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, Greatest

from lapwing.desk.accounts.models import Person
from lapwing.desk.cases import working
from lapwing.desk.cases.models import Case, Link
from lapwing.desk.intake.models import Event
from lapwing.desk.mandates.coverage import covers
from lapwing.desk.mandates.models import Cover
from lapwing.desk.moments import erasing
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.models import Moment, Significance
from lapwing.desk.retention.models import Hold, Review
from lapwing.desk.retention.term import Term, terms
from lapwing.desk.seals import keeping
from lapwing.desk.seals.models import Sealed
from lapwing.desk.subjects.models import Subject

AROUND = timedelta(days=30)
"""An act this long before the onset of a moment, or later, is one that the moment rests on or is read beside."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due to go."""

    thing: str
    """As the audit log names it; for acts, the subject."""
    count: int
    since: datetime
    """When it came due; for acts, when the first of them did."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one term is about."""

    term: str
    due: Callable[[datetime], Iterable[Due]]
    """Everything due at a time and not held."""
    erase: Callable[[str, datetime, Person, str], int]
    """Erase one thing as far as it was due at a time and still is: how many went, 0 when it is held or changed."""


def shelves() -> tuple[Shelf, ...]:
    """The shelves that a sweep goes through, in this order."""
    return (
        Shelf("acts", _due_acts, _erase_acts),
        Shelf("moments", lambda at: _listed_moments(unconfirmed(at), "moments"), _erase_unconfirmed),
        Shelf("longest", _due_longest, _erase_longest),
        Shelf("handles", _due_handles, _erase_handle),
    )


# --- acts -----------------------------------------------------------------------------------------------


def unrelated(at: datetime) -> QuerySet[Event]:
    """Acts past their term at a time that no kept moment rests on, of subjects that are not held."""
    term = terms().terms["acts"]
    kept = Moment.members.through._default_manager.filter(
        subject=OuterRef("subject"), moment__onset__lte=OuterRef("time") + AROUND
    )
    return Event.objects.filter(
        Q(time__lt=at - term.time) | Q(time__lt=at - term.minor_time, subject__minor=True),
        ~Exists(kept),
        ~Q(subject__in=_held_subjects()),
        time__lt=at - min(term.time, term.minor_time),
    )


def _due_acts(at: datetime) -> Iterator[Due]:
    term = terms().terms["acts"]
    found = (
        unrelated(at)
        .values("subject__pseudonym", "subject__minor")
        .annotate(acts=Count("pk"), first=Min("time"))
        .order_by("subject__pseudonym")
    )
    for one in found.iterator():
        time = term.minor_time if one["subject__minor"] else term.time
        yield Due(f"subject:{one['subject__pseudonym']}", one["acts"], one["first"] + time)


def _erase_acts(thing: str, at: datetime, by: Person, why: str) -> int:
    gone, _ = unrelated(at).filter(subject__pseudonym=_key(thing)).delete()
    return gone


# --- moments --------------------------------------------------------------------------------------------


def unconfirmed(at: datetime) -> QuerySet[Moment]:
    """Moments past their term at a time on which nothing was decided, in no case, not significant, not held."""
    term = terms().terms["moments"]
    left = Greatest("stated", Coalesce("closed", "stated"))
    return (
        Moment.objects.filter(status__in=[Status.NEW, Status.ASSESSED, Status.PROPOSED, Status.CLOSED])
        .annotate(left=left)
        .filter(
            ~Exists(Link.objects.filter(moment=OuterRef("pk"))),
            ~Exists(Significance.objects.filter(moment=OuterRef("pk"))),
            ~Exists(_kept_family()),
            _past("left", term, at, Exists(_minors_in())),
            ~_held_moment(),
        )
    )


def oldest_moments(at: datetime) -> QuerySet[Moment]:
    """Moments past the longest term at a time, whatever was decided about them, not held."""
    term = terms().terms["longest"]
    return Moment.objects.exclude(status__in=[Status.MERGED, Status.ERASING]).filter(
        _past("known", term, at, Exists(_minors_in())),
        ~_held_moment(),
        ~Exists(_family().filter(_held_moment())),
    )


def _family() -> QuerySet[Moment]:
    """What goes together with a moment: those merged into it, and those that were taken out of it."""
    return Moment.objects.filter(Q(merged_into=OuterRef("pk")) | Q(parted_from=OuterRef("pk")))


def _kept_family() -> QuerySet[Moment]:
    """Of those, the ones that stay: decided, significant, in a case, or held."""
    return _family().filter(
        Q(status=Status.DECIDED)
        | Q(Exists(Link.objects.filter(moment=OuterRef("pk"))))
        | Q(Exists(Significance.objects.filter(moment=OuterRef("pk"))))
        | _held_moment()
    )


def _listed_moments(moments: QuerySet[Moment], name: str) -> Iterator[Due]:
    term = terms().terms[name]
    start = "left" if name == "moments" else "known"
    found = moments.annotate(minor=Exists(_minors_in())).order_by("pk").values_list("pk", start, "minor")
    for key, time, minor in found.iterator():
        yield Due(f"moment:{key}", 1, time + (term.minor_time if minor else term.time))


def _erase_unconfirmed(thing: str, at: datetime, by: Person, why: str) -> int:
    return _erase_moment(unconfirmed(at).filter(pk=_key(thing)), by, why)


def _erase_moment(found: QuerySet[Moment], by: Person, why: str) -> int:
    moment = found.first()
    if moment is None:
        return 0
    erasing.erase(moment, by, why)
    return 1


# --- cases ----------------------------------------------------------------------------------------------


def for_review(at: datetime) -> QuerySet[Case]:
    """Closed cases past their restricted time at a time, since their closing or their last review."""
    term = terms().terms["cases"]
    reviewed = (
        Review.objects.filter(case=OuterRef("pk"), kept=True)
        .order_by()
        .values("case")
        .annotate(last=Max("time"))
    )
    return (
        Case.objects.filter(status="closed")
        .annotate(left=Greatest("closed", Coalesce(reviewed.values("last"), "closed")))
        .filter(_past("left", term, at, Exists(_minors_linked())))
        .order_by("left")
    )


def oldest_cases(at: datetime) -> QuerySet[Case]:
    """Closed cases past the longest term at a time, not held."""
    term = terms().terms["longest"]
    return Case.objects.filter(
        _past("opened", term, at, Exists(_minors_linked())), ~Q(pk__in=_held_cases()), status="closed"
    )


def _due_longest(at: datetime) -> Iterator[Due]:
    term = terms().terms["longest"]
    # Cases first: what they link goes free with them.
    for case in oldest_cases(at).annotate(minor=Exists(_minors_linked())).order_by("pk"):
        yield Due(case.about, 1, case.opened + (term.minor_time if case.minor else term.time))
    yield from _listed_moments(oldest_moments(at), "longest")


def _erase_longest(thing: str, at: datetime, by: Person, why: str) -> int:
    if thing.startswith("moment:"):
        return _erase_moment(oldest_moments(at).filter(pk=_key(thing)), by, why)
    case = oldest_cases(at).filter(pk=_key(thing)).first()
    if case is None:
        return 0
    working.erase(case, by, why)
    return 1


# --- handles --------------------------------------------------------------------------------------------


def unwatched_handles(at: datetime) -> QuerySet[Sealed]:
    """Sealed handles of subjects that no mandate has covered for their term, not held."""
    term = terms().terms["handles"]
    lately = Cover.objects.filter(subject=OuterRef("pk"))
    since_long = lately.filter(mandate__ends__gt=at - term.time, approved=True)
    since_less = lately.filter(mandate__ends__gt=at - term.minor_time, approved=True)
    waiting = lately.filter(approved__isnull=True, released_at__isnull=True)
    idle = Subject.objects.filter(
        (Q(minor=False) & ~Exists(since_long)) | (Q(minor=True) & ~Exists(since_less)),
        ~Exists(waiting),
        ~Exists(covers(at).filter(subject=OuterRef("pk"))),
        ~Q(pk__in=_held_subjects()),
    )
    records = idle.annotate(record=Concat(Value("subject:"), "pseudonym")).values("record")
    return Sealed.objects.filter(record__in=records, field=keeping.HANDLE).exclude(key_id="")


def _due_handles(at: datetime) -> Iterator[Due]:
    for sealed in unwatched_handles(at).order_by("pk").iterator():
        yield Due(sealed.record, 1, at)


def _erase_handle(thing: str, at: datetime, by: Person, why: str) -> int:
    sealed = unwatched_handles(at).filter(record=thing).first()
    if sealed is None:
        return 0
    keeping.erase(by, sealed, why=why)
    return 1


# --- what is held, and who is a minor -------------------------------------------------------------------


def _held(noun: str) -> list[str]:
    # Now, and not when the list was drawn up: a hold that came in between binds as well.
    things = Hold.objects.binding().filter(thing__startswith=f"{noun}:").values_list("thing", flat=True)
    return [_key(thing) for thing in things]


def _held_cases() -> list[int]:
    return [int(key) for key in _held("case")]


def _held_subjects() -> QuerySet[Subject]:
    return Subject.objects.filter(
        Q(pseudonym__in=_held("subject"))
        | Q(moments__in=_held("moment"))
        | Q(moments__links__case__in=_held_cases())
    )


def _held_moment() -> Q:
    """Moments that are held themselves, by a subject in them, or by a case that links them."""
    through = Moment.members.through._default_manager.filter(moment=OuterRef("pk"))
    return (
        Q(pk__in=_held("moment"))
        | Q(Exists(through.filter(subject__pseudonym__in=_held("subject"))))
        | Q(Exists(Link.objects.filter(moment=OuterRef("pk"), case__in=_held_cases())))
    )


def _minors_in() -> QuerySet[Any]:
    return Moment.members.through._default_manager.filter(moment=OuterRef("pk"), subject__minor=True)


def _minors_linked() -> QuerySet[Link]:
    members = Moment.members.through._default_manager.filter(moment=OuterRef("moment"), subject__minor=True)
    return Link.objects.filter(Q(subject__minor=True) | Exists(members), case=OuterRef("pk"))


def _past(field: str, term: Term, at: datetime, minor: Exists) -> Q:
    """Rows whose ``field`` lies further back than their term, the shorter one where a minor is concerned."""
    return Q(**{f"{field}__lt": at - term.time}) | (Q(**{f"{field}__lt": at - term.minor_time}) & Q(minor))


def _key(thing: str) -> str:
    return thing.partition(":")[2]
