"""Assessing a moment: facts apart from assessments, and the innocent explanation first."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.moments import course
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.error import StepError
from lapwing.desk.moments.fact import Assessment, Fact
from lapwing.desk.moments.moment import Moment
from lapwing.desk.moments.significance import Significance
from lapwing.desk.moments.vocabulary import vocabulary


def locked(moment: Moment) -> Moment:
    """The moment as it is now, kept from others to the end of the transaction.

    Raises :class:`StepError` when it is no longer there.
    """
    found = Moment.objects.select_for_update().filter(pk=moment.pk).first()
    if found is None:
        raise StepError(_("This moment is no longer here: it was erased when its time was over."))
    return found


def has_judged(moment: Moment, person: Person) -> bool:
    """Whether this person has recorded a judgement of it; before that the arithmetic is not shown to them."""
    return Assessment.objects.filter(moment=moment, by=person).exists()


def note_fact(moment: Moment, by: Person, text: str, source: str) -> Fact:
    """Record something that is so, and where it comes from. It can be recorded of a closed moment too."""
    with transaction.atomic():
        moment = locked(moment)
        if moment.status == Status.ERASING:
            raise StepError(_("This moment is being erased."))
        fact = Fact.objects.create(moment=moment, text=text, source=source, by=by)
        audit.record(by, "fact.note", moment.about, detail={"fact": fact.pk, "source": source})
    return fact


def assess(moment: Moment, by: Person, judgement: str, benign: str, reasons: str) -> Assessment:
    """Record how somebody reads a moment, and which innocent explanation they considered.

    It also is the write-up that a mark of significance asks for. Raises :class:`StepError`.
    """
    if judgement not in vocabulary().judgements:
        raise StepError(_("%(name)s is no judgement.") % {"name": judgement})
    with transaction.atomic():
        moment = locked(moment)
        moment.stand(course.after(Status(moment.status), "assess"))
        assessment = recorded(moment, by, judgement, benign, reasons)
        moment.save()
    return assessment


def recorded(moment: Moment, by: Person, judgement: str, benign: str, reasons: str) -> Assessment:
    """Record an assessment of a moment that the caller has locked, and saves."""
    first = not has_judged(moment, by)
    assessment = Assessment.objects.create(
        moment=moment, judgement=judgement, benign=benign, reasons=reasons, before_bits=first, by=by
    )
    Significance.objects.filter(moment=moment, written__isnull=True).update(written=assessment)
    moment.write_up = None
    moment.reckon_due()
    audit.record(
        by,
        "moment.assess",
        moment.about,
        why=reasons,
        detail={"assessment": assessment.pk, "before_bits": first, "benign": benign, "judgement": judgement},
    )
    return assessment


def mark_significant(moment: Moment, by: Person, why: str) -> Significance:
    """Have a moment written up before the shift is over. Raises :class:`StepError`."""
    with transaction.atomic():
        moment = locked(moment)
        course.check(Status(moment.status), "assess")
        if moment.write_up is not None:
            raise StepError(_("It is marked already. Write it up: that is the assessment below."))
        now = clock.now()
        mark = Significance.objects.create(
            moment=moment, why=why, by=by, time=now, due=now + vocabulary().shift
        )
        moment.write_up = mark.due
        moment.reckon_due()
        moment.save()
        audit.record(by, "moment.mark", moment.about, why=why, detail={"write_up": mark.due.isoformat()})
    return mark


def set_review(moment: Moment, by: Person, date: datetime, why: str) -> None:
    """Move the date of the next review, with a reason. Raises :class:`StepError`."""
    with transaction.atomic():
        moment = locked(moment)
        if moment.review is None:
            raise StepError(
                course.why_not(Status(moment.status), "assess") or _("Nothing is to be reviewed here.")
            )
        if date <= clock.now():
            raise StepError(_("The next review lies in the past. Choose a later time."))
        latest = latest_review(moment)
        if date > latest:
            raise StepError(
                _("The next review can be on %(latest)s at the latest.")
                % {"latest": f"{latest:%Y-%m-%d %H:%M} UTC"}
            )
        before, moment.review = moment.review, date
        moment.reckon_due()
        moment.save()
        audit.record(
            by,
            "moment.review",
            moment.about,
            why=why,
            detail={"before": before.isoformat(), "review": date.isoformat()},
        )


def latest_review(moment: Moment) -> datetime:
    """The latest date to which a review can be moved: what the decision in force, or the urgency, gives from now."""
    from lapwing.desk.moments.deciding import in_force
    from lapwing.desk.moments.vocabulary import time_there_is

    decision = in_force(moment)
    if moment.status == Status.DECIDED and decision is not None and decision.kind.review is not None:
        return clock.now() + decision.kind.review
    return clock.now() + time_there_is(moment.net - moment.threshold)
