"""Deciding about a moment, with reasons; what cannot be taken lightly takes effect only with a second reader."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.moments import course
from lapwing.desk.moments.assessing import has_judged, locked, recorded
from lapwing.desk.moments.course import Status
from lapwing.desk.moments.decision import Decision, DecisionState
from lapwing.desk.moments.disclosing import corrected, disclosed
from lapwing.desk.moments.error import StepError
from lapwing.desk.moments.fact import Fact
from lapwing.desk.moments.moment import Moment
from lapwing.desk.moments.vocabulary import Choice, vocabulary


def in_force(moment: Moment) -> Decision | None:
    """The decision that holds now."""
    return moment.decisions.filter(state=DecisionState.IN_FORCE).order_by("time", "pk").last()


def proposed(moment: Moment) -> Decision | None:
    """The decision that waits for its second reader."""
    return moment.decisions.filter(state=DecisionState.PROPOSED).first()


def decide(
    moment: Moment,
    by: Person,
    choice: str,
    reasons: str,
    benign: str,
    *,
    review: datetime | None = None,
    recipient: str = "",
) -> Decision:
    """Decide, or propose where a second reader is needed.

    Closing takes one step: its reasons are recorded as this person's assessment if they have made none.
    Everything else is decided after an assessment. Raises :class:`StepError`.
    """
    kind = vocabulary().choices.get(choice)
    if kind is None:
        raise StepError(_("%(name)s is nothing that can be decided.") % {"name": choice})
    if not by.has_role(*kind.roles):
        raise StepError(
            _("“%(choice)s” is not yours to decide; a reviewer does.") % {"choice": _(kind.title)}
        )
    if not reasons.strip() or not benign.strip():
        raise StepError(_("A decision needs reasons, and the innocent explanation that was considered."))
    recipient = recipient.strip()
    if kind.recipient and not recipient:
        raise StepError(_("Say who receives the data."))
    with transaction.atomic():
        moment = locked(moment)
        step = "propose" if kind.second else "close" if kind.closes else "decide"
        status = course.after(Status(moment.status), step)
        if not has_judged(moment, by):
            if not kind.closes:
                raise StepError(_("Assess the moment first: what innocent explanation did you consider?"))
            recorded(moment, by, "innocent", benign, reasons)
        decision = Decision.objects.create(
            moment=moment,
            choice=choice,
            consequential=kind.second,
            reasons=reasons,
            benign=benign,
            recipient=recipient if kind.recipient else "",
            review=_next_review(kind, review),
            by=by,
            state=DecisionState.PROPOSED if kind.second else DecisionState.IN_FORCE,
        )
        moment.stand(status)
        audit.record(
            by,
            "decision.propose" if kind.second else "decision.make",
            moment.about,
            why=reasons,
            detail={
                "benign": benign,
                "choice": choice,
                "decision": decision.pk,
                "recipient": decision.recipient,
            },
        )
        if not kind.second:
            _take_effect(moment, decision, by)
        moment.save()
    return decision


def read_second(decision: Decision, by: Person, *, agree: bool, reasons: str) -> Decision:
    """The second reader agrees or refuses, with reasons of their own. Raises :class:`StepError`."""
    if not reasons.strip():
        raise StepError(_("The second reader gives reasons of their own."))
    with transaction.atomic():
        moment = locked(decision.moment)
        decision = Decision.objects.select_for_update().get(pk=decision.pk)
        if decision.state != DecisionState.PROPOSED:
            raise StepError(_("This decision no longer waits for a second reader."))
        if decision.by_id == by.pk:
            raise StepError(_("You proposed this decision: somebody else is its second reader."))
        if not has_judged(moment, by):
            raise StepError(
                _("Assess the moment yourself first: what innocent explanation did you consider?")
            )
        moment.stand(course.after(Status(moment.status), "agree" if agree else "refuse"))
        decision.state = DecisionState.IN_FORCE if agree else DecisionState.REFUSED
        decision.second, decision.second_reasons, decision.second_time = by, reasons, clock.now()
        decision.save()
        audit.record(
            by,
            "decision.agree" if agree else "decision.refuse",
            moment.about,
            why=reasons,
            detail={"choice": decision.choice, "decision": decision.pk},
        )
        if agree:
            _take_effect(moment, decision, by)
        moment.save()
    return decision


def withdraw(decision: Decision, by: Person, reasons: str) -> Decision:
    """Take a proposal back before it was read a second time; only who made it. Raises :class:`StepError`."""
    with transaction.atomic():
        moment = locked(decision.moment)
        decision = Decision.objects.select_for_update().get(pk=decision.pk)
        if decision.state != DecisionState.PROPOSED:
            raise StepError(_("This decision no longer waits for a second reader."))
        if decision.by_id != by.pk:
            raise StepError(
                _("Only who proposed a decision takes it back; you can refuse it as second reader.")
            )
        moment.stand(course.after(Status(moment.status), "withdraw"))
        decision.state = DecisionState.WITHDRAWN
        decision.save()
        moment.save()
        audit.record(
            by,
            "decision.withdraw",
            moment.about,
            why=reasons,
            detail={"choice": decision.choice, "decision": decision.pk},
        )
    return decision


def reopen(moment: Moment, by: Person, fact: str, source: str) -> Fact:
    """Open a closed moment again, on a fact that was not known when it was closed. Raises :class:`StepError`."""
    if not fact.strip() or not source.strip():
        raise StepError(_("Reopening needs a new fact, and where it comes from."))
    with transaction.atomic():
        moment = locked(moment)
        status = course.after(Status(moment.status), "reopen")
        if moment.facts.filter(text=fact).exists():
            raise StepError(_("That fact was known when the moment was closed. Reopening needs a new one."))
        made = Fact.objects.create(moment=moment, text=fact, source=source, by=by)
        moment.stand(status)
        moment.outcome = None
        moment.review = clock.now() + vocabulary().shift
        moment.reckon_due()
        moment.save()
        audit.record(by, "moment.reopen", moment.about, why=fact, detail={"fact": made.pk, "source": source})
    return made


def _next_review(kind: Choice, asked: datetime | None) -> datetime | None:
    if kind.review is None:
        return None
    now = clock.now()
    latest = now + kind.review
    if asked is None:
        return latest
    if asked <= now:
        raise StepError(_("The next review lies in the past. Choose a later time."))
    if asked > latest:
        raise StepError(
            _("After “%(choice)s” the next review is on %(latest)s at the latest.")
            % {"choice": _(kind.title), "latest": f"{latest:%Y-%m-%d %H:%M} UTC"}
        )
    return asked


def _take_effect(moment: Moment, decision: Decision, by: Person) -> None:
    moment.outcome = decision.choice
    moment.review = decision.review
    moment.reckon_due()
    if decision.kind.recipient:
        disclosed(moment, decision.recipient, what="referral", why=decision.reasons, by=by)
    if decision.choice == "false" and moment.disclosures.exists():
        # Who received what turned out to be nothing has to learn that as well.
        corrected(moment, by, _("This moment was judged false: %(reasons)s") % {"reasons": decision.reasons})
