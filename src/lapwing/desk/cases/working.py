"""The steps in a case, each in one transaction with its audit entry."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.case import Case, CaseRole, Link, Participant
from lapwing.desk.cases.condition import LONGEST, Condition, Sort, Told
from lapwing.desk.cases.error import CaseError
from lapwing.desk.cases.note import CaseAssessment, CaseFact, Task
from lapwing.desk.moments.models import Moment
from lapwing.desk.subjects.models import Subject


def open_case(by: Person, title: str, reasons: str, moment: Moment | None = None) -> Case:
    """A new case, led by who opens it."""
    with transaction.atomic():
        case = Case.objects.create(title=title, reasons=reasons, opened_by=by)
        Participant.objects.create(case=case, person=by, role=CaseRole.LEAD, by=by)
        audit.record(by, "case.open", case.about, why=reasons, detail={"title": title})
        if moment is not None:
            link(case, by, reasons, moment=moment)
    return case


def locked(case: Case) -> Case:
    """The case as it is now, kept from others to the end of the transaction; raises :class:`CaseError`."""
    found = Case.objects.select_for_update().filter(pk=case.pk).exclude(status="erasing").first()
    if found is None:
        raise CaseError(_("This case is no longer here: it was erased when its time was over."))
    return found


def link(
    case: Case, by: Person, why: str, *, moment: Moment | None = None, subject: Subject | None = None
) -> Link:
    """Link a moment or a subject to a case. Raises :class:`CaseError` when it is linked already."""
    with transaction.atomic():
        case = _open(case)
        if Link.objects.filter(case=case, moment=moment, subject=subject).exists():
            raise CaseError(_("That is linked to this case already."))
        made = Link.objects.create(case=case, moment=moment, subject=subject, why=why, by=by)
        thing = moment.about if moment is not None else subject.about if subject is not None else ""
        audit.record(by, "case.link", case.about, why=why, detail={"thing": thing})
    return made


def add_person(case: Case, by: Person, person: Person, role: str) -> Participant:
    """Let somebody take part. Raises :class:`CaseError`."""
    if not person.has_role("analyst", "reviewer", "duty_officer", "approver", "disclosure_officer"):
        raise CaseError(_("%(name)s has no role that works on cases.") % {"name": person.username})
    with transaction.atomic():
        case = _open(case)
        try:
            with transaction.atomic():
                made = Participant.objects.create(case=case, person=person, role=role, by=by)
        except IntegrityError:
            raise CaseError(_("%(name)s takes part already.") % {"name": person.username}) from None
        audit.record(by, "case.add_person", case.about, detail={"person": person.pseudonym, "role": role})
    return made


def leave(case: Case, by: Person, participant: Participant) -> None:
    """End somebody's part. The last who leads stays until somebody else leads. Raises :class:`CaseError`."""
    with transaction.atomic():
        case = locked(case)
        leads = case.participants.filter(until__isnull=True, role=CaseRole.LEAD)
        if participant.role == CaseRole.LEAD and leads.count() == 1 and case.status == "open":
            raise CaseError(_("Nobody else leads this case. Add somebody who does first."))
        participant.until = clock.now()
        participant.save()
        audit.record(by, "case.remove_person", case.about, detail={"person": participant.person.pseudonym})


def note_fact(case: Case, by: Person, text: str, source: str) -> CaseFact:
    """Record something that is so, and where it comes from."""
    with transaction.atomic():
        case = _open(case)
        fact = CaseFact.objects.create(case=case, text=text, source=source, by=by)
        audit.record(by, "case.note", case.about, detail={"fact": fact.pk, "source": source})
    return fact


def assess(case: Case, by: Person, text: str, benign: str) -> CaseAssessment:
    """Record what somebody makes of it, and the innocent explanation they considered."""
    with transaction.atomic():
        case = _open(case)
        made = CaseAssessment.objects.create(case=case, text=text, benign=benign, by=by)
        audit.record(
            by, "case.assess", case.about, why=text, detail={"assessment": made.pk, "benign": benign}
        )
    return made


