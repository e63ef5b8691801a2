"""Putting something on hold, and lifting the hold."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock, place
from lapwing.desk.cases.models import Case
from lapwing.desk.guard import require
from lapwing.desk.moments.models import Moment
from lapwing.desk.retention import reasons as reasons_
from lapwing.desk.retention.error import RetentionError
from lapwing.desk.retention.hold import LONGEST_HOLD
from lapwing.desk.retention.models import Hold
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


def hold(by: Person, thing: str, *, days: int, reasons: str) -> Hold:
    """Preserve a moment, a case or a subject, with what hangs on it, for ``days``.

    Raises ``Refused`` when the person may not, and :class:`RetentionError` when there is no such thing, the time is
    out of bounds, or no reasons are given.
    """
    require(by, "retention.hold")
    reasons_.check(reasons)
    if not 1 <= days <= LONGEST_HOLD.days:
        raise RetentionError(
            _("A hold lasts from 1 to %(most)s days; a longer one is a new hold.")
            % {"most": LONGEST_HOLD.days}
        )
    if not _exists(thing):
        raise RetentionError(
            _("There is no %(thing)s. Name it like moment:m-3f, case:4 or subject:lark-204.")
            % {"thing": thing}
        )
    with transaction.atomic():
        now = clock.now()
        made = Hold.objects.create(
            thing=thing, reasons=reasons, by=by, since=now, until=now + timedelta(days=days)
        )
        audit.record(by, "retention.hold", thing, why=reasons, detail={"hold": made.pk, "days": days})
    return made


def lift(by: Person, held: Hold, *, reasons: str) -> Hold:
    """End a hold before its date. Raises like :func:`hold`, and when it has ended."""
    require(by, "retention.hold")
    reasons_.check(reasons)
    with transaction.atomic():
        now = clock.now()
        bound = Hold.objects.select_for_update().binding(now).filter(pk=held.pk).first()
        if bound is None:
            raise RetentionError(_("This hold has ended already."))
        bound.lifted_by, bound.lifted_at, bound.lift_reasons = by, now, reasons
        bound.save()
        audit.record(by, "retention.lift", bound.thing, why=reasons, detail={"hold": bound.pk})
    return bound


def _exists(thing: str) -> bool:
    noun, _colon, key = thing.partition(":")
    if noun == "moment":
        return Moment.objects.filter(pk=key).exists()
    if noun == "case":
        number = place.key(key)
        return number is not None and Case.objects.filter(pk=number).exists()
    return noun == "subject" and Subject.objects.filter(pseudonym=key).exists()
