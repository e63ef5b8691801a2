"""Moments over the interface: what mandate, purpose and person allow; decisions with reasons; each recipient known."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from mandate_files import REASONS, in_force

from lapwing.desk import moments
from lapwing.desk.accounts.enrolment import end_token
from lapwing.desk.accounts.models import Person, Token
from lapwing.desk.api.stream import statements
from lapwing.desk.audit.entry import Entry
from lapwing.desk.mandates import steps
from lapwing.desk.moments.models import Decision, Disclosure, Moment, Statement
from lapwing.desk.moments.vocabulary import vocabulary

pytestmark = pytest.mark.django_db

SCOPES = ["moments.read", "decisions.write", "audit.read"]


def statement(id_: str, *subjects: str, net: float = 8.0) -> dict[str, Any]:
    return {
        "id": id_,
        "type": "meeting",
        "subjects": list(subjects),
        "onset": "2026-02-01T10:00:00Z",
        "raised": "2026-02-02T10:00:00Z",
        "bits": {"when": 0.0, "what": 0.0, "whom": net + 20, "naming": 20.0, "net": net},
        "once_in_days": 2.0**net,
        "stage": None,
        "status": "open",
        "ledger": [
            {
                "time": "2026-02-01T10:00:00Z",
                "subject": subjects[0],
                "kind": "share",
                "context": "link:a",
                "with": list(subjects[1:]),
                "bits": net + 20,
            }
        ],
    }


@pytest.fixture
def watched(analyst: Person, approver: Person) -> None:
    in_force(analyst, approver, ["lark-1", "lark-2"])


def ask(client: Client, person: Person, path: str, **query: str) -> Any:
    secret = Token.objects.make(person, f"reader {next(_numbers)}", SCOPES, 30)[1]
    return client.get(f"/api{path}", query, headers={"Authorization": f"Bearer {secret}"})


_numbers = itertools.count()


def decide(
    client: Client, person: Person, id_: str, *, key: str = "", secret: str = "", **changes: object
) -> Any:
    secret = secret or Token.objects.make(person, "decider", SCOPES, 30)[1]
    body = {
        "choice": "innocent",
        "reasons": "They share a hobby, as the acts show.",
        "benign": "A shared hobby.",
    } | changes
    return client.post(
        f"/api/moments/{id_}/decisions?purpose=prevent",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {}),
    )


def closing_choice() -> str:
    return next(
        c.name for c in vocabulary().choices.values() if c.closes and not c.second and "analyst" in c.roles
    )


def test_a_moment_reads_as_it_was_stated(client: Client, analyst: Person, watched: None) -> None:
    line = statement("m-1", "lark-1", "lark-2")
    moments.take(line, None)
    told = ask(client, analyst, "/moments/m-1", purpose="prevent").json()
    assert told["moment"] == line
    assert (told["id"], told["status"]) == ("m-1", "new")


def test_moments_are_listed_by_key_some_at_a_time(client: Client, analyst: Person, watched: None) -> None:
    for at in range(5):
        moments.take(statement(f"m-{at}", "lark-1"), None)
    first = ask(client, analyst, "/moments", purpose="prevent", limit="3").json()
    assert [one["id"] for one in first["moments"]] == ["m-0", "m-1", "m-2"]
    rest = ask(client, analyst, "/moments", purpose="prevent", after=first["next"]).json()
    assert [one["id"] for one in rest["moments"]] == ["m-3", "m-4"]
    assert rest["next"] is None


def test_what_was_stated_since_a_time_is_listed_alone(
    client: Client, analyst: Person, watched: None, later: Callable[[timedelta], None]
) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    later(timedelta(hours=1))
    newer = moments.take(statement("m-2", "lark-1"), None)
    told = ask(client, analyst, "/moments", purpose="prevent", since=newer.stated.isoformat()).json()
    assert [one["id"] for one in told["moments"]] == ["m-2"]
    assert ask(client, analyst, "/moments", purpose="prevent", since="2026-01-01T00:00:00").status_code == 422


def test_who_no_mandate_covers_is_not_read_of(client: Client, analyst: Person, watched: None) -> None:
    moments.take(statement("m-1", "lark-1", "bystander"), None)
    answer = ask(client, analyst, "/moments/m-1", purpose="prevent")
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert "No mandate in force covers all subjects" in answer.json()["detail"]
    assert ask(client, analyst, "/moments", purpose="prevent").json()["moments"] == []


def test_an_end_of_the_mandate_is_an_end_of_reading(
    client: Client, analyst: Person, approver: Person, later: Callable[[timedelta], None]
) -> None:
    mandate = in_force(analyst, approver, ["lark-1"])
    moments.take(statement("m-1", "lark-1"), None)
    assert ask(client, analyst, "/moments/m-1", purpose="prevent").status_code == 200
    steps.cancel(approver, mandate, reasons=REASONS)
    assert ask(client, analyst, "/moments/m-1", purpose="prevent").status_code == 403


def test_without_a_purpose_or_with_another_one_nothing_is_read(
    client: Client, analyst: Person, watched: None
) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    assert ask(client, analyst, "/moments/m-1").status_code == 422
    unknown = ask(client, analyst, "/moments/m-1", purpose="curiosity")
    assert unknown.status_code == 422
    assert unknown.json()["type"] == "urn:lapwing:problem:purpose"
    assert ask(client, analyst, "/moments/m-1", purpose="moderate").status_code == 403


def test_an_administrator_reads_no_moment(client: Client, administrator: Person, watched: None) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    for path in ("/moments", "/moments/m-1", "/moments/m-none", "/moments/stream"):
        assert ask(client, administrator, path, purpose="prevent").status_code == 403, path


def test_what_there_is_not_is_a_problem_as_well(client: Client, analyst: Person, db: None) -> None:
    answer = ask(client, analyst, "/moments/m-none", purpose="prevent")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:lapwing:problem:not-found"


def test_whoever_receives_a_moment_is_noted_once(client: Client, analyst: Person, watched: None) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    secret = Token.objects.make(analyst, "case system", SCOPES, 30)[1]
    for _ in range(3):
        client.get("/api/moments/m-1?purpose=prevent", headers={"Authorization": f"Bearer {secret}"})
    assert Disclosure.objects.get().recipient == f"{analyst.pseudonym}, case system"
    assert Entry.objects.filter(action="subject.look", about="moment:m-1").count() == 3


def test_a_decision_over_the_interface_is_its_persons(client: Client, analyst: Person, watched: None) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    answer = decide(client, analyst, "m-1", choice=closing_choice())
    assert answer.status_code == 201, answer.json()
    assert answer.json()["by"] == analyst.pseudonym
    assert Decision.objects.get().by == analyst
    assert Moment.objects.get().status == "closed"
    told = ask(client, analyst, "/moments/m-1/decisions", purpose="prevent").json()
    assert [one["id"] for one in told] == [answer.json()["id"]]


def test_a_decision_sent_again_under_its_key_is_recorded_once(
    client: Client, analyst: Person, watched: None
) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    secret = Token.objects.make(analyst, "decider", SCOPES, 30)[1]
    first = decide(client, analyst, "m-1", secret=secret, key="k", choice=closing_choice())
    again = decide(client, analyst, "m-1", secret=secret, key="k", choice=closing_choice())
    assert first.json() == again.json()
    assert Decision.objects.count() == 1
    other = decide(client, analyst, "m-1", secret=secret, key="k", choice=closing_choice(), reasons="Others.")
    assert other.status_code == 409
    assert other.json()["type"] == "urn:lapwing:problem:key"


@pytest.mark.parametrize("missing", ["reasons", "benign"])
def test_no_decision_without_reasons_and_an_innocent_explanation(
    client: Client, analyst: Person, watched: None, missing: str
) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    for nothing in ("", "   ", None, "a\x00b"):
        answer = decide(client, analyst, "m-1", choice=closing_choice(), **{missing: nothing})
        assert answer.status_code == 422, (nothing, answer.json())
    assert not Decision.objects.exists()


def test_a_removal_is_proposed_and_waits_for_a_person(client: Client, analyst: Person, watched: None) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    told = decide(client, analyst, "m-1", choice="remove")
    assert told.status_code == 409
    assert "Assess the moment first" in told.json()["detail"]


def test_the_overseer_decides_nothing(client: Client, overseer: Person, watched: None) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    assert decide(client, overseer, "m-1", choice=closing_choice()).status_code == 403


def test_the_log_is_exported_by_who_may(client: Client, overseer: Person, analyst: Person) -> None:
    answer = ask(client, overseer, "/audit")
    assert answer.status_code == 200
    header = json.loads(b"".join(answer.streaming_content).splitlines()[0])
    assert header["format"] == "lapwing-audit-1"
    assert ask(client, analyst, "/audit").status_code == 403


# --- the stream ---------------------------------------------------------------------------------------------


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the stream look without waiting, in the connection of the test."""

    def called(act: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*arguments: object) -> Any:
            return act(*arguments)

        return call

    async def no_wait(seconds: float) -> None:
        pass

    monkeypatch.setattr("lapwing.desk.api.stream.sync_to_async", called)
    monkeypatch.setattr("lapwing.desk.api.stream.asyncio.sleep", no_wait)


