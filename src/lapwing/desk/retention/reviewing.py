"""Reviewing closed cases whose restricted time is over: kept on for a reason, or erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.cases import working
from lapwing.desk.cases.models import Case
from lapwing.desk.guard import require
from lapwing.desk.retention import reasons as reasons_
from lapwing.desk.retention.error import RetentionError
from lapwing.desk.retention.models import Hold, Review
from lapwing.desk.retention.shelf import for_review

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


def review(by: Person, case: Case, *, keep: bool, reasons: str) -> Review:
    """Keep a closed case for another term, or erase it with everything that hangs on it.

    Raises ``Refused`` when the person may not, and :class:`RetentionError` when it is not due for review, is to be
    erased while it is held, or no reasons are given.
    """
    require(by, "retention.review")
    reasons_.check(reasons)
    with transaction.atomic():
        now = clock.now()
        due = for_review(now).filter(pk=case.pk).first()
        if due is None:
            raise RetentionError(
                _("This case is not due for review: it is open, or was closed or reviewed lately.")
            )
        if not keep and Hold.objects.binding(now).filter(thing=due.about).exists():
            raise RetentionError(_("This case is held. Lift the hold first, or keep the case."))
        made = Review.objects.create(case=due.pk, kept=keep, reasons=reasons, by=by, time=now)
        audit.record(by, "retention.review", due.about, why=reasons, detail={"kept": keep})
        if not keep:
            working.erase(due, by, reasons)
    return made
