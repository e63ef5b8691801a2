"""Made-up moments with all that surrounds them, as a watch would write them. Pseudonyms are generated."""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import replace
from pathlib import Path

from lapwing.moments.exhibit import CurvePoint, Exhibit, LaneAct, Tie
from lapwing.moments.moment import Act, Bits, Moment, MomentType, Status
from lapwing.moments.run_record import FileRead, QuarantineRecord, ReadRecord, RunRecord

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
ONSET = 1_433_253_600 * SECOND
"""Tue 2 Jun 2015 14:00 UTC."""
THRESHOLD = math.log2(30)


def pseudonym(seed: int, number: int) -> str:
    return "s" + hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=5).hexdigest()


def meeting(
    *,
    seed: int = 1,
    members: int = 8,
    circles: int = 6,
    acts: int = 19,
    hours: float = 32.0,
    contexts: int = 7,
    kinds: tuple[str, ...] = ("share", "tag", "copy"),
    besides_a_day: float = 3.0,
    known_pairs: int = 0,
    unplaced: int = 0,
    status: Status = "open",
    kind_of_moment: MomentType = "meeting",
    stage: str | None = None,
) -> tuple[Moment, Exhibit]:
    """A meeting and its exhibit, the same for the same arguments."""
    rng = random.Random(seed)
    subjects = [pseudonym(seed, number) for number in range(members)]
    items = [f"{kind}:{rng.getrandbits(36):09x}" for kind in rng.choices(("link", "tag", "text"), k=contexts)]
    touched: dict[str, list[str]] = {}
    ledger: list[Act] = []
    times = sorted(ONSET + int(rng.random() ** 1.3 * hours * HOUR) for _ in range(acts))
    for at, time in enumerate(times):
        # Everybody takes part once before anybody does for the second time.
        subject = subjects[at] if at < members else rng.choice(subjects)
        context = rng.choice(items)
        before = [other for other in reversed(touched.get(context, [])) if other != subject]
        with_ = tuple(dict.fromkeys(before))[:8]
        bits = rng.uniform(1.5, 6.5) if with_ else rng.uniform(-0.4, -0.1)
        ledger.append(Act(time, subject, rng.choice(kinds), context, with_, bits))
        touched.setdefault(context, []).append(subject)
    total = sum(act.bits for act in ledger)
    net = max(THRESHOLD + 0.3, min(14.6, 0.35 * total)) + seed % 7 * 0.4
    running, curve, raised = 0.0, [], times[-1]
    for act in ledger:
        running += act.bits
        curve.append(CurvePoint(act.time + 10 * MINUTE, net * running / total - 6 * (1 - running / total)))
    crossed = [point.time for point in curve if point.net >= THRESHOLD]
    raised = crossed[0] if crossed else raised
    lanes = [LaneAct(act.time, act.subject, act.kind, act.context, True) for act in ledger]
    end = times[-1] + 2 * HOUR
    for subject in subjects:
        for _ in range(int(besides_a_day * 5)):
            time = ONSET - 5 * DAY + int(rng.random() * (end - ONSET + 5 * DAY))
            lanes.append(LaneAct(time, subject, rng.choice(kinds), f"link:{rng.getrandbits(36):09x}", False))
    lanes.sort(key=lambda act: act.time)
    pairs: dict[tuple[str, str], int] = {}
    for act in ledger:
        for other in act.with_[:3]:
            pair = (min(act.subject, other), max(act.subject, other))
            pairs[pair] = pairs.get(pair, 0) + 1
    names = [f"circle-{number}" for number in range(1, circles + 1)]
    of = {
        subject: None if at >= members - unplaced or not names else names[at % circles]
        for at, subject in enumerate(subjects)
    }
    before_pairs = [(subjects[at], subjects[at + 1]) for at in range(known_pairs)]
    moment = Moment(
        id=f"m-{hashlib.blake2b(str(seed).encode(), digest_size=4).hexdigest()}",
        type=kind_of_moment,
        subjects=tuple(sorted(subjects)),
        onset=ONSET,
        raised=raised,
        bits=Bits(when=0.0, what=0.0, whom=total, naming=total - net - 1.2, net=net),
        once_in_days=2.0**net,
        stage=stage,
        status=status,
        ledger=tuple(ledger),
    )
    exhibit = Exhibit(
        id=moment.id,
        onset_between=(ONSET - 50 * MINUTE, ONSET + 160 * MINUTE),
        threshold=THRESHOLD,
        circles=of,
        lanes=tuple(lanes),
        lanes_left_out=0,
        ties_before=tuple(Tie(a, b, 2) for a, b in before_pairs),
        ties_after=tuple(Tie(a, b, count) for (a, b), count in sorted(pairs.items())),
        curve=tuple(curve),
    )
    return moment, exhibit


