"""What was known when, and to whom: the statements of a moment and the entries of the audit log, in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.moments.moment import Moment
from lapwing.desk.moments.statement import Statement

ENTRIES_MOST = 2_000
LOOKS = ("subject.look", "moment.look")


@dataclass(frozen=True, slots=True)
class Step:
    """A point in time at which something became known, was seen, or was done."""

    time: datetime
    key: str
    """`s` and the number of a statement, or `e` and the number of an entry."""
    what: str
    """`statement`, or the action of the entry."""
    who: str
    """The name of the person; empty for the desk."""
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a moment at one time, and by whom it had been read."""

    statement: Statement | None
    readers: tuple[tuple[str, datetime], ...]
    """Who had looked at it until then, and when for the last time."""
    unread_since: datetime | None
    """When the latest statement became known, if nobody had looked at it since."""


def steps(moment: Moment) -> tuple[Step, ...]:
    """Everything that happened to it, the earliest first."""
    people = dict(Person.objects.values_list("pseudonym", "username"))
    found = [
        Step(one.known, f"s{one.pk}", "statement", one.by.username if one.by else "", "")
        for one in moment.statements.select_related("by").defer("line")
    ]
    entries = Entry.objects.filter(about=moment.about).exclude(action="moment.state").order_by("-number")
    found += [
        Step(one.time, f"e{one.number}", one.action, people.get(one.by_id or "", ""), one.why)
        for one in entries[:ENTRIES_MOST]
    ]
    return tuple(sorted(found, key=lambda step: (step.time, step.key)))


def known_at(moment: Moment, time: datetime, happened: tuple[Step, ...]) -> Known:
    """What was known at a time."""
    statement = moment.statements.filter(known__lte=time).last()
    readers: dict[str, datetime] = {}
    for step in happened:
        if step.time <= time and step.what in LOOKS and step.who:
            readers[step.who] = step.time
    unread = None
    if statement is not None and all(when < statement.known for when in readers.values()):
        unread = statement.known
    return Known(statement, tuple(sorted(readers.items(), key=lambda one: one[1])), unread)
