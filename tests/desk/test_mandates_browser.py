"""Mandates, subjects, seals and retention in a real browser: two people's way, by keyboard, without barriers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from mandate_files import REASONS, in_force
from moment_sample import stated

from lapwing.desk import clock, moments
from lapwing.desk.accounts.models import Person
from lapwing.desk.intake.models import Event
from lapwing.desk.mandates import covered
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.moments.models import Moment
from lapwing.desk.seals import keeping
from lapwing.desk.subjects.models import Subject

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LookOf = Callable[..., Any]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def watched(analyst: Person, approver: Person) -> Subject:
    """A subject with acts, a moment, a sealed handle and two mandates."""
    in_force(analyst, approver, ["s-1", "s-2"], days=10)
    in_force(analyst, approver, ["s-1"])
    moments.take(*stated("m-1", subjects=("s-1", "s-2")))
    subject = Subject.objects.get(pseudonym="s-1")
    Event.objects.bulk_create(
        Event(
            number=at,
            subject=subject,
            time=clock.now() - timedelta(hours=at),
            kind=("share", "donate", "join")[at % 3],
            context=f"link:{at}",
        )
        for at in range(60)
    )
    keeping.put(None, subject.about, keeping.HANDLE, "@marsh_hen")
    return subject


def state_purpose(look: Any) -> None:
    page = look.go("/subjects/")
    if page.locator("input[name=purpose]").count():
        page.check("input[name=purpose][value=prevent]")
        page.click("form.stack button.main")


@pytest.mark.parametrize(
    ("scheme", "viewport"),
    [("light", {"width": 1280, "height": 900}), ("dark", PHONE)],
    ids=["wide", "phone"],
)
def test_nothing_stands_in_the_way_of_anybody(
    scheme: str,
    viewport: dict[str, int],
    look_of: LookOf,
    watched: Subject,
    analyst: Person,
    disclosure_officer: Person,
) -> None:
    look = look_of(analyst, color_scheme=scheme, viewport=viewport)
    state_purpose(look)
    cover = watched.covers.earliest("pk")
    pages = [
        "/mandates/",
        f"/mandates/{cover.mandate_id}/",
        "/mandates/ask/",
        "/mandates/ask/?ground=recruitment",
        f"/mandates/{cover.mandate_id}/add/",
        f"/mandates/{cover.mandate_id}/renew/",
        f"/mandates/{cover.mandate_id}/end/",
        f"/mandates/subjects/{cover.pk}/",
        "/subjects/",
        f"/subjects/{watched.pk}/",
        f"/seals/ask/{watched.pk}/",
        "/seals/",
    ]
    for path in pages:
        page = look.go(path)
        assert look.barriers() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
    look = look_of(disclosure_officer, color_scheme=scheme, viewport=viewport)
    page = look.go("/retention/")
    page.click("text=Show what would go")
    for path in ("/retention/", page.url.removeprefix(look.address)):
        page = look.go(path)
        assert look.barriers() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


def test_a_mandate_comes_into_force_by_the_hands_of_two_people(
    look_of: LookOf, analyst: Person, approver: Person
) -> None:
    page = look_of(analyst).go("/mandates/")
    page.keyboard.press("n")
    page.click("text=Recruitment")
    page.check("input[value=prevent]")
    page.check("input[value=suspected]")
    page.check("input[value=platform]")
    page.check("input[value=detection]")
    page.fill("textarea[name=reasons]", REASONS)
    page.click("button:text-is('Ask')")
    page.fill("input[name=one-subject]", "lark-204")
    page.check("input[name=one-category]")
    page.fill("textarea[name=one-evidence]", "Asked three others to come along, items 12 to 14.")
    page.fill("input[name=one-source]", "own case 12, page 3")
    page.click("button:text-is('Add')")
    assert "nobody is watched under it" in page.inner_text("main")

    second = look_of(approver).go("/mandates/")
    second.keyboard.press("j")
    second.keyboard.press("Enter")
    second.wait_for_selector("h1:has-text('Recruitment')")
    second.keyboard.press("d")
    second.fill("textarea[name=reasons]", REASONS)
    second.click("button:text-is('Approve')")
    assert "In force until" in second.inner_text("main")
    assert covered() == {"lark-204"}
    assert Mandate.objects.get().decided_by == approver


def test_a_seal_is_opened_by_the_hands_of_two_people(
    look_of: LookOf, watched: Subject, analyst: Person, approver: Person
) -> None:
    look = look_of(analyst)
    state_purpose(look)
    page = look.go(f"/subjects/{watched.pk}/")
    page.click("text=Ask to open it")
    page.check("input[name=mandate] >> nth=0")
    page.fill(
        "textarea[name=necessity]",
        "A partner has to warn this account tonight, and cannot find it otherwise.",
    )
    page.click("button:text-is('Ask')")
    address = page.url

    second = look_of(approver).go("/seals/")
    second.click("[data-row]")
    second.fill("textarea[name=reasons]", REASONS)
    second.click("button:text-is('Approve')")

    page.goto(address)
    page.click("text=Open the seal")
    assert page.inner_text(".secret") == "@marsh_hen"
    page.go_back()
    page.reload()
    assert "marsh" not in page.inner_text("main")


def test_what_is_over_goes_after_it_was_shown(
    look_of: LookOf, watched: Subject, disclosure_officer: Person
) -> None:
    Event.objects.filter(number__lt=20).update(time=clock.now() - timedelta(days=40))
    moments.take(*stated("m-2", subjects=("s-2",)))
    Moment.objects.update(stated=clock.now() - timedelta(days=61))
    page = look_of(disclosure_officer).go("/retention/")
    page.keyboard.press("n")
    page.wait_for_selector("text=what would go")
    assert "moment:m-1" in page.inner_text("main")
    assert Moment.objects.count() == 2
    page.fill("textarea[name=reasons]", REASONS)
    page.click("text=Erase what is on this list")
    page.wait_for_selector("text=what went")
    page.wait_for_selector("text=Finished:")
    assert not Moment.objects.exists()
