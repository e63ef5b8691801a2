"""An older desk is brought up to date as it is in use: what was kept of each moment comes through, on both databases.

The old data are made as they were when the queue kept sentences and no outcome, and then the desk is started.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_databases import own_databases
from moment_sample import stated

import lapwing.desk

DESK = Path(lapwing.desk.__file__).parent
URL = os.environ.get("DATABASE_URL", "")
TRIGGERS = Path(__file__).with_name("golden") / "triggers.txt"

OLD = """
import json, sys
from pathlib import Path
from lapwing.desk.project.start import start
start(Path(sys.argv[1]))
from datetime import timedelta
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from lapwing.desk import clock
call_command("migrate", "moments", "0003", verbosity=0)
for app in ("audit", "api", "cases", "intake", "live", "mandates", "oversight", "retention", "seals", "mfa",
            "sessions", "socialaccount", "account"):
    call_command("migrate", app, verbosity=0)
loader = MigrationExecutor(connection).loader
apps = loader.project_state(list(loader.applied_migrations)).apps
assert "outcome" not in {field.name for field in apps.get_model("moments", "Moment")._meta.get_fields()}
Moment, Decision = apps.get_model("moments", "Moment"), apps.get_model("moments", "Decision")
Person = apps.get_model("accounts", "Person")
one, two = (Person.objects.create(username=name, roles=["analyst"], password="!") for name in ("one", "two"))
now = clock.now()
kept = {"title": "a sentence", "chance": "once", "kinds": "shares", "circles": "", "onset_between": [1, 2],
        "spark": {"width": 180.0, "dot": 2.6}}
for key, status, decisions, line, exhibit in json.load(sys.stdin):
    moment = Moment.objects.create(
        pk=key, type=line["type"], onset=now, raised=now, net=9.0, threshold=5.0, once_in_days=100.0, life="open",
        status=status, waiting=status in ("new", "assessed", "proposed"), summary=kept, line=line, exhibit=exhibit,
        closed=now if status == "closed" else None,
    )
    for at, (choice, state) in enumerate(decisions):
        Decision.objects.create(
            moment=moment, choice=choice, consequential=choice == "refer", reasons="r", benign="b", by=one,
            time=now + timedelta(minutes=at), state=state,
            **({"second": two, "second_reasons": "s"} if choice == "refer" and state != "proposed" else {}),
        )
"""

START = """
import json, sys
from pathlib import Path
from lapwing.desk.project.start import start
start(Path(sys.argv[1]))
from django.db import connection
from importlib import import_module
from lapwing.desk.audit.models import Entry
from lapwing.desk.moments.models import Moment
from lapwing.desk.moments.unalterable import absent
from lapwing.desk.operation import opening, schema
before = schema.read().standing.value
opening.for_serving()
tables = import_module("lapwing.desk.moments.migrations.0002_unalterable").TABLES
with connection.cursor() as cursor:
    indexes = [name for name, one in connection.introspection.get_constraints(cursor, "moments_moment").items()
               if one["index"]]
print(json.dumps({
    "before": before, "after": schema.read().standing.value, "absent": sorted(absent(connection, tables)),
    "indexes": sorted(indexes),
    "said": [list(row) for row in Entry.objects.filter(action__startswith="desk.").values_list("action", "about")],
    "moments": {one.pk: [one.summary, one.outcome, one.title, one.kinds, one.circles] for one in Moment.objects.all()},
}))
"""

COURSES: dict[str, tuple[str, list[tuple[str, str]], str | None]] = {
    "new": ("new", [], None),
    "assessed": ("assessed", [], None),
    "decided": ("decided", [("observe", "in_force"), ("preserve", "in_force")], "preserve"),
    "decided by two": ("decided", [("observe", "in_force"), ("refer", "in_force")], "refer"),
    "proposed for the first time": ("proposed", [("refer", "proposed")], None),
    "proposed after a decision": ("proposed", [("observe", "in_force"), ("refer", "proposed")], "observe"),
    "refused after a decision": ("assessed", [("observe", "in_force"), ("refer", "refused")], "observe"),
    "closed": ("closed", [("observe", "in_force"), ("benign", "in_force")], "benign"),
    "closed as false": ("closed", [("false", "in_force")], "false"),
    "reopened": ("assessed", [("benign", "in_force")], None),
    "reopened and decided": ("decided", [("outside", "in_force"), ("observe", "in_force")], "observe"),
    "merged": ("merged", [("observe", "in_force")], "observe"),
}
"""By what happened to a moment: where it stood, its decisions, and the outcome that stands beside it afterwards."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database for the old desk: a file, or beside the PostgreSQL database given."""
    with own_databases("lapwing_older") as (older,):
        yield older


