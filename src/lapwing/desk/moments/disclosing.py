"""Giving data of a moment to somebody, and telling all of them when it has to be corrected."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.moments.disclosure import Correction, Disclosure, Notice
from lapwing.desk.moments.error import StepError
from lapwing.desk.moments.moment import Moment


def disclosed(moment: Moment, recipient: str, *, what: str, why: str, by: Person | None) -> Disclosure:
    """Note that data of a moment went to somebody; the caller holds the transaction in which it does."""
    disclosure = Disclosure.objects.create(moment=moment, recipient=recipient, what=what, why=why, by=by)
    # Whoever receives it now learns of what was corrected before.
    for correction in moment.corrections.all():
        Notice.objects.get_or_create(correction=correction, recipient=recipient)
    audit.record(by, "moment.disclose", moment.about, why=why, detail={"recipient": recipient, "what": what})
    return disclosure


def correct(moment: Moment, by: Person, text: str) -> Correction:
    """Record what was wrong and what is right; a notice is due to everyone who received the data."""
    with transaction.atomic():
        return corrected(moment, by, text)


def corrected(moment: Moment, by: Person, text: str) -> Correction:
    """As :func:`correct`, in a transaction that the caller holds."""
    correction = Correction.objects.create(moment=moment, text=text, by=by)
    recipients = sorted(set(moment.disclosures.values_list("recipient", flat=True)))
    Notice.objects.bulk_create(Notice(correction=correction, recipient=recipient) for recipient in recipients)
    audit.record(
        by,
        "moment.correct",
        moment.about,
        why=text,
        detail={"correction": correction.pk, "recipients": list(recipients)},
    )
    return correction


def give_notice(notice: Notice, by: Person, how: str) -> Notice:
    """Note that a recipient has been told of a correction, and how. Raises :class:`StepError`."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().select_related("correction").get(pk=notice.pk)
        if notice.given is not None:
            raise StepError(_("This recipient has been told already."))
        notice.given, notice.given_by, notice.how = clock.now(), by, how
        notice.save()
        audit.record(
            by,
            "notice.give",
            f"moment:{notice.correction.moment_id}",
            detail={"correction": notice.correction_id, "how": how, "recipient": notice.recipient},
        )
    return notice
