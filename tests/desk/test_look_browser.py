"""The look in a real browser: wide and narrow, light and dark, by keyboard, without barriers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from lapwing.desk.accounts.models import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LookOf = Callable[..., Any]

PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1600, "height": 900}
PAGES = [
    "/accounts/",
    "/accounts/persons/",
    "/accounts/persons/add/",
    "/accounts/persons/analyst/",
    "/nowhere/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(
    scheme: str, look_of: LookOf, administrator: Person, analyst: Person
) -> None:
    stranger = look_of(None, color_scheme=scheme)
    stranger.go("/accounts/login/")
    assert stranger.barriers() == []
    look = look_of(administrator, color_scheme=scheme)
    for page in PAGES:
        look.go(page)
        assert look.barriers() == [], page


OVERSEEN = [
    "/oversight/",
    "/oversight/stop/",
    "/audit/",
    "/audit/1/",
    "/operation/",
    "/accounts/persons/",
    "/api/webhooks/",
    "/intake/",
    "/retention/",
    "/seals/",
]


@pytest.mark.parametrize(
    ("scheme", "viewport"), [("light", PHONE), ("dark", WIDE)], ids=["light phone", "dark wide"]
)
def test_nothing_stands_in_the_way_of_an_overseer(
    scheme: str, viewport: dict[str, int], look_of: LookOf, overseer: Person, analyst: Person
) -> None:
    look = look_of(overseer, color_scheme=scheme, viewport=viewport)
    for path in OVERSEEN:
        page = look.go(path)
        assert look.barriers() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_no_page_is_wider_than_the_screen(
    viewport: dict[str, int], look_of: LookOf, administrator: Person, analyst: Person
) -> None:
    look = look_of(administrator, viewport=viewport)
    for path in PAGES:
        page = look.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


def test_on_a_phone_the_navigation_shows_where_one_is(look_of: LookOf, overseer: Person) -> None:
    look = look_of(overseer, viewport=PHONE)
    for path in ("/mandates/", "/oversight/", "/intake/"):
        place = look.go(path).locator(".top nav [aria-current]").first.bounding_box()
        assert 0 <= place["x"] <= PHONE["width"] - place["width"], path


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("width", [1280, 1024])
def test_the_top_of_a_page_is_one_line_for_every_role(
    width: int, locale: str, look_of: LookOf, everybody: dict[str, Person]
) -> None:
    for role, person in everybody.items():
        look = look_of(person, viewport={"width": width, "height": 800}, locale=locale)
        top = look.go("/accounts/").locator(".top").bounding_box()
        assert top["height"] < 50, role


def test_pages_about_the_machine_stand_in_a_menu_of_their_own(look_of: LookOf, overseer: Person) -> None:
    for viewport in (PHONE, WIDE):
        page = look_of(overseer, viewport=viewport).go("/intake/")
        menu = page.get_by_role("navigation", name="Pages about the machine")
        assert not menu.get_by_role("link", name="Persons").is_visible()
        menu.get_by_text("Machine").click()
        box = menu.locator("details > div").bounding_box()
        assert 0 <= box["x"] <= viewport["width"] - box["width"]
        assert menu.get_by_role("link", name="What comes in").get_attribute("aria-current") == "page"
        menu.get_by_role("link", name="Persons").click()
        page.wait_for_url("**/accounts/persons/")


def test_times_are_in_the_zone_of_the_reader_with_utc_at_hand(look_of: LookOf, administrator: Person) -> None:
    page = look_of(administrator, timezone_id="Asia/Tokyo").go("/accounts/persons/administrator/")
    shown = page.locator("time").first
    utc = shown.get_attribute("title")
    assert utc.endswith("UTC")
    assert page.locator("[data-zone]").inner_text() == "Asia/Tokyo"
    hour = (int(utc.split()[-2].split(":")[0]) + 9) % 24
    assert f"{hour:02}:" in shown.inner_text()


def said_of(page: Any, time: datetime) -> str:
    """What the page says of a time."""
    said: str = page.evaluate(
        """time => {
            const shown = document.querySelector("time.when:not(.plain):not(.brief)");
            shown.dateTime = time;
            document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
            return shown.textContent;
        }""",
        time.isoformat(),
    )
    return said


def test_tomorrow_is_the_next_day_of_the_calendar(look_of: LookOf, administrator: Person) -> None:
    page = look_of(administrator, timezone_id="UTC").go("/accounts/persons/administrator/")
    now = datetime.fromisoformat(page.locator("meta[name=now]").get_attribute("content"))
    for hours in (-47, -25, 25, 47):
        time = now + timedelta(hours=hours)
        said = said_of(page, time)
        days = (time.date() - now.date()).days
        near = {-1: "yesterday", 1: "tomorrow"}
        far = f"{-days} days ago" if days < 0 else f"in {days} days"
        assert near.get(days, far) in said, hours


def test_lists_and_help_go_by_keyboard(look_of: LookOf, administrator: Person, analyst: Person) -> None:
    page = look_of(administrator).go("/accounts/persons/")
    focused = "document.activeElement.textContent"
    for key, name in (("j", "administrator"), ("j", "analyst"), ("j", "analyst"), ("k", "administrator")):
        page.keyboard.press(key)
        assert page.evaluate(focused) == name
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog#keys").is_visible()
    page.keyboard.press("n")
    page.wait_for_url("**/accounts/persons/add/")
    page.locator("#id_username").focus()
    page.keyboard.type("jk?")
    assert page.locator("#id_username").input_value() == "jk?"


def test_the_first_tab_leads_past_the_navigation(look_of: LookOf, administrator: Person) -> None:
    page = look_of(administrator).go("/accounts/persons/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_language_changes_on_the_page(look_of: LookOf, administrator: Person) -> None:
    page = look_of(administrator, locale="en-GB").go("/accounts/")
    page.select_option("select[name=language]", "fr")
    page.wait_for_selector("html[lang=fr]")


def test_signing_in_and_out(look_of: LookOf, settings: Any) -> None:
    Person.objects.create_person("ringer", ["administrator"], "curlew-on-the-mudflat")
    settings.DEMO = True
    look = look_of(None)
    page = look.go("/accounts/persons/")
    page.fill("input[name=login]", "ringer")
    page.fill("input[name=password]", "curlew-on-the-mudflat")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/persons/")
    page.click("details.menu summary")
    page.click("text=Sign out")
    page.wait_for_url("**/accounts/login/**")


def test_another_year_is_said_where_no_distance_tells_it(look_of: LookOf, administrator: Person) -> None:
    page = look_of(administrator, timezone_id="UTC", locale="en-GB").go("/accounts/persons/administrator/")
    now = datetime.fromisoformat(page.locator("meta[name=now]").get_attribute("content"))
    for days in (-200, 10, 170, 365):
        time = now + timedelta(days=days)
        said = said_of(page, time)
        assert (str(time.year) in said) == (abs(days) > 45 and time.year != now.year), days
