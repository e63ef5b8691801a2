"""The steps of a mandate: ask, approve, refuse, withdraw, renew, cancel. Each is one transaction with its entry.

Every step asks the guard itself, so that no caller can leave that out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.guard import require
from lapwing.desk.mandates.draft import Draft, check_reasons
from lapwing.desk.mandates.error import MandatesError, StepError
from lapwing.desk.mandates.ground import grounds
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.roster import Row
from lapwing.desk.mandates.state import State, after

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


def ask(
    by: Person, draft: Draft, *, rows: Sequence[Row] = (), source: str = "", renews: Mandate | None = None
) -> Mandate:
    """Ask for a mandate, over the subjects in ``rows``, which come from ``source``; more can be added until it is
    decided.

    Raises
    ------
    Refused
        When the person may not.
    MandatesError
        When the draft does not fit its ground, or a row is refused.
    """
    from lapwing.desk.mandates.attaching import attach

    require(by, "mandate.ask", renews)
    faults = draft.faults(grounds())
    if renews is not None and draft.reasons.strip() == renews.reasons.strip():
        faults["reasons"] = _(
            "A renewal is a new decision: say what has been found since, not what was said before."
        )
    if faults:
        raise MandatesError("\n".join(faults.values()))
    with transaction.atomic():
        mandate = Mandate.objects.create(
            ground=draft.ground,
            purpose=draft.purpose,
            categories=list(draft.categories),
            sources=list(draft.sources),
            means=list(draft.means),
            days=draft.days,
            reasons=draft.reasons,
            renews=renews,
            asked_by=by,
        )
        audit.record(
            by,
            "mandate.ask",
            mandate.about,
            why=draft.reasons,
            detail={
                "ground": draft.ground,
                "purpose": draft.purpose,
                "categories": list(draft.categories),
                "sources": list(draft.sources),
                "means": list(draft.means),
                "days": draft.days,
                "renews": renews.about if renews else "",
            },
        )
        if rows:
            attach(by, mandate, rows, source=source)
    return mandate


def look(by: Person, mandate: Mandate) -> None:
    """Note that somebody reads a mandate. Raises ``Refused`` when they may not."""
    require(by, "mandate.read", mandate)
    with transaction.atomic():
        audit.record(by, "mandate.read", mandate.about)


def approve(by: Person, mandate: Mandate, *, reasons: str, read: str) -> Mandate:
    """Put a mandate into force, for all subjects asked for under it.

    ``read`` is the fingerprint of what the approver has read. Raises ``Refused`` when the person may not, and
    :class:`StepError` when something was changed since it was read, when no subject is named, or when no reasons
    are given.
    """
    check_reasons(reasons)
    with transaction.atomic():
        held = _locked(mandate)
        require(by, "mandate.decide", held)
        waiting = held.covers.undecided()
        subjects = list(waiting.order_by("pk").values_list("subject__pseudonym", flat=True))
        if not subjects:
            raise StepError(
                _(
                    "No subject is named in this mandate. Who asked for it has to add subjects, each with evidence."
                )
            )
        if held.fingerprint() != read:
            raise StepError(_("This mandate was changed while you read it. Read it again, then decide."))
        now = clock.now()
        held.state = after(State(held.state), "approve")
        held.decided_by, held.decided_at, held.decision_reasons = by, now, reasons
        held.begins, held.ends = now, now + timedelta(days=held.days)
        held.save()
        waiting.update(approved=True, decided_by=by, decided_at=now, decision_reasons=reasons)
        audit.record(
            by,
            "mandate.approve",
            held.about,
            why=reasons,
            detail={"subjects": len(subjects), "read": read, "ends": held.ends.isoformat()},
        )
    return held


def refuse(by: Person, mandate: Mandate, *, reasons: str) -> Mandate:
    """Refuse a mandate. Raises ``Refused`` when the person may not, :class:`StepError` without reasons."""
    check_reasons(reasons)
    with transaction.atomic():
        held = _locked(mandate)
        require(by, "mandate.decide", held)
        now = clock.now()
        held.state = after(State(held.state), "refuse")
        held.decided_by, held.decided_at, held.decision_reasons = by, now, reasons
        held.save()
        held.covers.undecided().update(
            approved=False, decided_by=by, decided_at=now, decision_reasons=reasons
        )
        audit.record(by, "mandate.refuse", held.about, why=reasons)
    return held


def withdraw(by: Person, mandate: Mandate, *, reasons: str) -> Mandate:
    """Take back what one asked for. Raises like :func:`refuse`."""
    return _end(by, mandate, "withdraw", reasons)


def cancel(by: Person, mandate: Mandate, *, reasons: str) -> Mandate:
    """End a mandate now: reading, detection and search on its subjects stop, unless another mandate covers them.

    Raises like :func:`refuse`.
    """
    return _end(by, mandate, "cancel", reasons)


def renew(by: Person, mandate: Mandate, draft: Draft, *, keep: Sequence[int]) -> Mandate:
    """Ask anew for a mandate that goes on from ``mandate``, for the covers (keys) that are still necessary.

    The old one keeps its own end. The new one is decided like any other. Raises like :func:`ask`.
    """
    covers = list(
        Cover.objects.filter(mandate=mandate, approved=True, released_at__isnull=True, pk__in=keep)
        .select_related("subject")
        .order_by("pk")
    )
    if len(covers) != len(set(keep)):
        raise StepError(_("Some of these subjects are not under this mandate any more. Choose again."))
    if not covers:
        raise StepError(_("Choose the subjects for which it is still necessary. For none, let it end."))
    rows = [Row(cover.subject.pseudonym, cover.category, cover.evidence) for cover in covers]
    return ask(
        by,
        draft,
        rows=rows,
        source=_("renewal of mandate %(number)s") % {"number": mandate.pk},
        renews=mandate,
    )


def _end(by: Person, mandate: Mandate, step: str, reasons: str) -> Mandate:
    check_reasons(reasons)
    with transaction.atomic():
        held = _locked(mandate)
        require(by, f"mandate.{step}", held)
        now = clock.now()
        held.state = after(State(held.state), step)
        held.ended_by, held.ended_at, held.end_reasons = by, now, reasons
        if held.ends is not None:
            held.ends = now
        held.save()
        audit.record(by, f"mandate.{step}", held.about, why=reasons)
    return held


def _locked(mandate: Mandate) -> Mandate:
    """The row as it is now, kept from others until the transaction ends."""
    return Mandate.objects.select_for_update().get(pk=mandate.pk)
