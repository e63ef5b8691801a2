"""Erasing a moment with everything that hangs on it, when its time is over."""

from __future__ import annotations

from django.db import transaction

from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.moments.assessing import locked
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.moment import Moment


def erase(moment: Moment, by: Person | None, why: str) -> None:
    """Erase a moment, its statements, facts, assessments, decisions and notices; the audit log keeps that it was.

    Moments that were merged into it and parts taken out of it go with it. The database lets rows go that are
    otherwise unalterable only while their moment is being erased.
    """
    with transaction.atomic():
        for other in (*moment.merged.all(), *moment.parts.all()):
            erase(other, by, why)
        moment = locked(moment)
        moment.stand(Status.ERASING)
        moment.save()
        counts = {
            "assessments": moment.assessments.count(),
            "decisions": moment.decisions.count(),
            "facts": moment.facts.count(),
            "statements": moment.statements.count(),
        }
        about = moment.about
        moment.delete()
        audit.record(by, "moment.erase", about, why=why, detail=counts)
