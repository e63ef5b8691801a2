"""Every page there is, on a phone in the dark, for the first role that may see it and for the overseer: no barrier, and
nothing wider than the screen. A new page is in it by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk_stage import Stage
from django.db import transaction
from test_guard_pages import COLUMNS, path_of, table
from test_hostile_pages import PLAIN

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PARTS = {
    *("moments:rows", "moments:watching", "moments:hidden", "moments:stream", "cases:threat_banner"),
    "oversight:verification",
}
"""Parts of pages, which are looked at with the page they are on."""
FOR_PROGRAMS = {"health", "metrics", "ready"}
WIDTH = 390


def first_to_see(name: str) -> str | None:
    """The first role for which there is a page at the address."""
    outcomes = table().get((name, "GET"), ())
    return next((role for role in ROLES if outcomes and outcomes[COLUMNS.index(role)] == "200"), None)


@pytest.mark.parametrize(
    "role", [role for role in ROLES if any(first_to_see(one.name) == role for one in PLAIN)]
)
def test_no_page_has_a_barrier_or_is_wider_than_a_phone(
    role: str,
    look_of: Callable[..., Any],
    person_of: Callable[..., Person],
    settings: SettingsWrapper,
    tmp_path: Path,
) -> None:
    settings.HOME = tmp_path
    me = person_of(role, name="me")
    with transaction.atomic():
        stage = Stage(me)
    look = look_of(me, viewport={"width": WIDTH, "height": 844}, color_scheme="dark")
    # The stream of the queue would outlast the test, in a server that cannot end it: it is left without an answer.
    look.page.route("**/moments/stream/**", lambda route: None)
    page = look.go("/moments/")
    if page.locator("input[name=purpose]").count():
        page.check("input[name=purpose][value=prevent]")
        page.get_by_role("button", name="Go on").click()
    wrong = {}
    for address in PLAIN:
        seen = table().get((address.name, "GET"), ())
        sees = bool(seen) and seen[COLUMNS.index(role)] == "200"
        if not sees or address.name in PARTS | FOR_PROGRAMS:
            continue
        if role == first_to_see(address.name) or role == "overseer":
            page = look.go(path_of(address.name, stage))
            wide = page.evaluate("document.documentElement.scrollWidth")
            found = [*look.barriers(), *([f"is {wide} wide"] if wide > WIDTH else [])]
            if found:
                wrong[address.name] = found
    assert wrong == {}
