"""Machines can ask whether the desk works and what it measures, and learn nothing about anybody."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.urls import reverse

from lapwing.desk.accounts.models import Person
from lapwing.desk.audit import checkpointing
from lapwing.desk.operation import logs, probes
from lapwing.desk.subjects.models import Subject

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

HANDLE, PSEUDONYM, QUERY = "@somebody.else", "s-4k7q2m", "who+knows+whom"


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


# --- health and readiness --------------------------------------------------------------------------------


def test_health_says_that_the_process_answers_and_needs_no_database(client: Client) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert client.post("/health").status_code == 405


def test_ready_names_what_does_not_work(db: None, client: Client, home: Path) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "not_ready": ["audit-key"]})
    checkpointing.prepare()
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "not_ready": []})


def test_a_database_that_is_away_is_named(
    db: None, client: Client, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("connection to server at db.internal failed")

    checkpointing.prepare()
    monkeypatch.setattr(probes.schema, "read", away)
    assert client.get("/ready").json()["not_ready"] == ["database"]


def test_probes_are_not_sent_to_another_address_by_a_desk_behind_https(
    db: None, client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health").status_code == 200
    assert client.get("/").status_code == 301


# --- measures --------------------------------------------------------------------------------------------


def test_measures_count_and_name_nobody(
    db: None, client: Client, analyst: Person, as_analyst: Client
) -> None:
    Subject.objects.create(pseudonym=PSEUDONYM)
    as_analyst.get(f"/subjects/{PSEUDONYM}/?q={QUERY}")
    told = client.get("/metrics").content.decode()
    assert "lapwing_machine_stopped 0.0" in told
    assert "lapwing_audit_entries_total" in told
    assert (
        'lapwing_request_seconds_count{status="2xx",view="metrics"}'
        in client.get("/metrics").content.decode()
    )
    for name in (PSEUDONYM, QUERY, analyst.username, analyst.pseudonym):
        assert name not in told


def test_measures_are_given_to_programs_on_this_machine_only(db: None, client: Client) -> None:
    for address, status in (("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 403), ("", 403), ("unix", 403)):
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


# --- logs ------------------------------------------------------------------------------------------------


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged while the test runs, as the desk would write it."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_logged_by_the_name_of_its_address(as_analyst: Client, written: io.StringIO) -> None:
    answer = as_analyst.get(reverse("home"))
    told = lines(written)[-1]
    assert {name: told[name] for name in ("level", "event", "method", "view", "status")} == {
        "level": "info", "event": "request", "method": "GET", "view": "home", "status": 302,
    }  # fmt: skip
    assert told["request"] == answer["X-Request-ID"]
    assert isinstance(told["ms"], int)


def test_no_handle_no_pseudonym_and_no_query_gets_into_a_log(
    as_analyst: Client, analyst: Person, written: io.StringIO
) -> None:
    Subject.objects.create(pseudonym=PSEUDONYM)
    as_analyst.get(f"/subjects/{PSEUDONYM}/?q={QUERY}")
    as_analyst.get(f"/nowhere/{PSEUDONYM}?q={QUERY}")
    as_analyst.post("/moments/search/", {"q": HANDLE})
    log = logging.getLogger("lapwing.desk.seals")
    log.warning("the seal of %s does not open", HANDLE)
    log.warning(
        "a field", extra={"handle": HANDLE, "view": f"x {HANDLE}", "status": HANDLE, "subject": PSEUDONYM}
    )
    logging.getLogger("django.request").error(f"Internal Server Error: /subjects/{PSEUDONYM}/")
    logging.getLogger("elsewhere").error({"query": QUERY})
    try:
        raise IntegrityError(f"Key (handle)=({HANDLE}) already exists.")
    except IntegrityError:
        log.exception("the seal of %(handle)s was not kept", {"handle": HANDLE})
    text = written.getvalue()
    assert len(lines(written)) >= 7
    for secret in (HANDLE, PSEUDONYM, QUERY, analyst.username, analyst.pseudonym):
        assert secret not in text, text


def test_an_error_is_logged_by_its_kind_and_place(written: io.StringIO) -> None:
    try:
        raise ValueError(HANDLE)
    except ValueError:
        logging.getLogger("lapwing.desk").exception("it did not work after %d tries", 3)
    told = lines(written)[-1]
    assert told["event"] == "it did not work after 3 tries"
    assert told["error"] == "ValueError"
    assert "test_operation_probes.py:" in told["at"][-1]


def test_an_error_that_nobody_caught_is_not_quoted_either(written: io.StringIO) -> None:
    error = ValueError(HANDLE)
    sys.excepthook(ValueError, error, None)
    assert lines(written)[-1]["error"] == "ValueError"
    assert HANDLE not in written.getvalue()


def test_what_the_desk_logs_is_written_as_template_and_arguments() -> None:
    # An f-string has its values in it already, and they could not be taken out again.
    import ast

    import lapwing.desk

    levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    folder = Path(str(lapwing.desk.__file__)).parent
    wrong = []
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in levels
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "logger"}
            ):
                words = node.args[1] if node.func.attr == "log" else node.args[0]
                if not isinstance(words, ast.Constant):
                    wrong.append(f"{file}:{node.lineno}")
    assert not wrong
