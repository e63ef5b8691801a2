"""Events over the interface: a token for it, an answer when they are on disk, and each line told what became of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from mandate_files import REASONS, in_force

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person, Token
from lapwing.desk.intake import cover, set_aside, taking
from lapwing.desk.intake.journal import Journal, JournalError, entries
from lapwing.desk.intake.models import SetAside
from lapwing.desk.mandates import steps

pytestmark = pytest.mark.django_db

NDJSON = "application/x-ndjson"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A journal of this test's own."""
    file = tmp_path / "journal.sqlite3"
    journal = Journal(file, now=lambda: clock.now().timestamp())
    monkeypatch.setattr(taking, "journal", lambda: journal)
    monkeypatch.setattr(taking, "_cover", cover.Cover())
    yield file
    journal.close()


@pytest.fixture
def secret(analyst: Person) -> str:
    return Token.objects.make(analyst, "sender", ["events.write"], 30)[1]


def lines(*rows: dict[str, object]) -> bytes:
    usual = {
        "time": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "subject": None,
        "kind": "share",
        "context": "link:a",
    }
    return b"".join(json.dumps(usual | row).encode() + b"\n" for row in rows)


def post(client: Client, secret: str, body: bytes, **headers: str) -> Any:
    content_type = headers.pop("content_type", NDJSON)
    return client.post(
        "/api/events",
        body,
        content_type=content_type,
        headers={"Authorization": f"Bearer {secret}", **headers},
    )


def stored(file: Path) -> list[dict[str, Any]]:
    return [
        row for entry in entries(file, 0, 10**9) if entry.sort == "rows" for row in entry.rows().to_pylist()
    ]


def test_events_are_taken_and_known_again(client: Client, secret: str, file: Path) -> None:
    body = lines({"id": "a"}, {"id": "b"})
    assert post(client, secret, body).json() == {
        "accepted": 2,
        "repeated": 0,
        "background": 2,
        "set_aside": 0,
        "faults": [],
    }
    again = post(client, secret, gzip.compress(body), **{"Content-Encoding": "gzip"}).json()
    assert (again["accepted"], again["repeated"]) == (0, 2)
    assert [row["id"] for row in stored(file)] == ["a", "b"]


def test_lines_without_id_under_one_key_are_taken_once(client: Client, secret: str, file: Path) -> None:
    body = lines({}, {})
    for accepted in (2, 0):
        answer = post(client, secret, body, **{"Idempotency-Key": "post-7"}).json()
        assert answer["accepted"] == accepted
    assert post(client, secret, body).json()["accepted"] == 2
    assert len(stored(file)) == 4


def test_a_bad_line_is_told_and_the_others_are_taken(client: Client, secret: str, file: Path) -> None:
    answer = post(
        client, secret, lines({"id": "a"}) + b"{\n" + lines({"id": "c", "kind": "stroll"}, {"id": "d"})
    ).json()
    assert (answer["accepted"], answer["set_aside"]) == (2, 2)
    assert answer["faults"] == [
        {"line": 2, "reason": "not one JSON object on the line", "column": None, "value": "{"},
        {
            "line": 3,
            "reason": "unknown kind (a vocabulary file can add it)",
            "column": "kind",
            "value": "stroll",
        },
    ]
    assert [row["id"] for row in stored(file)] == ["a", "d"]


def test_what_is_set_aside_is_kept_without_naming_anybody(client: Client, secret: str, file: Path) -> None:
    post(
        client,
        secret,
        lines({"subject": "lark\u0007"}, {"kind": "stroll"}, {"time": "x\x00y"}) + b'{"subject":"lark-9"\n',
    )
    kept = SetAside.objects.order_by("line")
    assert [(one.line, one.column, one.value) for one in kept] == [
        (1, "subject", ""),
        (2, "kind", "stroll"),
        (3, "time", "x\N{SYMBOL FOR NULL}y"),
        (4, "", ""),
    ]
    assert {one.token.name for one in kept if one.token} == {"sender"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"religion": "x"}, "column 'religion' is refused"),
        ({"kind": "prayer"}, "kind 'prayer' is refused"),
        ({"source": "wiretap"}, "source 'wiretap' is refused"),
    ],
)
def test_what_must_not_be_watched_is_refused_whole_with_the_reason(
    client: Client, secret: str, file: Path, row: dict[str, object], told: str
) -> None:
    answer = post(client, secret, lines({"id": "a"}, row))
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:lapwing:problem:events"
    assert told in problem["detail"]
    assert stored(file) == []


def test_only_who_is_covered_by_a_mandate_keeps_their_name(
    client: Client, secret: str, file: Path, analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, ["lark-1"])
    answer = post(
        client, secret, lines({"subject": "lark-1", "id": "a"}, {"subject": "bystander", "id": "b"})
    ).json()
    assert (answer["accepted"], answer["background"]) == (2, 1)
    assert [row["subject"] for row in stored(file)] == ["lark-1", None]


