"""A desk with one of each thing, so that an address of every page leads to something, and only the role decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mandate_files import REASONS, rows
from mandate_files import ask as ask_for
from mandate_files import in_force as mandate_in_force
from moment_sample import stated

from lapwing.desk import clock
from lapwing.desk.accounts import enrolment
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import READERS, WORKERS
from lapwing.desk.accounts.token import SCOPES
from lapwing.desk.api.models import Letter, LetterState, Webhook
from lapwing.desk.cases import alarm, working
from lapwing.desk.cases.condition import Told
from lapwing.desk.cases.models import Case, Participant
from lapwing.desk.live import first
from lapwing.desk.mandates import attaching
from lapwing.desk.moments import take
from lapwing.desk.moments.assessing import assess
from lapwing.desk.moments.deciding import decide
from lapwing.desk.moments.disclosing import correct, disclosed
from lapwing.desk.moments.models import Moment, Notice
from lapwing.desk.moments.regrouping import merge
from lapwing.desk.retention import holding
from lapwing.desk.retention.models import Sweep
from lapwing.desk.seals import keeping
from lapwing.desk.seals.models import Opening
from lapwing.desk.subjects.models import Subject

BENIGN = "a match on that evening brought them to the same link"
DAY = timedelta(days=1)


class Stage:
    """One of each thing. Whatever only who asked may do was asked by `me`, all else by colleagues of every role."""

    def __init__(self, me: Person) -> None:
        self.me = me
        asker, second = (
            Person.objects.create_person(
                name, ["analyst", "reviewer", "approver", "duty_officer", "disclosure_officer"]
            )
            for name in ("asker", "second-hand")
        )
        gone = Person.objects.create_person("gone", ["analyst"])
        gone.is_active = False
        gone.save()
        administrator = Person.objects.create_person("keeper", ["administrator"])
        self.asker = asker
        token, self.secret = enrolment.make_token(me, "a program", list(SCOPES), 7)
        own = me if set(me.roles) & WORKERS else asker
        self.gaps: dict[str, dict[str, Any]] = {}

        # Mandates: one in force, one asked for, subjects that wait for a first and for an independent approval.
        force = mandate_in_force(asker, second, ["s-1", "s-2", "s-3"])
        asked = ask_for(asker, ["s-4"])
        waiting = attaching.attach(asker, force, rows("s-5"), source="own case 12")[0]
        Subject.objects.create(pseudonym="s-6", minor=True)
        minor = attaching.attach(asker, force, rows("s-6"), source="own case 12")[0]
        attaching.decide(second, minor, approved=True, reasons=REASONS)
        held = force.covers.get(subject__pseudonym="s-1")
        self._at("mandates:", number=force.pk, key=held.pk)
        self._at("mandates:decide", number=asked.pk)
        self._at("mandates:decide_cover", key=waiting.pk)
        self._at("mandates:agree", key=minor.pk)
        self._at("subjects:", key=held.subject_id)

        # A seal, and openings that wait, wait for their asker, and are approved.
        sealed = keeping.put(None, "subject:s-1", keeping.HANDLE, "@marsh_hen")
        now = clock.now()
        opening = {"sealed": sealed, "mandate": force, "necessity": REASONS}
        undecided = Opening.objects.create(**opening, asked_by=asker)
        mine = Opening.objects.create(
            **opening, asked_by=me, approved=True, decided_by=second, decided_at=now, ends=now + DAY,
            decision_reasons=REASONS,
        )  # fmt: skip
        self._at("seals:", key=held.subject_id, number=undecided.pk)
        self._at("seals:withdraw", number=mine.pk)
        self._at("seals:open", number=mine.pk)

        # Moments: new, proposed by a colleague, proposed by me, closed, merged.
        for number in range(1, 6):
            take(*stated(f"m-{number}"))
        proposals = {}
        for key, by in (("m-2", asker), ("m-3", own)):
            moment = self._moment(key)
            assess(moment, by, "open", BENIGN, REASONS)
            proposals[key] = decide(moment, by, "refer", REASONS, BENIGN, recipient="a partner")
        decide(self._moment("m-4"), asker, "benign", REASONS, BENIGN)
        merge(self._moment("m-5"), self._moment("m-1"), asker, REASONS)
        new = self._moment("m-1")
        disclosed(new, "a partner", what="ledger (csv)", why=REASONS, by=asker)
        correct(new, asker, "one act was somebody else's")
        self._at("moments:", pk="m-1")
        self._at("moments:second", pk="m-2", decision_pk=proposals["m-2"].pk)
        self._at("moments:withdraw", pk="m-3", decision_pk=proposals["m-3"].pk)
        self._at("moments:reopen", pk="m-4")
        self._at("moments:part", pk="m-5")
        self._at("moments:give_notice", pk=Notice.objects.get().pk)

        # Cases, in which everybody who may take part does: one open, one closed now, one closed long ago.
        case = working.open_case(asker, "the hall", REASONS, new)
        closed = working.open_case(asker, "the shed", REASONS)
        working.close(closed, asker, REASONS)
        old = Case.objects.create(
            title="the barn", reasons=REASONS, opened_by=asker, opened=now - 900 * DAY, status="closed",
            closed=now - 800 * DAY, closed_by=asker, closing_reasons=REASONS,
        )  # fmt: skip
        if set(me.roles) & (READERS - {"overseer"}):
            for one in (case, closed):
                Participant.objects.create(case=one, person=me, role="worker", by=asker)
        part = Participant.objects.create(case=case, person=second, role="worker", by=asker)
        task = working.add_task(case, asker, "call the hall", now + DAY, asker)
        condition = working.add_condition(case, asker, "subject", "s-1", now + DAY)
        told = Told.objects.create(condition=condition, moment=new)
        self._at(
            "cases:", pk=case.pk, task_pk=task.pk, participant_pk=part.pk, condition_pk=condition.pk,
            told_pk=told.pk,
        )  # fmt: skip
        self._at("cases:reopen", pk=closed.pk)
        threat = alarm.raise_threat(asker, "somebody said tonight, at the hall", "/moments/")
        for name in ("raised", "take_threat", "informed"):
            self._at(f"cases:{name}", pk=threat.pk)

        # What is kept and what goes.
        shown = Sweep.objects.create(shown_by=asker, shown_at=now)
        gone_over = Sweep.objects.create(
            shown_by=asker, shown_at=now, confirmed_by=asker, confirmed_at=now, reasons=REASONS
        )
        self._at("retention:sweep", number=shown.pk)
        self._at("retention:confirm", number=shown.pk)
        self._at("retention:go_on", number=gone_over.pk)
        self._at("retention:held", number=holding.hold(asker, "moment:m-1", days=9, reasons=REASONS).pk)
        self._at("retention:review", number=old.pk)

        # Accounts, webhooks, the log.
        self._at("person", name=asker.username)
        self._at("person_reopen", name=gone.username)
        self._at("end_token", number=token.pk)
        self._at("live:first", key=first.key())
        self._at("audit:entry", number=1)
        hook = Webhook.objects.create(name="archive", address="http://127.0.0.1:9/", made_by=administrator)
        letter = Letter.objects.create(webhook=hook, body="{}", state=LetterState.DEAD)
        self._at("api:", moment_id="m-1")
        self._at("api:new_secret", number=hook.pk)
        self._at("api:end", number=hook.pk)
        self._at("api:send_again", number=letter.pk)

    def _moment(self, key: str) -> Moment:
        return Moment.objects.get(pk=key)

    def _at(self, name: str, /, **gaps: Any) -> None:
        self.gaps[name] = gaps

    def fills(self, name: str) -> dict[str, Any]:
        """What stands in the gaps of an address: as its own name says, or else as its application or noun says."""
        space, colon, _rest = name.partition(":")
        general = space + colon if colon else space.split("_")[0]
        return {**self.gaps.get(general, {}), **self.gaps.get(name, {})}
