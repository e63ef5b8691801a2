"""A sweep: draw up the list, confirm it, and let what is on it go, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.guard import require
from lapwing.desk.retention import reasons as reasons_
from lapwing.desk.retention.error import RetentionError
from lapwing.desk.retention.models import Sweep, Swept
from lapwing.desk.retention.shelf import shelves
from lapwing.desk.retention.term import Term, terms

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

AT_ONCE = 1000
"""Rows of the list written at once."""
ONE_STEP = 20
"""Things that go in one transaction; others write in between."""


@dataclass(frozen=True, slots=True)
class Total:
    """What a sweep has of one term."""

    term: Term
    things: int
    """Subjects, moments, cases or handles on the list."""
    count: int
    """Acts, or things, on the list."""
    gone: int
    """Of those, how many went."""


def show(by: Person) -> Sweep:
    """Draw up the list of all that is due to go now; nothing goes by this. Raises ``Refused``."""
    require(by, "retention.sweep")
    now = clock.now()
    # Looked for before the transaction begins: it can take a while, and others write in the meantime.
    found = [(shelf.term, due) for shelf in shelves() for due in shelf.due(now)]
    with transaction.atomic():
        sweep = Sweep.objects.create(shown_by=by, shown_at=now)
        Swept.objects.bulk_create(
            (
                Swept(sweep=sweep, term=term, thing=due.thing, count=due.count, due=due.since)
                for term, due in found
            ),
            batch_size=AT_ONCE,
        )
        audit.record(
            by, "retention.show", sweep.about, detail={one.term.name: one.count for one in totals(sweep)}
        )
    return sweep


def confirm(by: Person, sweep: Sweep, *, reasons: str) -> Sweep:
    """Say that what is on the list goes; :func:`work` lets it go.

    Raises ``Refused`` when the person may not, and :class:`RetentionError` when the list is too old, was confirmed
    before, is empty, or no reasons are given.
    """
    require(by, "retention.sweep")
    reasons_.check(reasons)
    with transaction.atomic():
        held = Sweep.objects.select_for_update().get(pk=sweep.pk)
        if held.confirmed_at is not None:
            raise RetentionError(_("This list was confirmed already."))
        if not held.fresh:
            raise RetentionError(_("This list is older than an hour. Have it drawn up anew, and look again."))
        if not held.items.exists():
            raise RetentionError(_("Nothing is on this list, so there is nothing to confirm."))
        held.confirmed_by, held.confirmed_at, held.reasons = by, clock.now(), reasons
        held.save()
        audit.record(
            by,
            "retention.confirm",
            held.about,
            why=reasons,
            detail={one.term.name: one.count for one in totals(held)},
        )
    return held


def work(sweep: Sweep, *, seconds: float) -> int:
    """Let go what is on a confirmed list for about so many ``seconds``; how many things are left.

    It goes on where it stopped, whatever stopped it. What was held or changed since the list was shown stays.
    """
    assert sweep.confirmed_by is not None
    erase = {shelf.term: shelf.erase for shelf in shelves()}
    until = monotonic() + seconds
    why = _("sweep %(number)s") % {"number": sweep.pk}
    while monotonic() < until:
        with transaction.atomic():
            some = list(sweep.items.select_for_update().filter(gone__isnull=True).order_by("pk")[:ONE_STEP])
            for item in some:
                item.gone = erase[item.term](item.thing, sweep.shown_at, sweep.confirmed_by, why)
            Swept.objects.bulk_update(some, ["gone"])
            if not some:
                _finish(sweep)
                return 0
    return sweep.items.filter(gone__isnull=True).count()


def totals(sweep: Sweep) -> list[Total]:
    """The counts of a sweep, by term, in the order in which they go."""
    found = {
        one["term"]: one
        for one in sweep.items.order_by()
        .values("term")
        .annotate(things=Count("pk"), count=Sum("count"), gone=Sum("gone"))
    }
    return [
        Total(terms().terms[shelf.term], one["things"], one["count"], one["gone"] or 0)
        for shelf in shelves()
        if (one := found.get(shelf.term)) is not None
    ]


def _finish(sweep: Sweep) -> None:
    held = Sweep.objects.select_for_update().get(pk=sweep.pk)
    if held.finished_at is not None:
        return
    held.finished_at = clock.now()
    held.save()
    audit.record(
        held.confirmed_by,
        "retention.finish",
        held.about,
        why=held.reasons,
        detail={one.term.name: one.gone for one in totals(held)},
    )
