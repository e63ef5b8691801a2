"""Webhooks: told that something was stated, signed, until they accept it; what is given up is shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client
from test_api_moments import statement

from lapwing import client as lapwing_client
from lapwing.desk import clock, moments
from lapwing.desk.accounts.models import Person
from lapwing.desk.api import courier
from lapwing.desk.api.models import Letter, LetterState, Webhook
from lapwing.desk.api.webhook import WAITS
from lapwing.desk.audit.entry import Entry

pytestmark = pytest.mark.django_db


class Receiver:
    """A machine that is told, and answers as it is told to."""

    def __init__(self) -> None:
        self.answers = [204]
        self.got: list[tuple[str, bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.headers[courier.SIGNATURE], body))
                status = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def webhook(receiver: Receiver, administrator: Person) -> Webhook:
    return Webhook.objects.create(
        name="pager", address=f"http://127.0.0.1:{receiver.port}/told", made_by=administrator
    )


def test_what_was_stated_is_told_once_and_names_nobody(webhook: Webhook, receiver: Receiver) -> None:
    moments.take(statement("m-1", "lark-1", "lark-2"), None)
    courier.carry()
    courier.carry()
    ((signature, body),) = receiver.got
    told = lapwing_client.verified(webhook.secret, signature, body)
    assert told["type"] == "moment.stated"
    assert told["moment"] == "m-1"
    assert told["url"].endswith("/api/moments/m-1")
    assert b"lark" not in body
    assert Letter.objects.get().state == LetterState.DELIVERED


def test_a_message_that_was_altered_held_back_or_signed_by_another_is_told_from_one_of_the_desk(
    webhook: Webhook, receiver: Receiver
) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    courier.carry()
    ((signature, body),) = receiver.got
    now = clock.now().timestamp()
    for secret, given, content, at, why in (
        (webhook.secret, signature, body + b" ", now, "altered"),
        ("whsec_another", signature, body, now, "altered"),
        (webhook.secret, signature, body, now + 600, "held back"),
        (webhook.secret, "nonsense", body, now, "no time"),
    ):
        with pytest.raises(lapwing_client.SignatureError, match=why):
            lapwing_client.verified(secret, given, content, now=at)


def test_a_failure_is_tried_again_later_with_the_same_bytes(
    webhook: Webhook, receiver: Receiver, later: Callable[[timedelta], None]
) -> None:
    receiver.answers = [500, 503, 200]
    moments.take(statement("m-1", "lark-1"), None)
    for attempt, wait in enumerate([*WAITS[:2], timedelta()], 1):
        courier.carry()
        courier.carry()
        assert len(receiver.got) == attempt
        later(wait)
    assert len({body for _, body in receiver.got}) == 1
    assert len({signature for signature, _ in receiver.got}) == 3
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts, letter.fault) == (LetterState.DELIVERED, 3, "")


def test_what_nobody_accepts_is_given_up_in_the_end_and_shown(
    webhook: Webhook,
    receiver: Receiver,
    client_of: Callable[[Person], Client],
    later: Callable[[timedelta], None],
) -> None:
    receiver.answers = [500]
    moments.take(statement("m-1", "lark-1"), None)
    for wait in (*WAITS, timedelta(days=9)):
        courier.carry()
        later(wait)
    courier.carry()
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts, letter.fault) == (
        LetterState.DEAD,
        len(WAITS) + 1,
        "answered with status 500",
    )
    assert Entry.objects.filter(action="webhook.give_up", about=webhook.about).count() == 1
    administered = client_of(webhook.made_by)
    page = administered.get("/api/webhooks/").content.decode()
    assert "given up" in page
    assert "answered with status 500" in page
    receiver.answers = [200]
    assert administered.post(f"/api/letters/{letter.pk}/again/").status_code == 302
    courier.carry()
    letter.refresh_from_db()
    assert letter.state == LetterState.DELIVERED
    assert administered.post(f"/api/letters/{letter.pk}/again/").status_code == 403


def test_a_redirection_is_not_followed(webhook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [302]
    moments.take(statement("m-1", "lark-1"), None)
    courier.carry()
    assert len(receiver.got) == 1
    assert Letter.objects.get().fault == "answered with status 302"


def test_who_cannot_be_reached_is_tried_again(administrator: Person) -> None:
    Webhook.objects.create(name="gone", address="http://127.0.0.1:9/", made_by=administrator)
    moments.take(statement("m-1", "lark-1"), None)
    courier.carry()
    letter = Letter.objects.get()
    assert letter.state == LetterState.WAITING
    assert letter.fault.startswith("cannot be reached: ")


def test_a_webhook_that_has_ended_is_told_nothing(
    webhook: Webhook, receiver: Receiver, as_administrator: Client
) -> None:
    assert as_administrator.post(f"/api/webhooks/{webhook.pk}/end/").status_code == 302
    moments.take(statement("m-1", "lark-1"), None)
    courier.carry()
    assert receiver.got == []


def test_an_administrator_adds_a_webhook_and_sees_its_secret_once(as_administrator: Client) -> None:
    made = as_administrator.post(
        "/api/webhooks/add/", {"name": "pager", "address": "https://pager.example.org/x"}
    )
    webhook = Webhook.objects.get()
    assert webhook.secret in made.content.decode()
    assert made["Cache-Control"] == "no-store"
    page = as_administrator.get("/api/webhooks/").content.decode()
    assert webhook.secret not in page
    assert "https://pager.example.org/x" in page
    before = webhook.secret
    as_administrator.post(f"/api/webhooks/{webhook.pk}/secret/")
    webhook.refresh_from_db()
    assert webhook.secret != before
    assert list(Entry.objects.filter(about=webhook.about).values_list("action", flat=True)) == [
        "webhook.add",
        "webhook.new_secret",
    ]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ftp://x.example.org", "begins with https://"),
        ("http://pager.example.org/", "Without encryption"),
        ("https://user:word@pager.example.org/", "Leave names and passwords out"),
        ("https://[half", "no address"),
    ],
)
def test_an_address_that_is_none_or_not_safe_is_refused(
    as_administrator: Client, address: str, told: str
) -> None:
    answer = as_administrator.post("/api/webhooks/add/", {"name": "pager", "address": address})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Webhook.objects.exists()


def test_only_administrators_change_webhooks_and_only_they_and_the_overseer_see_them(
    client_of: Callable[[Person], Client], everybody: dict[str, Person]
) -> None:
    for role, person in everybody.items():
        client = client_of(person)
        sees, changes = role in ("administrator", "overseer"), role == "administrator"
        assert client.get("/api/webhooks/").status_code == (200 if sees else 403), role
        made = client.post("/api/webhooks/add/", {"name": role, "address": "https://a.example.org/"})
        assert made.status_code == (200 if changes else 403), role


def test_settled_letters_are_forgotten_after_a_month(
    webhook: Webhook, receiver: Receiver, later: Callable[[timedelta], None]
) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    courier.carry()
    later(courier.KEPT + timedelta(days=1))
    courier.forget()
    assert not Letter.objects.exists()


def test_the_body_is_what_is_documented(webhook: Webhook, receiver: Receiver) -> None:
    moments.take(statement("m-1", "lark-1"), None)
    courier.carry()
    assert set(json.loads(receiver.got[0][1])) == {"type", "statement", "moment", "known", "url"}


def test_ending_a_webhook_says_first_what_is_not_sent_any_more(
    webhook: Webhook, as_administrator: Client
) -> None:
    assert "Nothing is sent any more. It cannot" in as_administrator.get("/api/webhooks/").content.decode()
    Letter.objects.create(webhook=webhook, body="{}")
    Letter.objects.create(webhook=webhook, body="{}", state=LetterState.DELIVERED)
    page = as_administrator.get("/api/webhooks/").content.decode()
    assert "Nothing is sent any more, 1 message that waits included. It cannot be taken back." in page


def test_where_nobody_is_told_nothing_is_said_to_be_delivered(as_administrator: Client) -> None:
    page = as_administrator.get("/api/webhooks/").content.decode()
    assert "No address is told yet." in page
    assert "Nothing waits" not in page


def test_the_page_says_when_something_was_last_delivered_and_how_much(
    webhook: Webhook,
    receiver: Receiver,
    client_of: Callable[[Person], Client],
    later: Callable[[timedelta], None],
) -> None:
    assert "nothing yet" in client_of(webhook.made_by).get("/api/webhooks/").content.decode()
    for number in range(3):
        moments.take(statement(f"m-{number}", "lark-1"), None)
    courier.carry()
    at = clock.now()
    later(courier.KEPT + timedelta(days=1))
    courier.forget()
    receiver.answers = [500]
    moments.take(statement("m-9", "lark-1"), None)
    courier.carry()
    webhook.refresh_from_db()
    assert webhook.delivered == 3
    assert webhook.delivered_last is not None
    assert abs(webhook.delivered_last - at) < timedelta(seconds=10)
    page = client_of(webhook.made_by).get("/api/webhooks/").content.decode()
    assert '<td class="n">3</td>' in page
    assert webhook.delivered_last.isoformat()[:16] in page
    assert "nothing yet" not in page
