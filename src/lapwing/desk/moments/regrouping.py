"""Merging moments that are one matter, parting them again, and taking a part out of one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.moments import course
from lapwing.desk.moments.assessing import locked
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.error import StepError
from lapwing.desk.moments.moment import Moment
from lapwing.desk.moments.statement import Statement
from lapwing.desk.moments.summary import summary
from lapwing.desk.moments.taking import keep_members


def merge(moment: Moment, into: Moment, by: Person, why: str) -> Moment:
    """Make one moment part of the work on another: they are one matter. Raises :class:`StepError`."""
    if moment.pk == into.pk:
        raise StepError(_("A moment cannot be merged into itself. Choose another."))
    with transaction.atomic():
        # Locked in one order, so that two people merging crosswise do not wait for one another for ever.
        first, second = sorted((moment, into), key=lambda one: one.pk)
        found = {one.pk: one for one in (locked(first), locked(second))}
        moment, into = found[moment.pk], found[into.pk]
        status = course.after(Status(moment.status), "merge")
        course.check(Status(into.status), "assess")
        moment.stand(status)
        moment.merged_into = into
        moment.save()
        for other in moment.merged.all():
            other.merged_into = into
            other.save(update_fields=["merged_into"])
        keep_members(into, into.line["subjects"])
        audit.record(by, "moment.merge", moment.about, why=why, detail={"into": into.pk})
    return into


def part(moment: Moment, by: Person, why: str) -> Moment:
    """Undo a merge: the moment is worked on by itself again. Raises :class:`StepError`."""
    with transaction.atomic():
        moment = locked(moment)
        status = course.after(Status(moment.status), "part")
        into = moment.merged_into
        moment.stand(status)
        moment.merged_into = None
        moment.review = clock.now()
        moment.reckon_due()
        moment.save()
        if into is not None:
            keep_members(into, into.line["subjects"])
        audit.record(by, "moment.part", moment.about, why=why, detail={"from": into.pk if into else ""})
    return moment


def take_out(moment: Moment, subjects: Iterable[str], by: Person, why: str) -> Moment:
    """Take some subjects and their acts out of a moment, as a moment of its own that a person answers for.

    The numbers stay those of the whole: for a part nothing was computed. Raises :class:`StepError`.
    """
    with transaction.atomic():
        moment = locked(moment)
        course.check(Status(moment.status), "assess")
        chosen = set(subjects)
        members = list(moment.line["subjects"])
        if not chosen or not chosen < set(members):
            raise StepError(_("Choose one or more of the subjects, and not all of them."))
        line = dict(moment.line)
        line["id"] = f"{moment.pk}.{moment.parts.count() + 1}"
        line["subjects"] = [name for name in members if name in chosen]
        line["ledger"] = [act for act in line["ledger"] if act["subject"] in chosen]
        made = Moment(
            pk=line["id"], type=moment.type, onset=moment.onset, raised=moment.raised, net=moment.net,
            threshold=moment.threshold, once_in_days=moment.once_in_days, stage=moment.stage, life=moment.life,
            review=moment.review, parted_from=moment, line=line,
        )  # fmt: skip
        if moment.exhibit is not None:
            exhibit = dict(moment.exhibit)
            exhibit["id"] = line["id"]
            exhibit["circles"] = {name: of for name, of in exhibit["circles"].items() if name in chosen}
            exhibit["lanes"] = [act for act in exhibit["lanes"] if act["subject"] in chosen]
            for ties in ("ties_before", "ties_after"):
                exhibit[ties] = [tie for tie in exhibit[ties] if {tie["a"], tie["b"]} <= chosen]
            made.exhibit = exhibit
        made.summary = summary(made.as_stated(), made.as_exhibited())
        made.reckon_due()
        made.save(force_insert=True)
        keep_members(made, line["subjects"])
        Statement.objects.create(moment=made, by=by, line=line)
        audit.record(
            by, "moment.split", moment.about, why=why, detail={"part": made.pk, "subjects": len(chosen)}
        )
    return made
