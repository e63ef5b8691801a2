"""Taking in what the engine states: every statement is kept, and the latest is the moment."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from lapwing.desk import audit, clock
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.error import StatementError
from lapwing.desk.moments.moment import LONGEST_ID, Moment
from lapwing.desk.moments.statement import Statement
from lapwing.desk.moments.summary import summary
from lapwing.desk.moments.vocabulary import time_there_is
from lapwing.desk.subjects.models import Subject
from lapwing.desk.subjects.subject import LONGEST_PSEUDONYM
from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment as StatedMoment
from lapwing.report.visible_text import label

AT_ONCE = 500
ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:-]{{0,{LONGEST_ID - 1}}}")
"""An id stands in addresses and in the audit log."""


def take(line: Mapping[str, Any], exhibit: Mapping[str, Any] | None) -> Moment:
    """Keep one statement of the engine, and make it the latest state of its moment.

    ``line`` is a line of `moments.jsonl`, ``exhibit`` its line of `exhibits.jsonl` or None. The statement, the
    moment, its members and the audit entry are kept together or not at all.

    Raises
    ------
    StatementError
        When a line is not what it should be; the text says which part.
    """
    stated, shown = _parsed(line, exhibit)
    with transaction.atomic():
        moment = Moment.objects.select_for_update().filter(pk=stated.id).first()
        if moment is not None and moment.status == Status.ERASING:
            raise StatementError(f"The moment {stated.id} is being erased and takes no further statement.")
        new = moment is None
        if moment is None:
            moment = Moment(pk=stated.id, known=clock.now(), raised=clock.at(stated.raised))
        _state(moment, stated, shown, line, exhibit)
        if new:
            moment.review = clock.now() + time_there_is(moment.net - moment.threshold)
        elif moment.status == Status.NEW and moment.review is not None:
            # More evidence makes it more urgent; less evidence takes nothing off a date that people plan by.
            moment.review = min(moment.review, clock.now() + time_there_is(moment.net - moment.threshold))
        moment.reckon_due()
        moment.save(force_insert=new)
        keep_members(moment, stated.subjects)
        Statement.objects.create(moment=moment, known=moment.stated, line=dict(line))
        audit.record(
            None,
            "moment.state",
            moment.about,
            detail={
                "acts": len(stated.ledger),
                "first": new,
                "life": stated.status,
                "net": f"{moment.net:.4g}",
                "subjects": len(stated.subjects),
            },
        )
    return moment


def keep_members(moment: Moment, pseudonyms: Iterable[str]) -> None:
    """Make these subjects its members, and those of what was merged into it; the caller holds the transaction.

    Merged or not, only whoever may read all of them may read it.
    """
    wanted = set(pseudonyms)
    for other in moment.merged.all():
        wanted.update(other.line["subjects"])
    names = sorted(wanted)
    known: dict[str, int] = {}
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        known.update(Subject.objects.filter(pseudonym__in=some).values_list("pseudonym", "pk"))
        missing = [Subject(pseudonym=name) for name in some if name not in known]
        if missing:
            Subject.objects.bulk_create(missing, ignore_conflicts=True)
            known.update(
                Subject.objects.filter(pseudonym__in=[one.pseudonym for one in missing]).values_list(
                    "pseudonym", "pk"
                )
            )
    moment.members.set(list(known.values()))


def _state(
    moment: Moment,
    stated: StatedMoment,
    shown: Exhibit | None,
    line: Mapping[str, Any],
    exhibit: Mapping[str, Any] | None,
) -> None:
    moment.type = stated.type
    moment.onset = clock.at(stated.onset)
    moment.net = stated.bits.net
    moment.threshold = shown.threshold if shown is not None else min(moment.net, moment.threshold or math.inf)
    moment.once_in_days = min(stated.once_in_days, 1e300)
    moment.stage = label(stated.stage or "", 200)
    moment.life = stated.status
    moment.stated = clock.now()
    moment.summary = summary(stated, shown)
    moment.line = dict(line)
    if exhibit is not None:
        moment.exhibit = dict(exhibit)


def _parsed(
    line: Mapping[str, Any], exhibit: Mapping[str, Any] | None
) -> tuple[StatedMoment, Exhibit | None]:
    try:
        stated = StatedMoment.parse(json.dumps(line))
        shown = None if exhibit is None else Exhibit.parse(json.dumps(exhibit))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise StatementError(
            f"Not a statement of a moment ({reason}). Give a line of moments.jsonl, and its line of exhibits.jsonl."
        ) from None
    if not ID.fullmatch(stated.id):
        raise StatementError(
            f"The id of a moment has 1 to {LONGEST_ID} letters, digits, dots, dashes or colons; not {stated.id!r}."
        )
    if not stated.subjects:
        raise StatementError(f"The moment {stated.id} names no subject. A moment names one or more.")
    if not math.isfinite(stated.bits.net):
        raise StatementError(f"The moment {stated.id} has net bits that are no number.")
    if shown is not None and shown.id != stated.id:
        raise StatementError(f"The exhibit is that of {shown.id!r}, not of the moment {stated.id!r}.")
    for name in stated.subjects:
        if not 1 <= len(name) <= LONGEST_PSEUDONYM or not name.isprintable():
            raise StatementError(
                f"The moment {stated.id} names a subject that is no pseudonym: {label(name, 60)!r} "
                f"(1 to {LONGEST_PSEUDONYM} characters that can be shown)."
            )
    return stated, shown
