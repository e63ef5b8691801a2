"""Who may do what with moments."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS, WORKERS
from lapwing.desk.guard import rule
from lapwing.desk.moments.budget import Budget
from lapwing.desk.moments.decision import Decision, DecisionState
from lapwing.desk.moments.disclosure import Notice
from lapwing.desk.moments.reading import Reading


@rule("moment.list", roles=READERS)
def list_moments(person: Person, thing: None) -> str | None:
    """Open the queue of moments within mandate and purpose."""
    return None


@rule("moment.purpose", roles=READERS, content=False)
def state_purpose(person: Person, thing: None) -> str | None:
    """State what one looks for."""
    return None


@rule("moment.look", roles=READERS)
def look(person: Person, thing: Reading | None) -> str | None:
    """Read a moment whose subjects a mandate in force covers, for the purpose stated."""
    return _covered(thing)


@rule("moment.replay", roles=READERS)
def replay(person: Person, thing: Reading | None) -> str | None:
    """See what was known of a moment when, and to whom."""
    return _covered(thing)


@rule("moment.assess", roles=WORKERS)
def assess(person: Person, thing: Reading | None) -> str | None:
    """Record facts and assessments of a moment, and mark it as significant."""
    return _covered(thing)


@rule("moment.decide", roles=WORKERS)
def decide(person: Person, thing: Reading | None) -> str | None:
    """Decide about a moment, or propose what a second reader has to agree with."""
    return _covered(thing)


@rule("moment.withdraw", roles=WORKERS)
def withdraw(person: Person, thing: Decision) -> str | None:
    """Take back a decision that one has proposed."""
    if thing.by_id != person.pk:
        return _("Only who proposed a decision takes it back; a second reader can refuse it.")
    return _still_proposed(thing)


@rule("moment.second", roles={"reviewer", "duty_officer"})
def read_second(person: Person, thing: Decision) -> str | None:
    """Read a proposed decision as the second reader, and agree with it or refuse it."""
    if thing.by_id == person.pk:
        return _("You proposed this decision: somebody else is its second reader.")
    return _still_proposed(thing)


@rule("moment.reopen", roles=WORKERS)
def reopen(person: Person, thing: Reading | None) -> str | None:
    """Reopen a closed moment on a new fact."""
    return _covered(thing)


@rule("moment.regroup", roles=WORKERS)
def regroup(person: Person, thing: Reading | None) -> str | None:
    """Merge moments that are one matter, part them again, or take subjects out of one."""
    return _covered(thing)


@rule("moment.export", roles=WORKERS | {"disclosure_officer"})
def export(person: Person, thing: Reading | None) -> str | None:
    """Take the ledger of a moment out of the desk, for a recipient who is named."""
    return _covered(thing)


@rule("moment.correct", roles=WORKERS | {"disclosure_officer"})
def correct(person: Person, thing: Reading | None) -> str | None:
    """Record what was wrong about a moment, so that everyone who received its data learns of it."""
    return _covered(thing)


@rule("notice.list", roles={"disclosure_officer", "reviewer", "duty_officer", "overseer"})
def list_notices(person: Person, thing: None) -> str | None:
    """See who is still to be told of a correction."""
    return None


@rule("notice.give", roles={"disclosure_officer", "duty_officer"})
def give_notice(person: Person, thing: Notice) -> str | None:
    """Note that a recipient has been told of a correction."""
    return None if thing.given is None else _("This recipient has been told already.")


@rule("budget.look", roles=READERS | {"administrator"}, content=False)
def look_at_budget(person: Person, thing: None) -> str | None:
    """See the false-alarm budget, who answers for it, and what it has cost."""
    return None


@rule("budget.set", roles={"approver"}, content=False)
def set_budget(person: Person, thing: Budget | None) -> str | None:
    """Set the false-alarm budget, and answer for it."""
    return None


def _covered(thing: Reading | None) -> str | None:
    # Without a moment the question is whether the role does this at all: pages ask it to leave out what is of no use.
    if thing is None or thing.covered:
        return None
    return _(
        "No mandate in force covers all subjects of this moment for the purpose you stated. State another purpose,"
        " or ask for a mandate."
    )


def _still_proposed(thing: Decision) -> str | None:
    if thing.state == DecisionState.PROPOSED:
        return None
    return _("This decision no longer waits for a second reader.")