def add_task(case: Case, by: Person, text: str, due: datetime, person: Person | None) -> Task:
    """Something to be done by a date. Raises :class:`CaseError`."""
    if due <= clock.now():
        raise CaseError(_("The date lies in the past. Choose a later time."))
    with transaction.atomic():
        case = _open(case)
        task = Task.objects.create(case=case, text=text, due=due, person=person, by=by)
        _reckon(case)
        audit.record(
            by,
            "task.add",
            case.about,
            detail={"due": due.isoformat(), "person": person.pseudonym if person else "", "task": task.pk},
        )
    return task


def do_task(task: Task, by: Person, outcome: str) -> Task:
    """Record what came of a task. Raises :class:`CaseError`."""
    with transaction.atomic():
        case = _open(task.case)
        task = Task.objects.select_for_update().get(pk=task.pk)
        if task.done is not None:
            raise CaseError(_("This task is done already."))
        task.done, task.done_by, task.outcome = clock.now(), by, outcome
        task.save()
        _reckon(case)
        audit.record(by, "task.do", case.about, why=outcome, detail={"task": task.pk})
    return task


def add_condition(case: Case, by: Person, sort: str, text: str, expires: datetime) -> Condition:
    """Ask to be told if something comes true, until a date. Raises :class:`CaseError`."""
    now = clock.now()
    if sort != Sort.GROWTH and not text.strip():
        raise CaseError(_("Say which subject, context or stage."))
    if not now < expires <= now + LONGEST:
        raise CaseError(
            _("A condition lasts %(days)s days at most, and ends after now.")
            % {"days": LONGEST // timedelta(days=1)}
        )
    with transaction.atomic():
        case = _open(case)
        made = Condition.objects.create(
            case=case, sort=sort, text="" if sort == Sort.GROWTH else text.strip(), by=by, expires=expires
        )
        audit.record(
            by,
            "condition.set",
            case.about,
            detail={"condition": made.pk, "sort": sort, "until": expires.isoformat()},
        )
    return made


def end_condition(condition: Condition, by: Person) -> None:
    """No longer wait for it."""
    with transaction.atomic():
        condition.expires = min(condition.expires, clock.now())
        condition.save()
        audit.record(by, "condition.end", f"case:{condition.case_id}", detail={"condition": condition.pk})


def read_told(told: Told, by: Person) -> None:
    """Note that somebody has read that a condition came true."""
    with transaction.atomic():
        told.read, told.read_by = clock.now(), by
        told.save()
        audit.record(by, "condition.read", f"case:{told.condition.case_id}", detail={"told": told.pk})


def close(case: Case, by: Person, reasons: str) -> Case:
    """Close a case: its conditions end with it, and it still links. Raises :class:`CaseError`."""
    with transaction.atomic():
        case = _open(case)
        case.conditions.filter(expires__gt=clock.now()).update(expires=clock.now())
        case.status, case.closed, case.closed_by, case.closing_reasons = "closed", clock.now(), by, reasons
        case.due = None
        case.save()
        audit.record(by, "case.close", case.about, why=reasons)
    return case


def reopen(case: Case, by: Person, text: str, source: str) -> Case:
    """Open a closed case again, on a fact that was not known when it was closed. Raises :class:`CaseError`."""
    with transaction.atomic():
        case = locked(case)
        if case.status != "closed":
            raise CaseError(_("This case is not closed."))
        if case.facts.filter(text=text).exists():
            raise CaseError(_("That fact was known when the case was closed. Reopening needs a new one."))
        fact = CaseFact.objects.create(case=case, text=text, source=source, by=by)
        case.status, case.closed, case.closed_by = "open", None, None
        _reckon(case)
        audit.record(by, "case.reopen", case.about, why=text, detail={"fact": fact.pk, "source": source})
    return case


def erase(case: Case, by: Person | None, why: str) -> None:
    """Erase a case with everything that hangs on it; the audit log keeps that it was."""
    with transaction.atomic():
        case = locked(case)
        about = case.about
        case.status = "erasing"
        case.save()
        case.delete()
        audit.record(by, "case.erase", about, why=why)


def _open(case: Case) -> Case:
    case = locked(case)
    if case.status != "open":
        raise CaseError(_("This case is closed. Reopen it with a new fact first."))
    return case


def _reckon(case: Case) -> None:
    case.reckon_due()
    case.save()