@pytest.fixture(scope="module")
def upgraded(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the desk says of itself after it was started on the data of an older one."""
    home = tmp_path_factory.mktemp("older") / "home"
    old: list[tuple[str, str, list[tuple[str, str]], dict[str, Any], dict[str, Any] | None]] = []
    for at, (status, decisions, _) in enumerate(COURSES.values()):
        old.append((f"m-{at}", status, decisions, *stated(f"m-{at}")))
    bare, _exhibit = stated("bare", stage="campaign / seeding")
    old.append(("bare", "new", [], bare, None))
    shift, shown = stated("shift", subjects=("s-1",), acts=9)
    for act, kind in zip(
        shift["ledger"], ("share", "tag", "share", "join", "give", "meet", "ask"), strict=False
    ):
        act["kind"] = kind
    shown["change"] = {"usual_daily": 1.0, "daily": 0.0, "factor": 0.0, "mix": []}
    shown["circles"] = {"s-1": None}
    old.append(("shift", "new", [], {**shift, "type": "shift"}, shown))
    # So many that they do not come in one batch.
    old += [(f"n-{at:03d}", "new", [], *stated(f"n-{at:03d}")) for at in range(150)]
    run(OLD, home, url, json.dumps(old))
    found: dict[str, Any] = json.loads(run(START, home, url, "").splitlines()[-1])
    return found


def run(script: str, home: Path, url: str, given: str) -> str:
    environment = {**os.environ, "DATABASE_URL": url, "LAPWING_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)],
        input=given, env=environment, text=True, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_starting_the_desk_upgrades_it_and_says_so(upgraded: dict[str, Any]) -> None:
    assert (upgraded["before"], upgraded["after"]) == ("older", "current")
    assert upgraded["said"] == [["desk.upgrade", "desk"], ["desk.open", "desk"]]


def test_every_moment_keeps_its_facts_in_place_of_its_sentences(upgraded: dict[str, Any]) -> None:
    moments = upgraded["moments"]
    assert len(moments) == len(COURSES) + 2 + 150
    for summary, *_ in moments.values():
        assert set(summary) == {"gist", "onset_between", "spark"}
        assert summary["onset_between"] == [1, 2]
        assert summary["spark"] == {"width": 180.0, "dot": 2.6}
    common = {
        "type": "meeting", "subjects": 3, "pace": "", "mix": False, "acts": 6, "kinds": [["share", 3], ["tag", 3]],
        "kinds_left_out": 0, "without_circle": 0, "once_in_days": 2048.0,
    }  # fmt: skip
    whole = {**common, "strangers": True, "stage": "", "circles": 2}
    assert moments["m-0"][0]["gist"] == moments["n-149"][0]["gist"] == whole
    bare = {**common, "strangers": False, "stage": "campaign / seeding", "circles": None}
    assert moments["bare"][0]["gist"] == bare
    shift = moments["shift"][0]["gist"]
    assert (shift["pace"], shift["strangers"], shift["circles"], shift["without_circle"]) == (
        "silent",
        False,
        0,
        1,
    )
    assert (len(shift["kinds"]), shift["kinds_left_out"]) == (4, 2)
    assert moments["m-0"][2:] == [
        "Meeting of three subjects, no ties known before",
        "six acts over two kinds: share 3 and tag 3",
        "from two circles",
    ]


@pytest.mark.parametrize("course", COURSES)
def test_the_decision_in_force_stands_beside_its_moment(course: str, upgraded: dict[str, Any]) -> None:
    at = list(COURSES).index(course)
    assert upgraded["moments"][f"m-{at}"][1] == COURSES[course][2]


def test_what_was_recorded_is_still_unalterable_and_outcomes_have_their_index(
    upgraded: dict[str, Any],
) -> None:
    assert upgraded["absent"] == []
    assert "moments_outcomes" in upgraded["indexes"]
    assert "moments_known" not in upgraded["indexes"]


# --- what migrations stand on -----------------------------------------------------------------------------

SETTLED = {
    "lapwing.desk.clock": "gives the time when a row is made; no table depends on how",
    "lapwing.desk.accounts.person": "makes a pseudonym when a row is made",
    "lapwing.desk.api.webhook": "makes a secret when a row is made",
    "lapwing.desk.moments.json_text": "a sort of field, which is a text to the database",
    "lapwing.desk.audit": "its triggers, held by the file of triggers below",
    "lapwing.desk.moments.unalterable": "its triggers, held by the file of triggers below",
    "lapwing.desk.cases.index": "its index and triggers, held by the file of triggers below",
}
"""What migrations may import of the program, and why it does the same whenever they run."""


def test_no_migration_imports_what_changes_with_the_program() -> None:
    found: dict[str, set[str]] = {}
    for file in DESK.glob("*/migrations/0*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name.startswith("lapwing"):
                    found.setdefault(name, set()).add(file.parent.parent.name + "/" + file.name)
    assert {name: files for name, files in found.items() if name not in SETTLED} == {}
    assert set(SETTLED) - set(found) == set()


@pytest.mark.skipif(bool(URL), reason="the file is written from SQLite")
@pytest.mark.django_db
def test_the_triggers_that_migrations_make_are_those_that_were_made() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' OR name = 'cases_words' ORDER BY name"
        )
        said = "\n".join(" ".join(sql.split()) for (sql,) in cursor.fetchall()) + "\n"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        TRIGGERS.write_text(said, "utf-8")
    assert said == TRIGGERS.read_text("utf-8"), (
        "desks in use have the triggers as they were: write a migration"
    )
