"""A threat to life: raised, taken on, and the authority informed."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.case import Case
from lapwing.desk.cases.error import CaseError
from lapwing.desk.cases.threat import Threat
from lapwing.desk.cases.working import add_task, open_case

INFORM_WITHIN = timedelta(hours=1)


def raise_threat(by: Person, text: str, page: str) -> Threat:
    """Raise it: everybody who works here sees it on top of every page from now on."""
    with transaction.atomic():
        threat = Threat.objects.create(text=text, page=page, by=by)
        audit.record(by, "threat.raise", threat.about, why=text, detail={"page": page})
    return threat


def take_on(threat: Threat, by: Person) -> Case:
    """Take it on, and lead a case for it. Raises :class:`CaseError` when somebody else was quicker."""
    with transaction.atomic():
        threat = Threat.objects.select_for_update().get(pk=threat.pk)
        if threat.taken_by_id is not None:
            raise CaseError(_("Somebody has taken it on already."))
        case = open_case(by, _("Threat to life %(number)s") % {"number": threat.pk}, threat.text)
        if not threat.informed:
            add_task(case, by, _("Inform the authority that can act."), clock.now() + INFORM_WITHIN, by)
        case.refresh_from_db()
        threat.taken_by, threat.taken, threat.case = by, clock.now(), case
        threat.save()
        audit.record(by, "threat.take", threat.about, detail={"case": case.pk})
    return case


def inform(threat: Threat, by: Person, who: str) -> Threat:
    """Note who was informed. Raises :class:`CaseError` when that was noted before."""
    with transaction.atomic():
        threat = Threat.objects.select_for_update().get(pk=threat.pk)
        if threat.informed:
            raise CaseError(_("It was noted before that %(who)s was informed.") % {"who": threat.informed})
        threat.informed, threat.informed_by, threat.informed_at = who, by, clock.now()
        threat.save()
        audit.record(by, "threat.inform", threat.about, detail={"informed": who})
    return threat
