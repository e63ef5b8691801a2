"""A desk for tests: a data folder of its own, a person of each role, a client signed in as each, a moved clock."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if not os.environ.get("DJANGO_SETTINGS_MODULE"):
    # Before anything imports a model: conftest files are read before the tests beside them.
    for name in [name for name in os.environ if name.startswith("LAPWING_") and name != "LAPWING_GOLDEN"]:
        del os.environ[name]
    os.environ["LAPWING_SEAL_KEY"] = "test:" + base64.b64encode(bytes(range(32))).decode()
    from lapwing.desk.project.start import start

    _folder = tempfile.TemporaryDirectory(prefix="lapwing-desk-")
    start(Path(_folder.name) / "home")

    # In a file, as it is in use, and not in memory: there all threads of a served page would share one connection, and
    # two of them can wait for each other for ever, one for the interpreter and one for the connection.
    from django.db import connections

    if connections["default"].vendor == "sqlite":
        connections["default"].settings_dict["TEST"]["NAME"] = str(Path(_folder.name) / "test.sqlite3")

from desk_look import Look
from django.db import connection
from django.test import Client, TransactionTestCase
from playwright.sync_api import Browser

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.audit import append_only

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper
    from pytest_django.live_server_helper import LiveServer

# A test that opens a browser has its event loop in this thread; the database is used from it all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

_empty_all_tables = TransactionTestCase._fixture_teardown


UNALTERABLE = [
    table
    for app in ("moments", "cases")
    for table in import_module(f"lapwing.desk.{app}.migrations.0002_unalterable").TABLES
]


def _empty_all_tables_and_the_log(case: TransactionTestCase) -> None:
    """A test with real transactions ends with empty tables, which the triggers of the desk would refuse."""
    append_only.remove(connection)
    for table in UNALTERABLE:
        table.remove(connection)
    try:
        _empty_all_tables(case)
    finally:
        append_only.install(connection)
        for table in UNALTERABLE:
            table.install(connection)


TransactionTestCase._fixture_teardown = _empty_all_tables_and_the_log

PersonOf = Callable[..., Person]
ClientOf = Callable[[Person], Client]


@pytest.fixture
def person_of(db: None) -> PersonOf:
    """A new person with these roles: `person_of("analyst")`, or with a name: `person_of("analyst", name="a")`."""
    made = 0

    def make(*roles: str, name: str = "") -> Person:
        nonlocal made
        made += 1
        return Person.objects.create_person(name or f"{(roles or ('nobody',))[0]}-{made}", list(roles))

    return make


@pytest.fixture
def client_of(settings: SettingsWrapper) -> ClientOf:
    """A client in which this person is signed in, as in a demonstration: without a second factor."""
    settings.DEMO = True

    def sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def analyst(person_of: PersonOf) -> Person:
    return person_of("analyst", name="analyst")


@pytest.fixture
def reviewer(person_of: PersonOf) -> Person:
    return person_of("reviewer", name="reviewer")


@pytest.fixture
def approver(person_of: PersonOf) -> Person:
    return person_of("approver", name="approver")


@pytest.fixture
def duty_officer(person_of: PersonOf) -> Person:
    return person_of("duty_officer", name="duty-officer")


@pytest.fixture
def disclosure_officer(person_of: PersonOf) -> Person:
    return person_of("disclosure_officer", name="disclosure-officer")


@pytest.fixture
def overseer(person_of: PersonOf) -> Person:
    return person_of("overseer", name="overseer")


@pytest.fixture
def administrator(person_of: PersonOf) -> Person:
    return person_of("administrator", name="administrator")


@pytest.fixture
def everybody(person_of: PersonOf) -> dict[str, Person]:
    """A person of each role, by the name of the role."""
    return {role: person_of(role, name=f"the-{role.replace('_', '-')}") for role in ROLES}


@pytest.fixture
def as_analyst(client_of: ClientOf, analyst: Person) -> Client:
    return client_of(analyst)


@pytest.fixture
def as_reviewer(client_of: ClientOf, reviewer: Person) -> Client:
    return client_of(reviewer)


@pytest.fixture
def as_approver(client_of: ClientOf, approver: Person) -> Client:
    return client_of(approver)


@pytest.fixture
def as_duty_officer(client_of: ClientOf, duty_officer: Person) -> Client:
    return client_of(duty_officer)


@pytest.fixture
def as_disclosure_officer(client_of: ClientOf, disclosure_officer: Person) -> Client:
    return client_of(disclosure_officer)


@pytest.fixture
def as_overseer(client_of: ClientOf, overseer: Person) -> Client:
    return client_of(overseer)


@pytest.fixture
def as_administrator(client_of: ClientOf, administrator: Person) -> Client:
    return client_of(administrator)


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """`later(timedelta(days=3))`: from here to the end of the test it is three days later."""
    with ExitStack() as stack:

        def move(by: timedelta) -> None:
            moved: AbstractContextManager[None] = clock.moved(by)
            stack.enter_context(moved)

        yield move


LookOf = Callable[..., Look]


@pytest.fixture
def look_of(browser: Browser, live_server: LiveServer, client_of: ClientOf) -> Iterator[LookOf]:
    """`look_of(person, viewport={"width": 390, "height": 844}, color_scheme="dark")`: the desk as they see it."""
    looks: list[Look] = []

    def open_as(person: Person | None, **context: object) -> Look:
        made = browser.new_context(base_url=live_server.url, **context)  # type: ignore[arg-type]
        if person is not None:
            session = client_of(person).cookies["sessionid"].value
            made.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        looks.append(Look(made.new_page(), live_server.url))
        return looks[-1]

    yield open_as
    for look in looks:
        look.page.context.close()
    assert not [wrong for look in looks for wrong in look.wrong]
