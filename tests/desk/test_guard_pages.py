"""Every page and every role: what `every_page.txt` says of an address and a person is what the desk answers.

A page that has no row fails, as does a row without a page. Written anew with UPDATE_GOLDEN=1; whoever reads the change
sees who comes further or less far than before.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from desk_stage import Stage
from django.core.cache import cache
from django.db import transaction
from django.http import SimpleCookie
from django.test import Client
from django.urls import reverse
from mandate_files import REASONS
from test_guard_addresses import ALL

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.audit.models import Entry
from lapwing.desk.operation import probes
from lapwing.desk.oversight import views
from lapwing.desk.oversight.verifying import Verifier

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

TABLE = Path(__file__).with_name("every_page.txt")
NOBODY = "nobody"
COLUMNS = (NOBODY, *ROLES)
METHODS = ("GET", "POST")
NOT_HERE = "405"
SIGN_IN = "in"
BY_HAND = ("/api/webhooks/", "/api/letters/")
"""Addresses of the interface that are pages; all others are asked with a token of the person."""

DECISION = {"choice": "benign", "reasons": REASONS, "benign": REASONS}
"""What a program sends where it decides: an empty body is sent back before anybody asks who sends it."""

Row = tuple[str, str]


def table() -> dict[Row, tuple[str, ...]]:
    """What the file says: for each name and method an outcome for nobody and for each role."""
    rows = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, method, *outcomes = line.split()
            assert len(outcomes) == len(COLUMNS), f"{name} {method}: an outcome for each of {COLUMNS}"
            assert (name, method) not in rows, f"{name} {method} stands there twice"
            rows[name, method] = tuple(outcomes)
    return rows


def write(found: dict[Row, list[str]]) -> None:
    """Write the file anew, below what it says of itself."""
    kept = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("#")]
    lines = [
        f"{name:<36} {method:<4} {' '.join(f'{one:>3}' for one in found[name, method])}"
        for name, method in sorted(found)
    ]
    TABLE.write_text("\n".join([*kept, *lines]) + "\n", "utf-8")


NAMES = sorted({address.name for address in ALL})


class Answer(NamedTuple):
    """What somebody got at an address."""

    outcome: str
    entries: int
    """How many entries of the audit log it made."""


Answers = Callable[[str], dict[Row, Answer]]
WALKED: dict[str, dict[Row, Answer]] = {}
"""What each role got: all addresses are asked for once, whatever is to be shown by it."""


@pytest.fixture
def answers(
    person_of: Callable[..., Person],
    client_of: Callable[[Person], Client],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Path,
) -> Answers:
    settings.HOME = tmp_path
    monkeypatch.setattr(views, "VERIFIER", Verifier(lambda act: None))
    monkeypatch.setattr(probes, "CHECKS", ())

    def of(role: str) -> dict[Row, Answer]:
        if role in WALKED:
            return WALKED[role]
        me = person_of(*([] if role == NOBODY else [role]), name="me")
        me.set_password("curlew-on-the-mudflat")
        me.save()
        stage = Stage(me)
        client = Client() if role == NOBODY else client_of(me)
        client.post("/moments/purpose/", {"purpose": "prevent"})
        cookies = client.cookies.output(header="", sep=";")
        found = {}
        for name in NAMES:
            path = path_of(name, stage)
            for method in METHODS:
                client.cookies = SimpleCookie(cookies)
                cache.clear()
                found[name, method] = _answer(client, method, path, name, stage if role != NOBODY else None)
        WALKED[role] = found
        return found

    return of


def path_of(name: str, stage: Stage) -> str:
    """The address of this name, with the things of the stage in its gaps."""
    path = next(address.path for address in ALL if address.name == name)
    fills = stage.fills(name)
    wanted = next(address.gaps for address in ALL if address.name == name)
    filled = bool(wanted) and set(wanted) <= set(fills)
    return reverse(name, kwargs={gap: fills[gap] for gap in wanted}) if filled else path


def _answer(client: Client, method: str, path: str, name: str, stage: Stage | None) -> Answer:
    """The status, `in` when it leads to the sign-in page, and nothing of what it did is kept."""
    headers: dict[str, str] = {}
    if stage is not None and path.startswith("/api/") and not path.startswith(BY_HAND):
        headers["Authorization"] = f"Bearer {stage.secret}"
        path += "?purpose=prevent"
    with transaction.atomic():
        before = Entry.objects.count()
        if method == "GET":
            response: Any = client.get(path, headers=headers)
        elif name in ("api:add_decision", "api:list_decisions"):
            response = client.post(path, DECISION, "application/json", headers=headers)
        else:
            response = client.post(path, headers=headers)
        entries = Entry.objects.count() - before
        transaction.set_rollback(True)
    if response.status_code == 302 and response.headers["Location"].startswith(reverse("account_login")):
        return Answer(SIGN_IN, entries)
    return Answer(str(response.status_code), entries)


# --- every look is in the log -----------------------------------------------------------------------------

NAMES_NOBODY = {
    "audit:export": "a form; what it sends is recorded",
    "cases:search": "a form until something is searched for",
    "cases:threat": "a form, for whom no threat is shown",
    "cases:threat_banner": "that a threat waits, and nothing of it",
    "enrol": "a form",
    "health": "that the process answers",
    "intake:look": "counts of what was set aside, and why",
    "mandates:add": "a form; of the mandate its number",
    "mandates:ask": "grounds, and a form",
    "mandates:end": "how many subjects a mandate has, and a form",
    "mandates:list": "grounds, ends and numbers of subjects; the reasons and subjects of one are recorded",
    "metrics": "counts",
    "moments:budget": "the false-alarm budget and what it has cost",
    "moments:hidden": "that nothing is hidden from an overseer",
    "moments:stream": "that something changed; the part of the page that is asked for then is recorded",
    "moments:watching": "counts",
    "oversight:stop": "whether the machine runs",
    "oversight:verification": "how far a verification is",
    "persons": "the team",
    "person": "the team",
    "api:description": "the interface, the same for everybody",
    "api:stream": "nothing yet; each statement that it tells is recorded",
    "api:webhooks": "addresses that programs of the team are told at",
    "ready": "that the desk can work",
}
"""Pages whose look is not recorded, and what they show. Those below /accounts/ are about whoever asks."""


@pytest.mark.parametrize("role", ROLES)
def test_every_look_at_what_somebody_wrote_or_who_is_watched_is_in_the_log(
    role: str, answers: Answers
) -> None:
    shown = {
        name: one.entries
        for (name, method), one in answers(role).items()
        if (method, one.outcome) == ("GET", "200")
    }
    unseen = {
        name for name, entries in shown.items() if not entries and not name.startswith(("account", "mfa_"))
    }
    assert unseen <= set(NAMES_NOBODY)
    assert len(shown) - len(unseen) > {"administrator": 0}.get(role, 20)


def test_every_page_has_a_row() -> None:
    named = {name for name, _method in table()}
    assert set(NAMES) - named == set(), "give each of these a row in every_page.txt"
    assert named - set(NAMES) == set(), "these rows of every_page.txt lead nowhere"


@pytest.mark.parametrize("role", COLUMNS)
def test_every_page_answers_as_the_table_says(role: str, answers: Answers) -> None:
    at = COLUMNS.index(role)
    found = {key: one.outcome for key, one in answers(role).items()}
    if os.environ.get("UPDATE_GOLDEN") == "1":
        rows = {key: list(said) for key, said in table().items()}
        for key, outcome in found.items():
            rows.setdefault(key, [NOT_HERE] * len(COLUMNS))[at] = outcome
        write({key: said for key, said in rows.items() if key in found and set(said) != {NOT_HERE}})
        return
    expected = {key: said[at] for key, said in table().items()}
    wrong = {
        f"{method} {name}": f"answers {outcome}, the table says {expected.get((name, method), NOT_HERE)}"
        for (name, method), outcome in found.items()
        if outcome != expected.get((name, method), NOT_HERE)
    }
    assert wrong == {}, f"as {role}"
