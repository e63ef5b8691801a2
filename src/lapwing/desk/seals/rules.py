"""Who may do what with seals."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS, WORKERS
from lapwing.desk.guard import rule
from lapwing.desk.mandates.coverage import covers
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.seals.models import Opening, Sealed
from lapwing.desk.subjects.models import Subject

ASKERS = WORKERS | {"disclosure_officer"}


@rule("seal.list", roles=READERS)
def list_openings(person: Person, thing: None) -> str | None:
    """See who asked to open what, why, and what became of it."""
    return None


@rule("seal.ask", roles=ASKERS)
def ask_to_open(person: Person, thing: Sealed) -> str | None:
    """Ask for the opening of a seal, under a mandate in force."""
    if not mandates_for(thing):
        return _(
            "No mandate in force allows to open the handle of this subject. Ask for a mandate with the means opening."
        )
    return None


@rule("seal.decide", roles={"approver", "duty_officer"})
def decide_opening(person: Person, thing: Opening) -> str | None:
    """Approve or refuse an opening that somebody else asked for."""
    if person.pk == thing.asked_by_id:
        return _("You asked for this opening; a second person has to decide it.")
    if thing.withdrawn_at is not None or thing.approved is not None:
        return _("This opening was decided or withdrawn already.")
    return no_mandate(thing)


@rule("seal.withdraw", roles=ASKERS)
def withdraw_opening(person: Person, thing: Opening) -> str | None:
    """Withdraw the request to open a seal."""
    if person.pk != thing.asked_by_id:
        return _("Only who asked for it can withdraw it.")
    if thing.stage not in ("waiting", "open"):
        return _("There is nothing left to withdraw.")
    return None


@rule("seal.open", roles=ASKERS)
def open_seal(person: Person, thing: Opening) -> str | None:
    """Open a seal, once and within minutes of its approval."""
    if person.pk != thing.asked_by_id:
        return _("A seal opens for who asked, and for nobody else. Ask for an opening of your own.")
    if thing.withdrawn_at is not None or not thing.approved or thing.ends is None:
        return _("No second person has approved this opening.")
    if thing.used_at is not None:
        return _("This opening was used. A second look takes a second request.")
    if clock.now() >= thing.ends:
        return _("The time for this opening has run out. Ask again if it is still necessary.")
    return no_mandate(thing)


def mandates_for(sealed: Sealed) -> list[Mandate]:
    """The mandates in force under which this seal may be opened."""
    held = covers(means="opening").filter(subject__in=_subject(sealed))
    return list(Mandate.objects.filter(pk__in=held.values("mandate")).order_by("pk"))


def _subject(sealed: Sealed) -> list[Subject]:
    noun, _colon, pseudonym = sealed.record.partition(":")
    return list(Subject.objects.filter(pseudonym=pseudonym)) if noun == "subject" else []


def no_mandate(opening: Opening) -> str | None:
    if opening.mandate in mandates_for(opening.sealed):
        return None
    return _("Mandate %(number)s does not cover this any more. The seal stays closed.") % {
        "number": opening.mandate_id
    }