def test_a_name_is_kept_only_from_sources_that_the_mandate_of_that_subject_allows(
    client: Client, secret: str, file: Path, analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, ["lark-1"], sources=("platform",))
    in_force(analyst, approver, ["lark-2"], sources=("payment", "border"))
    sources = ("platform", "payment", "border", "never heard of", None)
    rows = [
        {"subject": subject, "id": f"{subject} {source}", **({"source": source} if source else {})}
        for subject in ("lark-1", "lark-2")
        for source in sources
    ]
    answer = post(client, secret, lines(*rows)).json()
    assert (answer["accepted"], answer["background"]) == (10, 7)
    assert [(row["subject"], row["source"]) for row in stored(file) if row["subject"]] == [
        ("lark-1", "platform"),
        ("lark-2", "payment"),
        ("lark-2", "border"),
    ]


def test_when_the_mandate_has_ended_what_comes_in_is_background(
    client: Client,
    secret: str,
    file: Path,
    analyst: Person,
    approver: Person,
    later: Callable[[timedelta], None],
) -> None:
    mandate = in_force(analyst, approver, ["lark-1"], days=7)
    post(client, secret, lines({"subject": "lark-1", "id": "a"}))
    assert mandate.ends is not None
    later(mandate.ends - clock.now() + timedelta(seconds=1))
    post(client, secret, lines({"subject": "lark-1", "id": "b"}))
    assert [row["subject"] for row in stored(file)] == ["lark-1", None]


def test_a_mandate_that_was_cancelled_reaches_what_comes_in_within_a_minute(
    client: Client,
    secret: str,
    file: Path,
    analyst: Person,
    approver: Person,
    later: Callable[[timedelta], None],
) -> None:
    mandate = in_force(analyst, approver, ["lark-1"])
    post(client, secret, lines({"subject": "lark-1", "id": "a"}))
    steps.cancel(approver, mandate, reasons=REASONS)
    later(timedelta(seconds=20))
    post(client, secret, lines({"subject": "lark-1", "id": "b"}))
    assert [row["subject"] for row in stored(file)] == ["lark-1", None]


def test_without_a_token_for_it_nothing_is_taken(
    client: Client, analyst: Person, file: Path, later: Callable[[timedelta], None]
) -> None:
    other = Token.objects.make(analyst, "reader", ["moments.read"], 30)[1]
    ended = Token.objects.make(analyst, "ended", ["events.write"], 1)[1]
    for secret, told in (
        ("", "This takes a token"),
        ("lapwing_nonsense", "not known here"),
        (other, "would need the scope events.write"),
    ):
        answer = post(client, secret, lines({}))
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert told in answer.json()["detail"]
    later(timedelta(days=2))
    assert post(client, ended, lines({})).status_code == 401
    assert stored(file) == []


def test_a_token_does_no_more_than_its_person_may(client: Client, overseer: Person, file: Path) -> None:
    secret = Token.objects.make(overseer, "sender", ["events.write"], 30)[1]
    answer = post(client, secret, lines({}))
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:lapwing:problem:refused"
    assert stored(file) == []


def test_a_signed_in_person_without_a_token_hands_in_nothing(as_analyst: Client, file: Path) -> None:
    assert as_analyst.post("/api/events", lines({}), content_type=NDJSON).status_code == 401


def test_other_media_types_and_encodings_are_refused(client: Client, secret: str, file: Path) -> None:
    assert post(client, secret, lines({}), content_type="text/csv").status_code == 415
    assert post(client, secret, lines({}), **{"Content-Encoding": "br"}).status_code == 415
    assert post(client, secret, b"no gzip", **{"Content-Encoding": "gzip"}).status_code == 422


def test_too_many_rows_are_to_be_cut(
    client: Client, secret: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lapwing.desk.intake.posted.MOST", 3)
    answer = post(client, secret, lines({}) * 4)
    assert answer.status_code == 413
    assert "Cut it at line ends" in answer.json()["detail"]


def test_what_cannot_be_kept_is_not_acknowledged(
    client: Client, secret: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise JournalError("The disk is full.")

    monkeypatch.setattr(taking.journal(), "add", full)
    answer = post(client, secret, lines({}))
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The disk is full."


def test_what_was_set_aside_is_shown_to_whoever_looks_after_the_senders(
    client: Client,
    secret: str,
    file: Path,
    client_of: Callable[[Person], Client],
    administrator: Person,
    approver: Person,
    later: Callable[[timedelta], None],
) -> None:
    post(client, secret, lines({"kind": "<b>stroll</b>"}, {"subject": "lark\u0007"}))
    page = client_of(administrator).get("/intake/").content.decode()
    assert "unknown kind (a vocabulary file can add it)" in page
    assert "&lt;b&gt;stroll&lt;/b&gt;" in page
    assert "lark" not in page
    assert client_of(approver).get("/intake/").status_code == 403
    later(set_aside.KEPT + timedelta(seconds=1))
    set_aside.forget()
    assert not SetAside.objects.exists()
