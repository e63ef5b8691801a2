"""The steps of an opening: ask, approve, refuse, withdraw, open. Each is one transaction with its entry."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.guard import require
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.seals import envelope
from lapwing.desk.seals.error import SealsError
from lapwing.desk.seals.keeping import key
from lapwing.desk.seals.models import Opening, Sealed
from lapwing.desk.seals.opening import DEFAULT_MINUTES, LONGEST_MINUTES, LONGEST_NECESSITY
from lapwing.desk.seals.rules import mandates_for

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

SHORTEST_NECESSITY = 40


class OpeningError(SealsError):
    """A request to open a seal that is not complete."""


def ask(
    by: Person, sealed: Sealed, mandate: Mandate, *, necessity: str, minutes: int = DEFAULT_MINUTES
) -> Opening:
    """Ask for one look at a sealed field.

    Raises ``Refused`` when no mandate in force allows it, and :class:`OpeningError` when the necessity is not
    stated, the mandate is not one of those that allow it, or the time is out of bounds.
    """
    require(by, "seal.ask", sealed)
    check(necessity)
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise OpeningError(_("An opening lasts from 1 to %(most)s minutes.") % {"most": LONGEST_MINUTES})
    if mandate not in mandates_for(sealed):
        raise OpeningError(_("Choose a mandate in force that covers this subject and allows openings."))
    with transaction.atomic():
        opening = Opening.objects.create(
            sealed=sealed, mandate=mandate, necessity=necessity, minutes=minutes, asked_by=by
        )
        audit.record(
            by,
            "seal.ask",
            sealed.record,
            why=necessity,
            detail={
                "opening": opening.pk,
                "field": sealed.field,
                "mandate": mandate.about,
                "minutes": minutes,
            },
        )
    return opening


def decide(by: Person, opening: Opening, *, approved: bool, reasons: str) -> Opening:
    """Approve or refuse an opening; from an approval on, the minutes run. Raises like :func:`ask`."""
    check(reasons)
    with transaction.atomic():
        held = _locked(opening)
        require(by, "seal.decide", held)
        now = clock.now()
        held.approved, held.decided_by, held.decided_at, held.decision_reasons = approved, by, now, reasons
        held.ends = now + timedelta(minutes=held.minutes) if approved else None
        held.save()
        audit.record(
            by,
            "seal.approve" if approved else "seal.refuse",
            held.sealed.record,
            why=reasons,
            detail={"opening": held.pk, "field": held.sealed.field},
        )
    return held


def withdraw(by: Person, opening: Opening) -> Opening:
    """Take back a request, or an approval that is not used. Raises ``Refused`` when the person may not."""
    with transaction.atomic():
        held = _locked(opening)
        require(by, "seal.withdraw", held)
        held.withdrawn_at = clock.now()
        held.save()
        audit.record(by, "seal.withdraw", held.sealed.record, detail={"opening": held.pk})
    return held


def open_(by: Person, opening: Opening) -> str:
    """The text under the seal: once, for who asked, while the minutes run and the mandate is in force.

    Raises ``Refused`` otherwise, and ``SealsError`` when the envelope does not open; then the opening is not used.
    """
    with transaction.atomic():
        held = _locked(opening)
        now = clock.now()
        require(by, "seal.open", held)
        text = envelope.open_(bytes(held.sealed.envelope), held.sealed.place, key().keys)
        held.used_at = now
        held.save()
        audit.record(
            by,
            "seal.open",
            held.sealed.record,
            why=held.necessity,
            detail={"opening": held.pk, "field": held.sealed.field, "mandate": held.mandate.about},
        )
    return text


def check(text: str) -> None:
    """Refuse a text that states no necessity or no reasons."""
    if len(text.strip()) < SHORTEST_NECESSITY:
        raise OpeningError(
            _("Say in a sentence (%(least)s characters at least) why it is necessary, and why now.")
            % {"least": SHORTEST_NECESSITY}
        )
    if len(text) > LONGEST_NECESSITY:
        raise OpeningError(_("The text is longer than %(most)s characters.") % {"most": LONGEST_NECESSITY})
    if "\x00" in text:
        raise OpeningError(
            _("There is a null byte in the text. Type it anew; nothing is taken out in silence.")
        )


def _locked(opening: Opening) -> Opening:
    return Opening.objects.select_for_update().get(pk=opening.pk)