def shift(*, seed: int = 50) -> tuple[Moment, Exhibit]:
    """A quiet subject that posts six times as much since Tuesday."""
    moment, exhibit = meeting(
        seed=seed,
        members=1,
        circles=1,
        acts=24,
        contexts=24,
        hours=70,
        kind_of_moment="shift",
        besides_a_day=1,
    )
    ledger = tuple(replace(act, bits=0.6, with_=()) for act in moment.ledger)
    bits = Bits(when=22.4, what=0.0, whom=0.0, naming=13.9, net=6.1)
    return (
        replace(moment, ledger=ledger, bits=bits, once_in_days=2**6.1),
        replace(exhibit, ties_before=(), ties_after=()),
    )


def run_record(*, moments: int = 1, quarantined: int = 37) -> RunRecord:
    return RunRecord(
        version="0.1.0",
        command="lapwing watch posts.parquet extra.csv.gz --out watch --budget 1/30d",
        read=ReadRecord(
            rows=915_049 + quarantined,
            accepted=914_210,
            duplicates=812,
            late=27,
            already_taken=0,
            quarantined=quarantined,
            first=ONSET - 40 * DAY,
            last=ONSET + 4 * DAY,
            subjects=1_775,
            watched=1_775 if moments else 12,
            background=0,
            contexts=214_006,
            circles=31,
            files=(FileRead("posts.parquet", 900_000), FileRead("extra.csv.gz", 15_049 + quarantined)),
        ),
        quarantine=QuarantineRecord(
            "quarantine.jsonl",
            {"time is not RFC 3339 and not epoch seconds": 21, "subject is longer than 200 characters": 16}
            if quarantined
            else {},
        ),
        parameters={
            "budget": "1/30d",
            "horizon_days": 30,
            "tolerance_seconds": 600,
            "seed": 0,
            "watched": None,
            "cap_bits": 12.0,
            "learn_circles": True,
        },
        budget_days=30.0,
        threshold_bits=THRESHOLD,
        days_watched=37.0,
    )


def write(folder: Path, moments: list[tuple[Moment, Exhibit | None]], run: RunRecord) -> Path:
    """The folder as a watch would leave it: every moment as it was raised, then as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for moment, exhibit in moments:
        early = tuple(act for act in moment.ledger if act.time <= moment.raised)
        named = {act.subject for act in early} or set(moment.subjects)
        as_raised = replace(
            moment,
            ledger=early,
            subjects=tuple(subject for subject in moment.subjects if subject in named),
            bits=replace(moment.bits, net=exhibit.threshold + 0.4 if exhibit else moment.bits.net),
            status="open",
        )
        lines += [as_raised.line(), moment.line()]
    (folder / "moments.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    exhibits = [exhibit.line() for _, exhibit in moments if exhibit is not None]
    (folder / "exhibits.jsonl").write_text("".join(f"{line}\n" for line in exhibits), encoding="utf-8")
    (folder / "run.json").write_text(run.line() + "\n", encoding="utf-8")
    return folder


def a_usual_week() -> list[tuple[Moment, Exhibit | None]]:
    """Moments of every sort and size, as one report may hold them."""
    big, big_exhibit = meeting(
        seed=7,
        members=150,
        circles=9,
        acts=420,
        hours=6,
        contexts=2,
        kinds=("tag",),
        besides_a_day=4,
        unplaced=30,
    )
    return [
        meeting(),
        (big, big_exhibit),
        meeting(seed=3, members=40, circles=5, acts=160, hours=60, contexts=30, known_pairs=6),
        meeting(seed=5, members=2, circles=1, acts=9, hours=4, contexts=5),
        shift(),
        meeting(
            seed=11,
            members=4,
            circles=2,
            acts=14,
            hours=90,
            contexts=6,
            kinds=("donate", "join", "reply", "share"),
            kind_of_moment="progression",
            stage="procurement",
            known_pairs=3,
        ),
        meeting(seed=12, members=5, circles=4, unplaced=3, status="fading", acts=11),
        meeting(seed=13, members=3, circles=3, status="closed", acts=8),
    ]
