"""A moment from the queue to its closing in a real browser, on a desk served as in use: by keyboard, live, lit up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk_look import Look
from desk_served import BENIGN, PASSWORD, WHY
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).with_name("desk_served.py")
ADDRESSES = (
    "/moments/", "/moments/later/", "/moments/m/m-1/", "/moments/m/m-7/", "/moments/m/m-7/replay/",
    "/moments/budget/", "/cases/", "/cases/1/", "/cases/1/replay/", "/cases/start/?moment=m-1",
    "/cases/search/?q=link", "/cases/threat/",
)  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A desk that answers."""

    address: str
    folder: Path
    cookie: str

    def take(self, moment: str) -> None:
        """Have it take in one more moment, as the watch beside it does."""
        subprocess.run([sys.executable, SCRIPT, self.folder, "take", moment], check=True, env=_environment())


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("desk") / "home"
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = subprocess.Popen([sys.executable, SCRIPT, folder, str(port)], env=_environment())
    address = f"http://localhost:{port}"
    try:
        _wait(address, server)
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/accounts/login/?next=/moments/")
        page.locator("input[name=login]").fill("analyst")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.get_by_label("prevention").check()
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("#queue")).to_be_visible()
        cookie = next(one["value"] for one in context.cookies() if one["name"] == "sessionid")
        context.close()
        yield Served(address, folder, cookie)
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def open_desk(browser: Browser, served: Served) -> Iterator[OpenDesk]:
    opened = OpenDesk(browser, served)
    yield opened
    for look in opened.looks:
        look.page.context.close()
    assert [look.wrong for look in opened.looks if look.wrong] == []


class OpenDesk:
    """Opens pages of the desk, signed in; what goes wrong on one fails the test at its end."""

    def __init__(self, browser: Browser, served: Served) -> None:
        self.browser = browser
        self.served = served
        self.looks: list[Look] = []

    def __call__(self, **context: object) -> Look:
        made = self.browser.new_context(**context)  # type: ignore[arg-type]
        made.add_cookies([{"name": "sessionid", "value": self.served.cookie, "url": self.served.address}])
        self.looks.append(Look(made.new_page(), self.served.address))
        return self.looks[-1]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LAPWING_", "DJANGO_"))}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(SCRIPT.parent), kept.get("PYTHONPATH", "")])}


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the desk has ended"
        try:
            urllib.request.urlopen(f"{address}/accounts/login/", timeout=5)
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the desk does not answer")


def test_no_page_has_a_barrier_or_is_wider_than_the_screen(open_desk: OpenDesk) -> None:
    for scheme, width in (("light", 390), ("dark", 1600)):
        look = open_desk(color_scheme=scheme, viewport={"width": width, "height": 900})
        for address in ADDRESSES:
            page = look.go(address)
            assert look.barriers() == [], (address, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


def test_a_row_of_the_queue_leads_straight_to_its_forms(open_desk: OpenDesk) -> None:
    page = open_desk().go("/moments/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#q-m-2")).to_be_focused()
    page.keyboard.press("a")
    page.wait_for_url("**/moments/m/m-2/#assess")
    expect(page.locator("#id_assess-benign")).to_be_focused()


def test_a_form_that_comes_back_is_in_sight_where_it_is_wrong(open_desk: OpenDesk) -> None:
    page = open_desk(viewport={"width": 1280, "height": 800}).go("/moments/m/m-2/")
    decide = page.locator("form[action$='/decide/']")
    decide.locator("input[value=refer]").check()
    for field in ("reasons", "benign"):
        decide.locator(f"textarea[name$={field}]").fill(WHY)
    decide.get_by_role("button", name="Decide").click()
    missing = page.locator("form[action$='/decide/'] input[name$=recipient]")
    expect(missing).to_have_attribute("aria-invalid", "true")
    expect(missing).to_be_focused()
    expect(missing).to_be_in_viewport()
    expect(page.get_by_text("Say who receives the data.")).to_be_in_viewport()


def test_an_act_pointed_at_lights_up_in_every_picture_and_table(open_desk: OpenDesk) -> None:
    page = open_desk(viewport={"width": 1500, "height": 900}).go("/moments/m/m-1/")
    page.locator('tr[data-a="2"]').hover()
    expect(page.locator('.marks path[data-a="2"]')).to_have_class("lit")
    expect(page.locator("svg.network .nodes .lit")).to_have_count(2)
    page.locator('.marks path[data-a="4"]').hover(force=True)
    expect(page.locator('tr[data-a="4"]')).to_have_class("lit")
    expect(page.locator('tr[data-a="2"].lit')).to_have_count(0)


def test_a_stage_and_its_acts_light_up_together(open_desk: OpenDesk) -> None:
    page = open_desk().go("/moments/m/m-7/")
    seeding, amplification = page.locator(".stages tbody tr").nth(1), page.locator(".stages tbody tr").nth(2)
    amplification.focus()
    expect(page.locator("tr[data-a].lit")).to_have_count(3)
    # The second act of the ledger is a tag, which both stages have; the first is a share, which one has.
    page.hover("tr[data-a='1']")
    expect(seeding).to_have_class("lit")
    expect(amplification).to_have_class("lit")
    page.hover("tr[data-a='0']")
    expect(amplification).not_to_have_class("lit")
    amplification.hover()
    lit = page.eval_on_selector_all("tr[data-a].lit", "rows => rows.map(row => row.dataset.a)")
    assert lit == ["1", "3", "5"]


def test_the_ledger_sorts_by_the_column_pressed(open_desk: OpenDesk) -> None:
    page = open_desk().go("/moments/m/m-1/")
    page.locator("table[data-ledger]").get_by_role("button", name="kind").click()
    kinds = page.locator("table[data-ledger] tbody td:nth-child(3)").all_inner_texts()
    assert kinds == sorted(kinds)


def test_a_moment_appears_in_an_open_queue_by_itself(open_desk: OpenDesk, served: Served) -> None:
    page = open_desk().go("/moments/")
    page.keyboard.press("j")
    expect(page.locator("#q-m-1")).to_be_focused()
    served.take("m-9")
    expect(page.locator("#q-m-9")).to_be_visible(timeout=10_000)
    expect(page.locator("#q-m-1")).to_be_focused()


def test_from_the_queue_to_the_closing_without_a_mouse(open_desk: OpenDesk) -> None:
    page = open_desk().go("/moments/")
    page.locator("#q-m-1").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/moments/m/m-1/")
    expect(page.get_by_text("running sum")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.locator("#id_assess-benign")).to_be_focused()
    page.keyboard.type(BENIGN)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(WHY)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("running sum")).to_be_visible()
    page.keyboard.press("d")
    expect(page.locator("input[name=decide-choice]").first).to_be_focused()
    page.locator("input[value=benign]").focus()
    page.keyboard.press("Space")
    page.locator("#decide button.main").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Reopen on a new fact")).to_be_visible()
