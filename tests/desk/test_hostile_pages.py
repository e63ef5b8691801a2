"""Hostile input in every field and in every query of every address, as each role: an answer that is no fault of the
desk, and afterwards text and nothing but text.

The addresses are those of the desk, and the fields are those that a page asks for: a new page is in it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from allauth.core.context import request_context
from desk_hostile import FOR_DATABASES, GAPS, MARKUP, VALUES, Fields, Harm, asked, bound, encoded, refused
from desk_stage import Stage
from django.core.cache import cache
from django.db import connection, transaction
from django.forms import BaseForm
from django.http import HttpRequest, SimpleCookie
from django.test import Client
from mandate_files import REASONS
from test_guard_addresses import ALL, Address
from test_guard_pages import BY_HAND, COLUMNS, METHODS, NOT_HERE, SIGN_IN, path_of, table

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
TABLE = table()
SQLITE = connection.vendor == "sqlite"
SENT = VALUES if SQLITE else FOR_DATABASES
"""What programs make of a value is the same with any database, as is what a page makes of a text that was taken in."""


def answers(role: str, name: str, method: str) -> bool:
    """Whether an address does more for somebody of a role than to refuse."""
    outcomes = TABLE.get((name, method), (NOT_HERE,) * len(COLUMNS))
    return outcomes[COLUMNS.index(role)] not in (NOT_HERE, SIGN_IN, "403")


def share(role: str, name: str, method: str) -> slice:
    """Which of the values somebody of a role sends: those whom an address answers share them out among them."""
    answered = [one for one in ROLES if answers(one, name, method)]
    return slice(answered.index(role), None, len(answered)) if role in answered else slice(0, None, len(SENT))


LEARNT: dict[tuple[str, str], list[str]] = {}
"""The names that an address was found to ask for, so that the next role begins with them."""


@dataclass(frozen=True)
class Page:
    """What a page asks for in a query or a form."""

    names: list[str]
    chosen: dict[str, str]
    """What somebody who means well chooses, where it is not free text; of all forms that are shown, this one's and
    others.
    """
    forms: dict[str, BaseForm]
    """The forms, by the names of their fields; what a view reads by itself is in none."""
    requests: list[HttpRequest]
    """Those by which it was learnt."""

    @property
    def free(self) -> list[str]:
        """The names with free text."""
        return [name for name in self.names if name not in self.chosen]

    def well_meant(self, but: Collection[str] = (), value: str | bytes = "") -> list[tuple[str, str | bytes]]:
        """What somebody sends who means well, with this value in some of the fields."""
        return [(name, value if name in but else self.chosen.get(name, REASONS)) for name in self.names]


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

    def learn(self, method: str, path: str) -> Page:
        """What a page asks for, until it asks for nothing more."""
        page = Page(list(LEARNT.get((method, path), ())), {}, {}, [])
        for _round in range(4):
            with asked(self.patch) as met, bound(self.patch) as forms, transaction.atomic():
                answer = self.send(method, path, page.well_meant())
                transaction.set_rollback(True)
            if answer is None or answer.status_code in (404, 405):
                break
            page.chosen.update({**Fields(self.html(answer)).chosen, **page.chosen})
            page.forms.update(forms)
            page.requests.append(answer.wsgi_request)
            new = sorted(met - set(page.names))
            if not new:
                break
            page.names.extend(new)
        LEARNT[method, path] = page.names
        return page

    def refused(self, page: Page, value: str | bytes, where: str) -> set[str]:
        """The fields that a form on the page refuses to take this value in, one at a time and all at once."""
        found = set()
        alone = [(form, {name}) for name, form in page.forms.items()]
        for form, names in (*alone, *((form, set(page.forms)) for form in set(page.forms.values()))):
            try:
                with request_context(page.requests[-1]):
                    said = refused(form, page.well_meant(names, value))
            except Exception as error:
                self.faults.append(f"{where} {names}={value[:30]!r}: {type(error).__name__}: {error}"[:600])
            else:
                found |= said & names if len(names) == 1 else set()
        return found

    def attack(self, address: Address) -> None:
        """Everything, everywhere, in one address."""
        path = path_of(address.name, self.stage)
        query: dict[str, str] = {}
        for method in METHODS:
            # What the page of a form was asked for, its form is sent to.
            path += f"?{urlencode(query)}" if query else ""
            page = self.learn(method, path)
            if not page.names:
                continue
            query = {name: page.chosen[name] for name in page.names if name in page.chosen}
            part = share(self.role, address.name, method)
            # Something else in every field: the forms come back with all of it.
            mine = SENT[part]
            self.once(method, path, [(name, mine[at % len(mine)]) for at, name in enumerate(page.names)])
            # Wherever it is taken, among what is as it should be: so it comes further. What every field refuses has
            # come back with the form by now, and does not differ in what a page makes of it.
            for value in mine:
                taken = set(page.names) - self.refused(page, value, f"{method} {path}")
                if taken & set(page.free):
                    self.once(method, path, page.well_meant(taken & set(page.free), value))
                for name in taken & set(page.chosen):
                    self.once(method, path, page.well_meant({name}, value))
            if SQLITE and not part.start:
                self.shown(method, path, page.well_meant(set(page.free), MARKUP), address)

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
                near = [
                    one
                    for one in PLAIN
                    if one.name.partition(":")[0] == space
                    and ":" in one.name
                    and answers(self.role, one.name, "GET")
                ]
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
    # How slowly passwords are compared is proven elsewhere.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
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
                            if role == "analyst" or answers(role, address.name, method):
                                one.once(method, path, [])
    assert sorted(set(one.faults)) == []
