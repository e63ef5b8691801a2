"""How fast the pages of the desk answer with many moments and subjects: fills a desk of its own and times each page.

    python bench/desk_pages.py [--moments 100000] [--subjects 50000] [--events 10000000] [--entries 1000000]
                               [--folder FOLDER]

Times are those of the whole request inside the process (guard, audit entry on disk, template), without the network;
beside them the time of the processor, which is what remains on a machine that does nothing else.
A folder that was filled before is used again. At the end the audit log is exported and verified as a file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ |= {"LAPWING_DEMO": "1", "LAPWING_URL": "http://localhost:8000"}
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "desk"))

HOUR = 3_600_000_000
MEMBERS, ACTS = 8, 19
AT_ONCE = 2_000
LIMIT = 150.0
"""Milliseconds in which 95 of 100 pages are to answer."""


def main() -> None:
    """Fill, time, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--moments", type=int, default=100_000)
    parser.add_argument("--subjects", type=int, default=50_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lapwing-bench-") as made:
        from lapwing.desk.project.start import start

        start((given.folder or Path(made)) / "home")
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        from lapwing.desk.moments.models import Moment

        if not Moment.objects.exists():
            began = time.perf_counter()
            fill(given.moments, given.subjects)
            fill_events(given.events)
            print(f"filled in {time.perf_counter() - began:.0f} s")
        from lapwing.desk.moments.models import Decision

        if not Decision.objects.exists():
            began = time.perf_counter()
            fill_decisions()
            fill_log(given.entries)
            print(f"decided and logged in {time.perf_counter() - began:.0f} s")
        measure(given.times)
        verify(Path(made) / "audit.jsonl")


def fill(moments: int, subjects: int) -> None:
    """People, subjects under mandates, moments in every status, and a few cases."""
    from django.db import transaction

    from lapwing.desk import clock
    from lapwing.desk.accounts.models import Person
    from lapwing.desk.mandates.models import Cover, Mandate
    from lapwing.desk.mandates.state import State
    from lapwing.desk.moments.budget import set_budget
    from lapwing.desk.subjects.models import Subject

    people = {
        role: Person.objects.create_person(role, [role]) for role in ("analyst", "approver", "overseer")
    }
    analyst, approver, now = people["analyst"], people["approver"], clock.now()
    set_budget(approver, 30, "what the team can look into in a month")
    names = [f"s-{number:05}" for number in range(subjects)]
    Subject.objects.bulk_create((Subject(pseudonym=name) for name in names), AT_ONCE)
    keys = list(Subject.objects.order_by("pseudonym").values_list("pk", flat=True))
    mandates = [
        Mandate.objects.create(
            ground="attack", purpose="prevent", categories=["suspected"], sources=["partner"],
            means=["reading", "detection", "search"], days=90, reasons="what is known", state=State.APPROVED,
            asked_by=analyst, decided_by=approver, decided_at=now, begins=now, ends=now + timedelta(days=90),
        )
        for _ in range(40)
    ]  # fmt: skip
    # One subject in fifty is under no mandate any more: its moments are to be counted and not shown.
    Cover.objects.bulk_create(
        (
            Cover(
                mandate=mandates[at % 40], subject_id=key, category="suspected", evidence="what is known of this one",
                source="an own case", asked_by=analyst, approved=True, decided_by=approver, decided_at=now,
            )
            for at, key in enumerate(keys)
            if at % 50
        ),
        AT_ONCE,
    )  # fmt: skip
    for start in range(0, moments, AT_ONCE):
        with transaction.atomic():
            _fill_moments(range(start, min(moments, start + AT_ONCE)), names, keys)
        print(f"\r{min(moments, start + AT_ONCE):,} moments", end="", flush=True)
    print()


def fill_events(events: int) -> None:
    """Acts of the subjects over 60 days, spread evenly; SQLite makes them."""
    from django.db import connection

    from lapwing.desk.intake.event import Event
    from lapwing.desk.subjects.models import Subject

    subjects = Subject.objects.count()
    first = Subject.objects.order_by("pk").values_list("pk", flat=True)[0]
    for start in range(0, events, 1_000_000):
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH RECURSIVE n(i) AS (SELECT %s UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s)
                INSERT INTO {Event._meta.db_table} (number, subject_id, time, kind, context, act, source, platform)
                SELECT i, %s + (i * 7919) %% %s,
                       strftime('%%Y-%%m-%%d %%H:%%M:%%S', 'now', (i %% 5184000 - 5184000) || ' seconds'),
                       'share', 'link:' || (i * 104729 %% 1000000), 'e' || i, 'partner', '' FROM n
                """,
                [start, min(events, start + 1_000_000), first, subjects],
            )
        print(f"\r{min(events, start + 1_000_000):,} events", end="", flush=True)
    print()


def _fill_moments(numbers: range, names: list[str], keys: list[int]) -> None:
    from django.db.models import Model

    from lapwing.desk import clock
    from lapwing.desk.cases.models import Passage
    from lapwing.desk.cases.passage import tokens
    from lapwing.desk.moments.models import Moment, Statement
    from lapwing.desk.moments.summary import summary
    from lapwing.moments.exhibit import CurvePoint, Exhibit, LaneAct, Tie
    from lapwing.moments.moment import Act, Bits
    from lapwing.moments.moment import Moment as Stated

    now = clock.now()
    micro = int(now.timestamp()) * 1_000_000
    found, links, statements, passages = [], [], [], []
    through: type[Model] = Moment.members.through
    for number in numbers:
        rng = random.Random(number)
        chosen = rng.sample(range(len(names)), MEMBERS)
        members = tuple(sorted(names[one] for one in chosen))
        onset = micro - rng.randrange(1, 60 * 24) * HOUR
        net = 5 + rng.expovariate(0.4)
        ledger = tuple(
            Act(onset + step * HOUR, members[step % MEMBERS], rng.choice(("share", "tag", "copy")),
                f"link:{rng.getrandbits(28):07x}", members[:2] if step else (), rng.uniform(-0.3, 6))
            for step in range(ACTS)
        )  # fmt: skip
        stated = Stated(
            f"m-{number:07x}", "meeting", members, onset, onset + ACTS * HOUR, Bits(0, 0, 50, 45 - net, net), 2**net,
            None, "open", ledger,
        )  # fmt: skip
        exhibit = Exhibit(
            stated.id, (onset - HOUR, onset + HOUR), 4.9, {name: f"circle-{name[-1]}" for name in members},
            tuple(LaneAct(act.time, act.subject, act.kind, act.context, True) for act in ledger), 0, (),
            tuple(Tie(members[0], other, 2) for other in members[1:]),
            tuple(CurvePoint(act.time, net * step / ACTS) for step, act in enumerate(ledger)),
        )  # fmt: skip
        line, drawn = json.loads(stated.line()), json.loads(exhibit.line())
        sort = number % 100
        status = "new" if sort < 3 else "decided" if sort < 8 else "closed"
        due = None
        if status != "closed":
            overdue = number % 1000 < 3 or number % 1000 == 103
            due = now + timedelta(hours=-rng.uniform(1, 9) if overdue else rng.uniform(1, 200))
        found.append(
            Moment(
                pk=stated.id, type="meeting", onset=clock.at(onset), raised=clock.at(stated.raised), net=net,
                threshold=4.9, once_in_days=2**net, life="open", known=now, stated=now, status=status,
                waiting=status == "new",
                review=due, due=due, closed=now if status == "closed" else None, summary=summary(stated, exhibit),
                line=line, exhibit=drawn,
            )
        )  # fmt: skip
        links += [through(moment_id=stated.id, subject_id=keys[one]) for one in chosen]
        statements.append(Statement(moment_id=stated.id, known=now, line=line))
        words = " ".join((stated.id, *members, *(act.context for act in ledger)))
        passages.append(
            Passage(moment_id=stated.id, sort="ledger", words=words, tokens=" ".join(tokens(words)))
        )
    Moment.objects.bulk_create(found)
    through._default_manager.bulk_create(links, AT_ONCE)
    Statement.objects.bulk_create(statements)
    Passage.objects.bulk_create(passages)


def fill_decisions() -> None:
    """An assessment and a decision about every moment that is closed or decided, over the last 90 days."""
    from django.db import connection

    from lapwing.desk.accounts.models import Person
    from lapwing.desk.moments.models import Assessment, Decision, DecisionState, Moment

    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Moment._meta.db_table} SET known = "
            "strftime('%%Y-%%m-%%d %%H:%%M:%%S', 'now', -(rowid * 7919 %% 7776000) || ' seconds')",
            [],
        )
    analyst, benign = Person.objects.get(username="analyst"), "an ordinary reason"
    choices = ("benign", "benign", "benign", "outside", "false")
    done = Moment.objects.exclude(status="new").values_list("pk", "status", "known").order_by("known")
    for start in range(0, done.count(), AT_ONCE):
        rows = list(done[start : start + AT_ONCE])
        Assessment.objects.bulk_create(
            Assessment(
                moment_id=key, judgement="innocent", benign=benign, reasons="they fit the acts", before_bits=True,
                by=analyst, time=known + timedelta(hours=at % 30),
            )
            for at, (key, _, known) in enumerate(rows)
        )  # fmt: skip
        Decision.objects.bulk_create(
            Decision(
                moment_id=key, choice=choices[at % 5] if status == "closed" else "observe", consequential=False,
                reasons="they fit the acts", benign=benign, by=analyst, time=known + timedelta(hours=at % 50),
                state=DecisionState.IN_FORCE,
            )
            for at, (key, status, known) in enumerate(rows)
        )  # fmt: skip
        print(f"\r{start + len(rows):,} decisions", end="", flush=True)
    print()


def fill_log(entries: int) -> None:
    """A log of so many entries, hashed and signed as the desk does it, all of the last minutes."""
    from lapwing.desk import clock
    from lapwing.desk.accounts.models import Person
    from lapwing.desk.audit import checkpointing
    from lapwing.desk.audit.models import Entry
    from lapwing.desk.audit.recording import EVERY
    from lapwing.desk.audit.statement import Statement, words
    from lapwing.desk.audit.tree import siblings, subtree

    checkpointing.make()
    people = list(Person.objects.order_by("pk"))
    last = Entry.objects.last()
    assert last is not None
    held = dict(Entry.objects.values_list("number", "subtree"))
    step = (clock.now() - last.time) / (entries + 1)
    actions = ("subject.look",) * 80 + ("moment.assess",) * 8 + ("decision.make",) * 8 + ("guard.refuse",) * 2
    actions += ("moment.reopen", "decision.refuse")
    made: list[Entry] = []
    for number in range(last.number + 1, entries + 1):
        action = actions[number % len(actions)]
        said = words(
            f"reason {number % 977}" if action != "subject.look" else "",
            {"action": "moment.assess"}
            if action == "guard.refuse"
            else {"purpose": "prevent", "means": "reading"},
            number.to_bytes(16, "big"),
        )
        by, about = people[number % len(people)], f"moment:m-{number % 100_000:07x}"
        statement = Statement(
            number, last.time + step * (number - last.number), by.pseudonym, action, about, said
        )
        leaf = statement.leaf()
        held[number] = subtree(leaf, [bytes(held[one]) for one in siblings(number)])
        made.append(
            Entry(
                number=number, time=statement.time, by=by, action=action, about=about, words=said.decode(), leaf=leaf,
                subtree=held[number],
            )
        )  # fmt: skip
        if number % EVERY == 0:
            Entry.objects.bulk_create(made)
            made.clear()
            checkpointing.make()
            print(f"\r{number:,} entries", end="", flush=True)
    Entry.objects.bulk_create(made)
    print()


def verify(file: Path) -> None:
    """Export the log, and verify the file as somebody does who has nothing but the file."""
    from lapwing.desk.audit import checkpointing, exporting
    from lapwing.desk.audit.verification import verify_file

    began = time.perf_counter()
    with file.open("wb") as opened:
        opened.writelines(exporting.export(None, words=True, why="to be measured"))
    exported, worked = time.perf_counter(), time.process_time()
    verdict = verify_file(file, checkpointing.public_keys(), checkpointing.folder())
    assert verdict.whole
    print(
        f"{verdict.entries:,} entries ({file.stat().st_size / 1e6:.0f} MB): exported in {exported - began:.0f} s, "
        f"verified in {time.perf_counter() - exported:.0f} s ({time.process_time() - worked:.0f} s of the processor)"
    )


class Counted:
    """Counts the statements that go to the database."""

    queries = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Pass one on."""
        self.queries += 1
        return execute(sql, params, many, context)


def measure(times: int) -> None:
    """Ask for every page so many times, and print how long it took."""
    from django.db import connection
    from django.db.models import Exists, OuterRef
    from django.test import Client

    from lapwing.desk import clock
    from lapwing.desk.accounts.models import Person
    from lapwing.desk.audit.models import Entry
    from lapwing.desk.cases import working
    from lapwing.desk.cases.models import Case
    from lapwing.desk.mandates.models import Cover
    from lapwing.desk.moments.models import Moment
    from lapwing.desk.subjects.models import Subject

    analyst = Person.objects.get(username="analyst")
    clients = {name: Client(SERVER_NAME="localhost") for name in ("analyst", "overseer")}
    for name, client in clients.items():
        client.force_login(Person.objects.get(username=name))
    clients["analyst"].post("/moments/purpose/", {"purpose": "prevent"})
    uncovered = Subject.objects.exclude(covers__approved=True)
    some = Moment.objects.filter(
        ~Exists(Moment.members.through.objects.filter(moment=OuterRef("pk"), subject__in=uncovered)),
        waiting=True,
    ).first()
    assert some is not None
    if not Case.objects.exists():
        working.open_case(analyst, "a case of the bench", "to have one", some)
    case = Case.objects.first()
    assert case is not None
    one = Cover.objects.filter(approved=True).order_by("subject").first()
    assert one is not None
    queue = clients["analyst"].get("/moments/").content.decode()
    onward = queue.split('rel="next" href="')[1].split('"')[0]
    pages = [
        ("queue", "analyst", "/moments/"),
        ("queue, second page", "analyst", onward),
        ("queue, the part that changes", "analyst", "/moments/rows/"),
        ("what is watched, counted", "analyst", "/moments/watching/"),
        ("moments not shown, counted", "analyst", "/moments/hidden/"),
        ("queue of the overseer", "overseer", "/moments/"),
        ("decided, looked at later", "analyst", "/moments/later/"),
        ("closed", "analyst", "/moments/closed/"),
        ("moment", "analyst", f"/moments/m/{some.pk}/"),
        ("moment, with its arithmetic", "overseer", f"/moments/m/{some.pk}/"),
        ("what was known when", "analyst", f"/moments/m/{some.pk}/replay/"),
        ("cases", "analyst", "/cases/"),
        ("case", "analyst", f"/cases/{case.pk}/"),
        ("search, a rare word", "analyst", f"/cases/search/?q={some.line['ledger'][0]['context']}"),
        ("search, a word of every ledger", "analyst", "/cases/search/?q=link"),
        ("threat to life", "analyst", "/cases/threat/"),
        ("subjects", "analyst", "/subjects/"),
        ("subject", "analyst", f"/subjects/{one.subject_id}/"),
        ("mandates", "analyst", "/mandates/"),
        ("mandate", "analyst", f"/mandates/{one.mandate_id}/"),
        ("oversight", "overseer", "/oversight/"),
        ("oversight, 90 days", "overseer", "/oversight/?days=90"),
        ("audit log", "overseer", "/audit/"),
        ("audit log, one action", "overseer", "/audit/?action=guard.refuse"),
        ("audit log, one person until a day", "overseer", f"/audit/?by=analyst&until={clock.now():%Y-%m-%d}"),
        ("audit log, one moment", "overseer", f"/audit/?about=moment:{some.pk}"),
        ("entry", "overseer", f"/audit/{Entry.objects.count() // 3}/"),
    ]
    print(f"{'page':34} {'median':>9} {'95 %':>9} {'processor':>10} {'queries':>8} {'size':>8}")
    slow = 0
    for name, who, address in pages:
        client = clients[who]
        counted = Counted()
        with connection.execute_wrapper(counted):
            answer = client.get(address)
        assert answer.status_code == 200, (name, answer.status_code)
        taken: list[float] = []
        work: list[float] = []
        for _ in range(times):
            began, worked = time.perf_counter(), time.process_time()
            client.get(address)
            taken.append(1000 * (time.perf_counter() - began))
            work.append(1000 * (time.process_time() - worked))
        worst = statistics.quantiles(taken, n=20)[-1]
        slow += worst > LIMIT
        times_taken = f"{statistics.median(taken):6.0f} ms {worst:6.0f} ms {statistics.median(work):7.0f} ms"
        print(f"{name:34} {times_taken} {counted.queries:8} {len(answer.content) / 1000:5.0f} kB")
    print(f"{len(pages) - slow} of {len(pages)} pages answer within {LIMIT:.0f} ms in 95 of 100 cases")


if __name__ == "__main__":
    main()