def follow(token: Token, purpose: str, after: int | None, count: int) -> list[str]:
    """The next events of a stream, which nothing in it waits for."""
    stream, found = statements(token, purpose, after), []
    while len(found) < count:
        try:
            stream.__anext__().send(None)
        except StopIteration as part:
            if part.value.startswith(("id:", "event:")):
                found.append(part.value)
    return found


def test_the_stream_tells_what_is_stated_and_goes_on_where_it_broke(
    analyst: Person, approver: Person, in_place: None
) -> None:
    in_force(analyst, approver, ["lark-1"])
    token, _ = Token.objects.make(analyst, "follower", SCOPES, 30)
    for id_, subject in (("m-1", "lark-1"), ("m-2", "bystander"), ("m-1", "lark-1")):
        moments.take(statement(id_, subject), None)
    first, _, last = Statement.objects.order_by("pk").values_list("pk", flat=True)
    told = follow(token, "prevent", 0, 2)
    assert [part.splitlines()[0] for part in told] == [f"id: {first}", f"id: {last}"]
    assert json.loads(told[0].splitlines()[2].removeprefix("data: "))["moment"]["id"] == "m-1"
    assert [part.splitlines()[0] for part in follow(token, "prevent", first, 1)] == [f"id: {last}"]


def test_the_stream_ends_with_the_token(analyst: Person, in_place: None) -> None:
    token, _ = Token.objects.make(analyst, "follower", SCOPES, 30)
    end_token(token, analyst)
    assert follow(token, "prevent", None, 1) == ["event: end\ndata: this token may read no more\n\n"]
