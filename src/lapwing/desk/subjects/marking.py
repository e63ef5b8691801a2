"""Marking a subject as a minor or of a protected calling, and taking the mark away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit
from lapwing.desk.guard import require
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

SHORTEST_REASON = 20


class MarkError(Exception):
    """A mark that cannot be set as it was asked for."""


def mark(by: Person, subject: Subject, *, privilege: str, minor: bool, reasons: str) -> Subject:
    """Set both marks of a subject. It is sealed at once when it becomes protected.

    Adding protection is open to all who work with subjects; taking some away is an approver's. Raises ``Refused``
    when the person may not, and :class:`MarkError` without reasons or when nothing would change.
    """
    if len(reasons.strip()) < SHORTEST_REASON:
        raise MarkError(
            _("Say in %(least)s characters at least how this is known.") % {"least": SHORTEST_REASON}
        )
    with transaction.atomic():
        held = Subject.objects.select_for_update().get(pk=subject.pk)
        if (held.privilege, held.minor) == (privilege, minor):
            raise MarkError(_("It is marked like this already."))
        less = (held.minor and not minor) or (held.privilege and held.privilege != privilege)
        action = "subject.unprotect" if less else "subject.protect"
        require(by, action, held)
        held.privilege, held.minor = privilege, minor
        held.save()
        audit.record(by, action, held.about, why=reasons, detail={"privilege": privilege, "minor": minor})
    return held
