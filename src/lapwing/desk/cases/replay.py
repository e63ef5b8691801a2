"""What was known in a case when, and to whom: its entries in the audit log, and the statements of its moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.cases.case import Case
from lapwing.desk.moments.statement import Statement

SHOWN_MOST = 2_000


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A point in time at which something became known, was seen, or was done."""

    time: datetime
    key: str
    what: str
    about: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class CaseKnown:
    """What was known in a case at one time."""

    facts: int
    assessments: int
    moments: tuple[tuple[str, int], ...]
    """The moments linked by then, with the acts that the desk knew of each."""
    readers: tuple[tuple[str, datetime], ...]
    """Who had looked at the case or one of its moments until then, and when for the last time."""
    open_tasks: int
    overdue_tasks: int


def steps(case: Case) -> tuple[CaseStep, ...]:
    """Everything that happened in it and to its moments, the earliest first."""
    people = dict(Person.objects.values_list("pseudonym", "username"))
    keys = list(case.links.filter(moment__isnull=False).values_list("moment", flat=True))
    abouts = [case.about, *(f"moment:{key}" for key in keys)]
    entries = Entry.objects.filter(about__in=abouts).exclude(action="moment.state").order_by("-number")
    found = [
        CaseStep(one.time, f"e{one.number}", one.action, one.about, people.get(one.by_id or "", ""), one.why)
        for one in entries[:SHOWN_MOST]
    ]
    statements = Statement.objects.filter(moment__in=keys).defer("line").order_by("-known")
    found += [
        CaseStep(one.known, f"s{one.pk}", "statement", f"moment:{one.moment_id}", "", "")
        for one in statements[:SHOWN_MOST]
    ]
    return tuple(sorted(found, key=lambda step: (step.time, step.key)))


def known_at(case: Case, time: datetime, happened: tuple[CaseStep, ...]) -> CaseKnown:
    """What was known at a time."""
    moments = []
    for link in case.links.filter(moment__isnull=False, time__lte=time):
        last = Statement.objects.filter(moment=link.moment_id, known__lte=time).order_by("known", "pk").last()
        moments.append((str(link.moment_id), len(last.line["ledger"]) if last is not None else 0))
    readers = {step.who: step.time for step in happened if step.time <= time and step.what == "subject.look"}
    waiting = [task for task in case.tasks.filter(time__lte=time) if task.done is None or task.done > time]
    return CaseKnown(
        facts=case.facts.filter(time__lte=time).count(),
        assessments=case.assessments.filter(time__lte=time).count(),
        moments=tuple(moments),
        readers=tuple(sorted(readers.items(), key=lambda one: one[1])),
        open_tasks=len(waiting),
        overdue_tasks=sum(task.due < time for task in waiting),
    )
