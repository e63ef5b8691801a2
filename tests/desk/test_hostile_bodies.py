"""Hostile bodies for programs and for keys: lone surrogates, null bytes, numbers without end, depth without end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from desk_hostile import MARKUP
from desk_stage import Stage
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from mandate_files import REASONS

from lapwing.desk.accounts.models import Person
from lapwing.desk.api.desk_api import api

pytestmark = pytest.mark.django_db

HOSTILE: tuple[Any, ...] = (
    MARKUP, "\ud800", "a\x00b", "\u202e" * 40, "x" * 100_000, 10**40, -(2**63) - 1, float("nan"), float("inf"), 1e308,
    None, True, [], {}, [[[[]]]], {"\ud800": "\x00"}, "2026-02-30T25:61", "9999-12-31T23:59:59.999999Z", "",
)  # fmt: skip
DEEP = (
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"choice":' + b"[" * 50_000,
    b"\xed\xa0\x80",
    b"\xff\xfe{}",
    b"\x00",
)


def operations() -> list[tuple[str, list[str]]]:
    """The addresses that take JSON, with the names of what is in it."""
    described = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/"), default=str))
    found = []
    for path, methods in described["paths"].items():
        body = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            named = body["schema"]["$ref"].rpartition("/")[2] if "$ref" in body["schema"] else ""
            schema = described["components"]["schemas"].get(named, body["schema"])
            found.append((path, sorted(schema.get("properties", {}))))
    return found


def test_programs_can_send_what_they_like(analyst: Person, client_of: Callable[[Person], Client]) -> None:
    stage = Stage(analyst)
    headers = {"Authorization": f"Bearer {stage.secret}"}
    asked = operations()
    assert asked
    for path, names in asked:
        address = path.replace("{moment_id}", "m-1") + "?purpose=prevent"
        good = {"choice": "observe", "reasons": REASONS, "benign": REASONS}
        bodies = [json.dumps(good | {name: value}).encode() for name in names for value in HOSTILE]
        bodies += [json.dumps(value).encode() for value in HOSTILE] + [*DEEP]
        for body in bodies:
            cache.clear()
            with transaction.atomic():
                answer = Client().post(address, body, "application/json", headers=headers)
                transaction.set_rollback(True)
            assert answer.status_code < 500, (address, body[:80], answer.content[:300])


def test_events_can_be_what_they_like(
    analyst: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, client_of: Callable[[Person], Client]
) -> None:
    from lapwing.desk.intake import cover, taking
    from lapwing.desk.intake.journal import Journal

    journal = Journal(tmp_path / "journal.sqlite3", now=lambda: 1_800_000_000)
    monkeypatch.setattr(taking, "journal", lambda: journal)
    monkeypatch.setattr(taking, "_cover", cover.Cover())
    headers = {"Authorization": f"Bearer {Stage(analyst).secret}"}
    good = {"id": "e-1", "time": "2026-01-01T00:00:00Z", "subject": "s-1", "kind": "share", "context": "link:1",
            "source": "platform"}  # fmt: skip
    bodies = [json.dumps(good | {name: value}).encode() for name in good for value in HOSTILE]
    bodies += [json.dumps(value).encode() for value in HOSTILE] + [*DEEP]
    for body in bodies:
        cache.clear()
        answer = Client().post("/api/events", body, "application/x-ndjson", headers=headers)
        assert answer.status_code < 500, (body[:80], answer.content[:300])
    journal.close()


@pytest.mark.parametrize(
    "said",
    ["[" * 20_000, "{}", "[]", "1", "null", '"a"', '{"id": "a"}', '{"id": "a", "rawId": 1, "response": []}',
     '{"type": "public-key", "id": "YQ", "rawId": "YQ", "response": {"userHandle": "YQ", "clientDataJSON": "YQ",'
     ' "authenticatorData": "YQ", "signature": "YQ", "attestationObject": "YQ"}}', '{"\\ud800": "\\u0000"}'],
)  # fmt: skip
def test_what_no_key_says_is_a_wrong_key(
    said: str, client: Client, as_administrator: Client, administrator: Person
) -> None:
    for _twice in range(2):
        client.get("/accounts/factors/webauthn/login/", headers={"Accept": "application/json"})
        as_administrator.get("/accounts/factors/webauthn/add/")
        login = client.post("/accounts/factors/webauthn/login/", {"credential": said})
        assert login.status_code in (200, 302), login.content
        add = as_administrator.post("/accounts/factors/webauthn/add/", {"credential": said, "name": "a key"})
        assert add.status_code in (200, 302), add.content


def test_what_a_browser_says_of_itself_is_shown_as_text(administrator: Person, client: Client) -> None:
    administrator.set_password("curlew-on-the-mudflat")
    administrator.save()
    agent = MARKUP.encode("ascii", "ignore").decode() * 30
    headers = {
        "User-Agent": agent,
        "Accept-Language": "fr\x7f,*;q=nan," + "x" * 9_000,
        "X-Request-ID": agent[:50],
    }
    client.post(
        "/accounts/login/", {"login": "administrator", "password": "curlew-on-the-mudflat"}, headers=headers
    )
    answer = client.get("/accounts/", headers=headers, follow=True)
    assert answer.status_code == 200
    assert "<b id=lw-in" not in answer.content.decode()
