"""Moments as the engine states them, and subjects under a mandate, for tests of the desk."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.state import State
from lapwing.desk.subjects.models import Subject
from lapwing.moments.exhibit import CurvePoint, Exhibit, LaneAct, Tie
from lapwing.moments.moment import Act, Bits, Moment, Status

HOUR = 3_600_000_000
ONSET = 1_433_253_600_000_000
"""Tue 2 Jun 2015 14:00 UTC."""
THRESHOLD = 5.0


def stated(
    moment_id: str = "m-1",
    *,
    subjects: tuple[str, ...] = ("s-1", "s-2", "s-3"),
    net: float = 11.0,
    acts: int = 6,
    status: Status = "open",
    context: str = "link:{}",
    stage: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A line of `moments.jsonl` and its line of `exhibits.jsonl`; the same for the same arguments."""
    ledger = tuple(
        Act(
            ONSET + at * HOUR,
            subjects[at % len(subjects)],
            ("share", "tag")[at % 2],
            context.format(at // 3),
            tuple(other for other in subjects if other != subjects[at % len(subjects)])[:2] if at else (),
            3.5 + at / 10,
        )
        for at in range(acts)
    )
    total = sum(act.bits for act in ledger)
    moment = Moment(
        id=moment_id,
        type="meeting",
        subjects=subjects,
        onset=ONSET,
        raised=ONSET + acts * HOUR,
        bits=Bits(0.0, 0.0, total, total - net - 1, net),
        once_in_days=2.0**net,
        stage=stage,
        status=status,
        ledger=ledger,
    )
    exhibit = Exhibit(
        id=moment_id,
        onset_between=(ONSET - HOUR, ONSET + HOUR),
        threshold=THRESHOLD,
        circles={name: f"circle-{at % 2}" for at, name in enumerate(subjects)},
        lanes=tuple(LaneAct(act.time, act.subject, act.kind, act.context, True) for act in ledger),
        lanes_left_out=0,
        ties_before=(),
        ties_after=tuple(Tie(subjects[0], other, 2) for other in subjects[1:]),
        curve=tuple(CurvePoint(act.time, net * (at + 1) / acts) for at, act in enumerate(ledger)),
    )
    return json.loads(moment.line()), json.loads(exhibit.line())


def covered(
    *pseudonyms: str, by: Person, approved_by: Person, purpose: str = "prevent", days: int = 90
) -> Mandate:
    """A mandate in force over these subjects."""
    now = clock.now()
    mandate = Mandate.objects.create(
        ground="attack",
        purpose=purpose,
        categories=["suspected"],
        sources=["partner"],
        means=["reading", "detection", "search"],
        days=days,
        reasons="what is known, and why less would not do",
        state=State.APPROVED,
        asked_by=by,
        asked_at=now,
        decided_by=approved_by,
        decided_at=now,
        begins=now,
        ends=now + timedelta(days=days),
    )
    for name in pseudonyms:
        subject, _ = Subject.objects.get_or_create(pseudonym=name)
        Cover.objects.create(
            mandate=mandate,
            subject=subject,
            category="suspected",
            evidence=f"what is known of {name} in particular",
            source="an own case",
            asked_by=by,
            approved=True,
            decided_by=approved_by,
            decided_at=now,
        )
    return mandate
