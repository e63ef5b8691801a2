"""The main job of four roles in a real browser, each from signing in to its effect."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from desk_folder import without_database
from mandate_files import REASONS, in_force
from moment_sample import stated
from playwright.sync_api import Page, expect

from lapwing.desk import moments, oversight
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit import checkpointing
from lapwing.desk.moments.assessing import assess
from lapwing.desk.moments.deciding import decide
from lapwing.desk.moments.models import Moment
from lapwing.desk.seals import keeping, steps

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "curlew-on-the-mudflat"
BENIGN = "a match on that evening brought them to the same link"

Enter = Callable[[str, str], Page]


@pytest.fixture
def enter(look_of: Callable[..., Any], settings: SettingsWrapper) -> Enter:
    """`enter("overseer", "/oversight/")`: a person of this role signs in, in a browser of their own."""
    settings.DEMO = True

    def sign_in(role: str, path: str) -> Page:
        Person.objects.create_person(role.replace("_", "-"), [role], PASSWORD)
        page: Page = look_of(None).go(f"/accounts/login/?next={path}")
        page.set_default_timeout(10_000)
        page.fill("input[name=login]", role.replace("_", "-"))
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    return sign_in


def proposal(analyst: Person, approver: Person) -> Moment:
    """A moment with a referral that waits for its second reader."""
    in_force(analyst, approver, ["s-1", "s-2", "s-3"])
    moments.take(*stated("m-1"))
    moment = Moment.objects.get()
    assess(moment, analyst, "open", BENIGN, REASONS)
    decide(moment, analyst, "refer", REASONS, BENIGN, recipient="a partner")
    return moment


def test_an_administrator_adds_a_person_who_comes_in_and_reads_no_content(
    enter: Enter, look_of: Callable[..., Any]
) -> None:
    page = enter("administrator", "/accounts/persons/")
    page.keyboard.press("n")
    page.fill("input[name=username]", "wader")
    page.check("input[name=roles][value=analyst]")
    page.click("main button.main")
    initial = page.inner_text(".secret")
    page.goto(page.url.partition("/accounts/")[0] + "/moments/")
    expect(page.locator("main")).to_contain_text("This takes the role of")

    own = look_of(None).go("/accounts/login/")
    own.fill("input[name=login]", "wader")
    own.fill("input[name=password]", initial)
    own.keyboard.press("Enter")
    expect(own.locator("body")).to_contain_text("First choose a password of your own.")


def test_a_duty_officer_opens_the_way_to_a_handle_as_the_second_person(
    enter: Enter, analyst: Person, approver: Person
) -> None:
    mandate = in_force(analyst, approver, ["s-1"])
    opening = steps.ask(
        analyst, keeping.put(None, "subject:s-1", keeping.HANDLE, "@marsh_hen"), mandate, necessity=REASONS
    )
    page = enter("duty_officer", "/seals/")
    page.click("[data-row]")
    page.fill("textarea[name=reasons]", REASONS)
    page.click("button:text-is('Approve')")
    expect(page.locator("main")).to_contain_text("It can be opened once")
    assert "marsh_hen" not in page.content()
    assert steps.open_(analyst, opening) == "@marsh_hen"


def test_a_reviewer_reads_a_referral_a_second_time_and_it_takes_effect(
    enter: Enter, analyst: Person, approver: Person
) -> None:
    moment = proposal(analyst, approver)
    page = enter("reviewer", "/moments/")
    page.get_by_label("prevention").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#queue")).to_be_visible()
    page.goto(page.url.partition("/moments/")[0] + "/moments/second/")
    page.click("a[href*='/moments/m/m-1/']")
    page.fill("#id_assess-benign", BENIGN)
    page.check("input[name=assess-judgement] >> nth=0")
    page.fill("#id_assess-reasons", REASONS)
    page.click("#assess button.main")
    page.fill("#id_second-why", REASONS)
    page.click("button:text-is('Agree')")
    expect(page.locator("body")).to_contain_text("You agreed: the decision is in force.")
    moment.refresh_from_db()
    assert moment.outcome == "refer"
    assert moment.disclosures.get().recipient == "a partner"


def test_an_overseer_finds_a_decision_in_the_log_takes_the_log_away_and_stops_the_machine(
    enter: Enter, analyst: Person, approver: Person, tmp_path: Path, settings: SettingsWrapper
) -> None:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    proposal(analyst, approver)
    checkpointing.make()
    page = enter("overseer", "/oversight/")
    site = page.url.partition("/oversight/")[0]
    page.goto(f"{site}/audit/?action=decision.propose")
    page.click("[data-row]")
    expect(page.locator("main")).to_contain_text(REASONS)
    expect(page.locator("main")).to_contain_text("moment:m-1")

    page.goto(f"{site}/oversight/")
    page.click("details:has(#export-why) > summary")
    page.fill("#export-why", "for the court")
    with page.expect_download() as taken:
        page.click("button:text-is('Export the whole log')")
    file, keys = tmp_path / "audit.jsonl", tmp_path / "audit.keys"
    taken.value.save_as(file)
    keys.write_text("".join(f"{key.text()}\n" for key in checkpointing.public_keys()), "utf-8")
    checked = [sys.executable, "-m", "lapwing.cli", "audit", "verify", str(file), "--key", str(keys)]
    done = subprocess.run(checked, env=without_database(), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    page.click("button:text-is('Stop the machine')")
    expect(page.locator("body")).to_contain_text("All detectors are halted. Every clock runs on.")
    assert oversight.stopped()
