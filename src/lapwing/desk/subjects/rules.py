"""Who may do what with subjects."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS, WORKERS
from lapwing.desk.guard import rule
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.subjects.looking import OVERSIGHT
from lapwing.desk.subjects.models import Subject
from lapwing.desk.subjects.reading import Reading


@rule("subject.list", roles=READERS)
def list_subjects(person: Person, thing: None) -> str | None:
    """Open the list of the subjects within mandate and purpose."""
    return None


@rule("subject.look", roles=READERS)
def look_at_content(person: Person, purpose: str) -> str | None:
    """Read about subjects that a mandate in force covers, for a stated purpose."""
    if purpose == OVERSIGHT:
        return None if person.has_role("overseer") else _("Oversight is the purpose of an overseer only.")
    if purpose not in grounds().purposes:
        return _("State what you look for first: %(purposes)s.") % {
            "purposes": ", ".join(_(known.title) for known in grounds().purposes.values())
        }
    return None


@rule("subject.protect", roles=WORKERS | {"approver"})
def protect_subject(person: Person, thing: Subject) -> str | None:
    """Mark a subject as a minor or of a protected calling; it is sealed at once."""
    return None


@rule("subject.unprotect", roles={"approver"})
def unprotect_subject(person: Person, thing: Subject) -> str | None:
    """Take the mark of a minor or of a protected calling away."""
    return None


@rule("subject.read", roles=READERS)
def read_subject(person: Person, thing: Reading) -> str | None:
    """Read about a subject that a mandate in force covers, for the purpose stated."""
    if thing.covered:
        return None
    return _(
        "No mandate in force covers this subject for the purpose you stated. State another purpose, or ask for a"
        " mandate."
    )
