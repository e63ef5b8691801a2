"""Who may do what with cases."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS, ROLES, WORKERS
from lapwing.desk.cases.reading import SEES_ALL, CaseReading
from lapwing.desk.cases.threat import Threat
from lapwing.desk.guard import rule


@rule("case.list", roles=READERS)
def list_cases(person: Person, thing: None) -> str | None:
    """See the cases one takes part in, within mandate and purpose."""
    return None


@rule("case.open", roles=WORKERS)
def open_case(person: Person, thing: None) -> str | None:
    """Open a case."""
    return None


@rule("case.look", roles=READERS)
def look(person: Person, thing: CaseReading) -> str | None:
    """Read a case one takes part in, or reads by one's role, within mandate and purpose."""
    return _readable(person, thing)


@rule("case.replay", roles=READERS)
def replay(person: Person, thing: CaseReading) -> str | None:
    """See what was known in a case when, and to whom."""
    return _readable(person, thing)


@rule("case.work", roles=WORKERS)
def work(person: Person, thing: CaseReading) -> str | None:
    """Record facts, assessments, tasks, links, people and conditions in an open case."""
    if thing.case.status != "open":
        return _("This case is closed. Reopen it with a new fact first.")
    return _working(person, thing)


@rule("case.reopen", roles=WORKERS)
def reopen(person: Person, thing: CaseReading) -> str | None:
    """Reopen a closed case on a new fact."""
    return _working(person, thing)


@rule("case.search", roles=READERS)
def search(person: Person, thing: None) -> str | None:
    """Search the text of moments and cases within mandate and purpose."""
    return None


@rule("threat.raise", roles=set(ROLES), content=False)
def raise_threat(person: Person, thing: None) -> str | None:
    """Raise a threat to life, from any page."""
    return None


@rule("threat.inform", roles=set(ROLES), content=False)
def inform(person: Person, thing: Threat) -> str | None:
    """Note who was informed of a threat to life."""
    if thing.by_id == person.pk or person.has_role("duty_officer", "reviewer", "analyst", "approver"):
        return None
    return _(
        "Another person raised this threat; whoever raised it and those who work here note who was informed."
    )


@rule("threat.see", roles=set(ROLES), content=False)
def see(person: Person, thing: Threat) -> str | None:
    """See the threat to life that one has raised, or that one's role deals with."""
    if thing.by_id == person.pk or person.has_role(*READERS):
        return None
    return _("Another person raised this threat, and your role reads no content.")


@rule("threat.take", roles=WORKERS)
def take(person: Person, thing: Threat) -> str | None:
    """Take a threat to life on, and lead its case."""
    return None if thing.taken_by_id is None else _("Somebody has taken it on already.")


def _readable(person: Person, thing: CaseReading) -> str | None:
    if not (thing.takes_part or person.has_role(*SEES_ALL)):
        return _("You have no part in this case. Who leads it can add you.")
    if thing.restricted:
        return _(
            "This case is closed, and what is in it is restricted until its review is due: until then reviewers and the"
            " overseer read it. Whoever took part in it can reopen it with a new fact, from the list of cases."
        )
    return _covered(thing)


def _covered(thing: CaseReading) -> str | None:
    if not thing.covered:
        return _(
            "No mandate in force covers all subjects of this case for the purpose you stated. State another purpose,"
            " or ask for a mandate."
        )
    return None


def _working(person: Person, thing: CaseReading) -> str | None:
    if not (thing.takes_part or person.has_role("duty_officer")):
        return _("You have no part in this case. Who leads it can add you.")
    return _covered(thing)
