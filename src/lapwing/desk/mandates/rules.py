"""Who may do what with mandates."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS, WORKERS
from lapwing.desk.guard import rule
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.state import State, why_not


@rule("mandate.list", roles=READERS)
def list_mandates(person: Person, thing: None) -> str | None:
    """See which mandates there are, and what ends when."""
    return None


@rule("mandate.read", roles=READERS)
def read_mandate(person: Person, thing: Mandate) -> str | None:
    """Read a mandate with its reasons, subjects and decisions."""
    return None


@rule("mandate.ask", roles=WORKERS)
def ask_for_mandate(person: Person, thing: Mandate | None) -> str | None:
    """Ask for a mandate, or for the renewal of one."""
    if thing is None or thing.state == State.APPROVED or thing.state == State.CANCELLED:
        return None
    return _("Only a mandate that was approved can be renewed.")


@rule("mandate.decide", roles={"approver"})
def decide_mandate(person: Person, thing: Mandate) -> str | None:
    """Approve or refuse a mandate that somebody else asked for."""
    if person.pk == thing.asked_by_id:
        return _("You asked for this mandate; another person has to decide it.")
    return why_not(State(thing.state), "approve")


@rule("mandate.withdraw", roles=WORKERS)
def withdraw_mandate(person: Person, thing: Mandate) -> str | None:
    """Withdraw what one asked for, before it is decided."""
    if person.pk != thing.asked_by_id:
        return _("Only who asked for it can withdraw it; an approver can refuse it.")
    return why_not(State(thing.state), "withdraw")


@rule("mandate.cancel", roles=WORKERS | {"approver"})
def cancel_mandate(person: Person, thing: Mandate) -> str | None:
    """End a mandate before its time; everybody who works with it may."""
    against = why_not(State(thing.state), "cancel")
    if against is None and not thing.holds():
        return _("This mandate has ended; there is nothing to cancel.")
    return against


@rule("mandate.add_subject", roles=WORKERS)
def add_subject(person: Person, thing: Mandate) -> str | None:
    """Ask for a further subject under a mandate."""
    if thing.state == State.ASKED and person.pk != thing.asked_by_id:
        return _("Only who asked for this mandate adds subjects to it before it is decided.")
    if thing.state == State.ASKED or thing.holds():
        return None
    return _("This mandate is not in force. Ask for a new one.")


@rule("mandate.decide_subject", roles={"approver"})
def decide_subject(person: Person, thing: Cover) -> str | None:
    """Approve or refuse a further subject under a mandate in force."""
    if person.pk == thing.asked_by_id:
        return _("You asked for this subject; another person has to decide it.")
    if thing.approved is not None or thing.released_at is not None:
        return _("This was decided already.")
    if not thing.mandate.holds():
        return _("The mandate is not in force; its subjects are decided together with it.")
    return None


@rule("mandate.decide_independently", roles={"approver"})
def decide_independently(person: Person, thing: Cover) -> str | None:
    """Approve that a minor or a subject of a protected calling is watched, as a second approver."""
    if person.pk in (
        thing.asked_by_id,
        thing.decided_by_id,
        thing.mandate.asked_by_id,
        thing.mandate.decided_by_id,
    ):
        return _("You had a part in this mandate; the second approval is by a person who had none.")
    if not thing.waits_for_independence:
        return _("It does not wait for a second approval.")
    return None


@rule("mandate.release_subject", roles=WORKERS | {"approver"})
def release_subject(person: Person, thing: Cover) -> str | None:
    """Let a subject go from a mandate before it ends."""
    if thing.released_at is not None or thing.approved is False:
        return _("This subject is not under this mandate any more.")
    return None
