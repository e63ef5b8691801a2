"""Subjects under a mandate: asked for one by one or by a list with a source, decided, and let go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.guard import require
from lapwing.desk.mandates.cover import LONGEST_SOURCE
from lapwing.desk.mandates.draft import check_reasons
from lapwing.desk.mandates.error import RosterError
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.roster import LONGEST_ROSTER, Row, check_each_its_own, why_not
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

SHORTEST_SOURCE = 8


def attach(by: Person, mandate: Mandate, rows: Sequence[Row], *, source: str) -> list[Cover]:
    """Ask for subjects under a mandate; a handle that comes with one is sealed at once.

    Nothing is watched by this: another person decides, together with the mandate or afterwards.

    Raises
    ------
    Refused
        When the person may not.
    RosterError
        When there is no source, a subject has no evidence of its own, or is under this mandate already.
    """
    from lapwing.desk.seals import keeping

    require(by, "mandate.add_subject", mandate)
    _check_source(source)
    if len(rows) > LONGEST_ROSTER:
        raise RosterError(_("At most %(most)s subjects can be asked for at once.") % {"most": LONGEST_ROSTER})
    for row in rows:
        against = why_not(row, mandate.categories)
        if against is not None:
            raise RosterError(against)
    check_each_its_own(rows)
    with transaction.atomic():
        Mandate.objects.select_for_update().get(pk=mandate.pk)
        names = [row.subject for row in rows]
        twice = (
            mandate.covers.filter(subject__pseudonym__in=names, released_at__isnull=True)
            .exclude(approved=False)
            .values_list("subject__pseudonym", flat=True)
            .first()
        )
        if twice is not None:
            raise RosterError(_("%(subject)s is under this mandate already.") % {"subject": twice})
        Subject.objects.bulk_create([Subject(pseudonym=name) for name in names], ignore_conflicts=True)
        known = {subject.pseudonym: subject for subject in Subject.objects.filter(pseudonym__in=names)}
        now = clock.now()
        made = Cover.objects.bulk_create(
            [
                Cover(
                    mandate=mandate,
                    subject=known[row.subject],
                    category=row.category,
                    evidence=row.evidence,
                    source=source,
                    asked_by=by,
                    asked_at=now,
                )
                for row in rows
            ]
        )
        for row in rows:
            if row.handle:
                keeping.put(by, known[row.subject].about, keeping.HANDLE, row.handle)
        audit.record(by, "mandate.add_subject", mandate.about, why=source, detail={"subjects": names})
    return made


def decide(by: Person, cover: Cover, *, approved: bool, reasons: str) -> Cover:
    """Approve or refuse a subject that was added to a mandate in force. Raises like :func:`release`."""
    return _step(by, cover, "mandate.decide_subject", "decide", reasons, approved=approved)


def agree(by: Person, cover: Cover, *, reasons: str) -> Cover:
    """Approve, as a second approver, that a protected subject is watched. Raises like :func:`release`."""
    return _step(by, cover, "mandate.decide_independently", "agree", reasons)


def release(by: Person, cover: Cover, *, reasons: str) -> Cover:
    """Let a subject go before its mandate ends, or turn it down as the second approver.

    Raises ``Refused`` when the person may not, and :class:`StepError` without reasons.
    """
    return _step(by, cover, "mandate.release_subject", "release", reasons)


def _step(by: Person, cover: Cover, action: str, step: str, reasons: str, *, approved: bool = True) -> Cover:
    check_reasons(reasons)
    with transaction.atomic():
        held = Cover.objects.select_for_update().get(pk=cover.pk)
        require(by, action, held)
        now = clock.now()
        if step == "decide":
            held.approved, held.decided_by, held.decided_at, held.decision_reasons = (
                approved,
                by,
                now,
                reasons,
            )
        elif step == "agree":
            held.independent_by, held.independent_at, held.independent_reasons = by, now, reasons
        else:
            held.released_by, held.released_at, held.release_reasons = by, now, reasons
        held.save()
        audit.record(
            by,
            action,
            held.mandate.about,
            why=reasons,
            detail={"subject": held.subject.pseudonym} | ({"approved": approved} if step == "decide" else {}),
        )
    return held


def _check_source(source: str) -> None:
    if len(source.strip()) < SHORTEST_SOURCE:
        raise RosterError(_("Say where these subjects come from: an own case, a report, a partner's letter."))
    if len(source) > LONGEST_SOURCE:
        raise RosterError(_("The source is longer than %(most)s characters.") % {"most": LONGEST_SOURCE})
    if "\x00" in source:
        raise RosterError(
            _("There is a null byte in the source. Type it anew; nothing is taken out in silence.")
        )
