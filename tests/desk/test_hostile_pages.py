"""Hostile input in every field and in every query of every address, as each role: an answer that is no fault of the
desk, and afterwards text and nothing but text.

The addresses are those of the desk, and the fields are those that a page asks for: a new page is in it by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from desk_hostile import GAPS, MARKUP, VALUES, Fields, Harm, asked, encoded
from desk_stage import Stage
from django.core.cache import cache
from django.db import transaction
from django.http import SimpleCookie
from django.test import Client
from mandate_files import REASONS
from test_guard_addresses import ALL, Address
from test_guard_pages import BY_HAND, COLUMNS, METHODS, NOBODY, NOT_HERE, SIGN_IN, path_of, table

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.operation import probes
from lapwing.desk.oversight import views
from lapwing.desk.oversight.verifying import Verifier

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

FORM = "application/x-www-form-urlencoded"
PLAIN = [
    address for address in ALL if not address.path.startswith("/api/") or address.path.startswith(BY_HAND)
]
IN_CHOICES = (MARKUP, "nul\x00byte", "9223372036854775808", "9" * 40, "")
"""What is sent where a page offers a choice."""
TABLE = table()


def share(role: str, name: str, method: str) -> slice:
    """Which of the values somebody of a role sends: those whom an address answers share them out among them."""
    outcomes = TABLE.get((name, method), (NOT_HERE,) * len(COLUMNS))
    answered = [
        one for one, said in zip(COLUMNS, outcomes, strict=True) if said not in (NOT_HERE, SIGN_IN, "403")
    ]
    answered = [one for one in answered if one != NOBODY]
    return (
        slice(answered.index(role), None, len(answered)) if role in answered else slice(0, None, len(VALUES))
    )


class Crawl:
    """Somebody signed in who means harm, and the desk around them."""

    def __init__(
        self, role: str, me: Person, client: Client, overseer: Client, patch: pytest.MonkeyPatch
    ) -> None:
        self.role, self.client, self.overseer, self.patch = role, client, overseer, patch
        self.stage = Stage(me)
        self.client.post("/moments/purpose/", {"purpose": "prevent"})
        self.cookies = client.cookies.output(header="", sep=";")
        self.faults: list[str] = []
        self.asked = 0

    def send(self, method: str, path: str, fields: list[tuple[str, str | bytes]], **headers: str) -> Any:
        """Ask, and note it when the desk fails."""
        self.client.cookies = SimpleCookie(self.cookies)
        cache.clear()
        self.asked += 1
        body, joint = encoded(fields), "&" if "?" in path else "?"
        try:
            if method == "GET":
                answer = self.client.get(path + (joint + body.decode() if body else ""), headers=headers)
            else:
                answer = self.client.generic("POST", path, body, content_type=FORM, headers=headers)
        except Exception as error:
            self.faults.append(
                f"{method} {path[:120]} {self._told(fields)}: {type(error).__name__}: {error}"[:600]
            )
            return None
        if answer.status_code >= 500:
            self.faults.append(f"{method} {path[:120]} {self._told(fields)}: {answer.status_code}")
        return answer

    def _told(self, fields: list[tuple[str, str | bytes]]) -> str:
        return str([(name, value[:30]) for name, value in fields])

    def html(self, answer: Any) -> str:
        """The page of an answer."""
        if answer is None or answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            return ""
        return str(answer.content.decode())

    def learn(self, method: str, path: str) -> tuple[list[str], dict[str, str]]:
        """The names that a page asks for, and what may be chosen where it is not free text."""
        names: list[str] = []
        chosen: dict[str, str] = {}
        for _round in range(4):
            fields = [(name, chosen.get(name, REASONS)) for name in names]
            with asked(self.patch) as met, transaction.atomic():
                answer = self.send(method, path, list(fields))
                transaction.set_rollback(True)
            chosen = {**Fields(self.html(answer)).chosen, **chosen}
            new = sorted(met - set(names))
            if not new:
                break
            names += new
        return names, chosen

    def attack(self, address: Address) -> None:
        """Everything, everywhere, in one address."""
        path = path_of(address.name, self.stage)
        for method in METHODS:
            with transaction.atomic():
                first = self.send(method, path, [])
                transaction.set_rollback(True)
            if first is None or first.status_code in (404, 405):
                continue
            names, chosen = self.learn(method, path)
            if not names:
                continue
            mine = VALUES[share(self.role, address.name, method)]
            free = [name for name in names if name not in chosen]
            good = [(name, chosen.get(name, REASONS)) for name in names]
            for turn in (0, 7):
                self.once(
                    method, path, [(name, mine[(turn + at) % len(mine)]) for at, name in enumerate(names)]
                )
            # In all fields of free text, among choices that are as they should be: so it comes further.
            for value in mine if free else ():
                self.once(method, path, [(name, chosen.get(name, value)) for name in names])
            for value in IN_CHOICES[share(self.role, address.name, method)]:
                for name in chosen:
                    self.once(method, path, [(one, value if one == name else said) for one, said in good])
            if not share(self.role, address.name, method).start:
                self.shown(method, path, [(name, chosen.get(name, MARKUP)) for name in names], address)

    def once(self, method: str, path: str, fields: list[tuple[str, str | bytes]]) -> None:
        """Send it, look at the page it is sent back with, and forget it."""
        with transaction.atomic():
            self.look(self.send(method, path, fields), f"{method} {path}")
            transaction.set_rollback(True)

    def shown(self, method: str, path: str, fields: list[tuple[str, str | bytes]], address: Address) -> None:
        """Send what may be taken in, and look at the pages on which it may be shown."""
        with transaction.atomic():
            answer = self.send(method, path, fields)
            self.look(answer, f"{method} {path}")
            if answer is not None and method == "POST" and answer.status_code < 400:
                there = answer.headers.get("Location", "").partition("#")[0]
                space = address.name.partition(":")[0]
                near = [one for one in PLAIN if one.name.partition(":")[0] == space and ":" in one.name]
                pages = {there} - {""} | {path_of(one.name, self.stage) for one in near}
                for page in sorted(pages):
                    if page.startswith("/") and "stream" not in page:
                        self.look(self.send("GET", page, []), f"GET {page} after {method} {path}")
                for page in ("/audit/", "/oversight/", "/accounts/persons/"):
                    self.look(self.overseer.get(page), f"GET {page} as the overseer after {method} {path}")
            transaction.set_rollback(True)

    def look(self, answer: Any, where: str) -> None:
        """Note what came through as anything but text."""
        html = self.html(answer)
        self.faults += [f"{where} shows {harm}" for harm in (Harm(html).found if html else [])]


@pytest.fixture
def crawl(
    person_of: Callable[..., Person],
    client_of: Callable[[Person], Client],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Any,
) -> Callable[[str], Crawl]:
    settings.HOME = tmp_path
    monkeypatch.setattr(views, "VERIFIER", Verifier(lambda act: None))
    monkeypatch.setattr(probes, "CHECKS", ())

    def of(role: str) -> Crawl:
        me = person_of(role, name="me")
        me.set_password("curlew-on-the-mudflat")
        me.save()
        return Crawl(role, me, client_of(me), client_of(person_of("overseer", name="looks-on")), monkeypatch)

    return of


@pytest.mark.parametrize("role", list(ROLES))
def test_nothing_that_is_typed_breaks_a_page_or_becomes_part_of_it(
    role: str, crawl: Callable[[str], Crawl]
) -> None:
    one = crawl(role)
    for address in PLAIN:
        one.attack(address)
    assert sorted(set(one.faults)) == []


@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_nothing_in_the_gaps_of_an_address_breaks_it(role: str, crawl: Callable[[str], Crawl]) -> None:
    one = crawl(role)
    for address in ALL:
        if address.gaps:
            for gap in GAPS:
                for sample in ("m-0123abcd", "1", "00000000-0000-4000-8000-000000000000"):
                    if f"/{sample}/" in address.path:
                        path = address.path.replace(f"/{sample}/", f"/{gap}/")
                        for method in METHODS:
                            one.once(method, path, [])
    assert sorted(set(one.faults)) == []
