"""The pages of mandates: what ends when, ask, add, decide, renew, end; hostile input is shown as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from mandate_files import REASONS, ask, in_force

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.mandates import covered
from lapwing.desk.mandates.models import Cover, Mandate
from lapwing.desk.mandates.state import State
from lapwing.desk.subjects.models import Subject

HOSTILE = "<script>alert(1)</script>' OR 1=1 -- \u202egnp.exe \U0001f426"


def asked_for(client: Client, **changes: object) -> dict[str, object]:
    return {
        "purpose": "prevent",
        "categories": ["suspected"],
        "sources": ["platform"],
        "means": ["reading", "detection"],
        "days": "90",
        "reasons": REASONS,
        **changes,
    }


def test_a_mandate_goes_from_the_question_to_force_by_two_people(
    as_analyst: Client, as_approver: Client, db: None
) -> None:
    assert "Directive (EU) 2017/541, Art. 6" in as_analyst.get("/mandates/ask/").text
    answer = as_analyst.post("/mandates/ask/?ground=recruitment", asked_for(as_analyst))
    mandate = Mandate.objects.get()
    assert answer["Location"] == f"/mandates/{mandate.pk}/add/"
    evidence = "Asked three others to come along, items 12 to 14."
    one = {"subject": "lark-204", "category": "suspected", "evidence": evidence, "source": "own case 12"}
    as_analyst.post(f"/mandates/{mandate.pk}/add/", {f"one-{name}": value for name, value in one.items()})
    assert as_analyst.get(f"/mandates/{mandate.pk}/decide/").status_code == 403
    page = as_approver.get(f"/mandates/{mandate.pk}/decide/").text
    assert evidence in page
    assert REASONS in page
    read = page.split('name="read" value="')[1].split('"')[0]
    as_approver.post(
        f"/mandates/{mandate.pk}/decide/", {"decision": "approve", "reasons": REASONS, "read": read}
    )
    assert covered() == {"lark-204"}
    assert "In force until" in as_analyst.get(f"/mandates/{mandate.pk}/").text


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(as_analyst: Client) -> None:
    page = as_analyst.post(
        "/mandates/ask/?ground=content",
        asked_for(as_analyst, days="400", reasons="because", purpose="prevent"),
    ).text
    assert "from 1 to 90 days" in page
    assert "at least 40 characters" in page
    assert "because</textarea>" in page
    assert not Mandate.objects.exists()


def test_a_list_is_taken_or_refused_on_the_page(as_analyst: Client, analyst: Person) -> None:
    mandate = ask(analyst, ())
    address = f"/mandates/{mandate.pk}/add/"
    accused = "subject,category,evidence\n" + "".join(
        f"lark-{n},suspected,Named in the list of the volunteers\n" for n in range(3)
    )
    page = as_analyst.post(address, {"source": "a list from volunteers", "list": accused}).text
    assert "whole list is refused" in page
    assert not Subject.objects.exists()
    good = 'subject,category,evidence\nlark-1,suspected,"Asked for money on day 3, item 12."\n'
    assert as_analyst.post(address, {"source": "own case 12", "list": good}).status_code == 302
    assert mandate.covers.count() == 1


def test_what_changed_since_it_was_read_is_read_again(as_approver: Client, analyst: Person) -> None:
    mandate = ask(analyst)
    page = as_approver.post(
        f"/mandates/{mandate.pk}/decide/", {"decision": "approve", "reasons": REASONS, "read": "0" * 64}
    )
    assert "changed while you read it" in page.text
    mandate.refresh_from_db()
    assert mandate.state == State.ASKED


def test_a_decision_that_is_no_decision_approves_nothing(as_approver: Client, analyst: Person) -> None:
    mandate = ask(analyst)
    for decision in ("", "Approve", "yes"):
        as_approver.post(
            f"/mandates/{mandate.pk}/decide/",
            {"decision": decision, "reasons": REASONS, "read": mandate.fingerprint()},
        )
        mandate.refresh_from_db()
        assert mandate.state == State.ASKED, decision
    assert "Say whether you approve" in as_approver.post(f"/mandates/{mandate.pk}/decide/", {}).text


def test_the_nearest_end_comes_first_in_picture_and_table(
    as_analyst: Client, client_of: Callable[[Person], Client], analyst: Person, approver: Person
) -> None:
    late, soon = in_force(analyst, approver, days=80), in_force(analyst, approver, days=7)
    page = as_analyst.get("/mandates/").text
    picture = page.split("<svg")[1].split("</svg>")[0]
    assert picture.index(f">{soon.pk}</text>") < picture.index(f">{late.pk}</text>")
    table = page.split("</svg>")[1]
    assert table.index(f"/mandates/{soon.pk}/") < table.index(f"/mandates/{late.pk}/")
    assert "1 ends within 14 days" in page
    with clock.moved(datetime(2026, 12, 1, 12, tzinfo=UTC) - clock.now()):
        in_force(analyst, approver, days=7)
        french = client_of(analyst).get("/mandates/", headers={"accept-language": "fr"}).text
        assert ">1 déc.</text>" in french
    with clock.moved(timedelta(days=200)):
        assert "nobody is watched" in client_of(analyst).get("/mandates/").text


def test_after_the_end_the_evidence_is_shown_to_oversight_alone(
    client_of: Callable[[Person], Client], analyst: Person, approver: Person, overseer: Person
) -> None:
    mandate = in_force(analyst, approver)
    evidence = mandate.covers.get().evidence
    pages = [f"/mandates/{mandate.pk}/", f"/mandates/subjects/{mandate.covers.get().pk}/"]
    for page in pages:
        assert evidence in client_of(analyst).get(page).text
        with clock.moved(timedelta(days=91)):
            assert "not in force" in client_of(analyst).get(pages[0]).text
            assert evidence not in client_of(analyst).get(page).text
            assert evidence not in client_of(approver).get(page).text
            assert evidence in client_of(overseer).get(page).text


def test_every_reading_of_a_mandate_is_in_the_log(as_analyst: Client, analyst: Person) -> None:
    mandate = ask(analyst)
    as_analyst.get(f"/mandates/{mandate.pk}/")
    assert Entry.objects.filter(action="mandate.read", about=mandate.about, by=analyst).count() == 1


def test_a_renewal_on_the_page_asks_for_each_subject(
    as_analyst: Client, analyst: Person, approver: Person
) -> None:
    old = in_force(analyst, approver, ["lark-1", "lark-2"])
    keep = old.covers.get(subject__pseudonym="lark-2").pk
    fields = asked_for(as_analyst, reasons="Since then: " + REASONS, which="chosen", keep=[keep])
    as_analyst.post(f"/mandates/{old.pk}/renew/", fields)
    new = Mandate.objects.get(renews=old)
    assert [cover.subject.pseudonym for cover in new.covers.all()] == ["lark-2"]
    as_analyst.post(f"/mandates/{old.pk}/renew/", {**fields, "which": "all", "keep": []})
    assert Mandate.objects.filter(renews=old).latest("pk").covers.count() == 2
    page = as_analyst.post(f"/mandates/{old.pk}/renew/", {**fields, "keep": []}).text
    assert "For none, let it end" in page


def test_ending_says_what_stops(as_analyst: Client, analyst: Person, approver: Person) -> None:
    mandate = in_force(analyst, approver, ["lark-1", "lark-2"])
    assert "stop at once on 2 subjects" in as_analyst.get(f"/mandates/{mandate.pk}/end/").text
    as_analyst.post(f"/mandates/{mandate.pk}/end/", {"reasons": REASONS})
    assert not covered()


def test_a_protected_subject_is_agreed_to_on_its_page_by_a_second_approver(
    as_approver: Client,
    analyst: Person,
    approver: Person,
    person_of: Callable[..., Person],
    client_of: Callable[[Person], Client],
) -> None:
    Subject.objects.create(pseudonym="lark-204", privilege="press")
    cover = in_force(analyst, approver).covers.get()
    page = f"/mandates/subjects/{cover.pk}/"
    assert "You had a part in this mandate" in as_approver.get(page).text
    second = client_of(person_of("approver"))
    assert "Approve independently" in second.get(page).text
    second.post(f"{page}agree/", {"reasons": REASONS})
    assert covered() == {"lark-204"}
    second.post(f"{page}release/", {"reasons": REASONS})
    assert not covered()


def test_a_further_subject_is_decided_on_its_page(
    as_analyst: Client, as_approver: Client, analyst: Person, approver: Person
) -> None:
    mandate = in_force(analyst, approver)
    good = 'subject,category,evidence\nlark-1,suspected,"Asked for money on day 3, item 12."\n'
    as_analyst.post(f"/mandates/{mandate.pk}/add/", {"source": "own case 12", "list": good})
    cover = Cover.objects.get(subject__pseudonym="lark-1")
    page = f"/mandates/subjects/{cover.pk}/"
    assert as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": "no"}).status_code == 422
    as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS})
    assert covered() == {"lark-1", "lark-204"}


def test_hostile_input_is_shown_as_text(as_analyst: Client, as_approver: Client) -> None:
    as_analyst.post("/mandates/ask/?ground=recruitment", asked_for(as_analyst, reasons=HOSTILE + REASONS))
    mandate = Mandate.objects.get()
    one = {"subject": HOSTILE, "category": "suspected", "evidence": HOSTILE + REASONS, "source": HOSTILE}
    add = f"/mandates/{mandate.pk}/add/"
    refused = as_analyst.post(add, {f"one-{name}": value for name, value in one.items()}).text
    assert "look like the name of somebody else" in refused
    assert "<script>alert" not in refused
    one["subject"] = HOSTILE.replace("\u202e", "")
    as_analyst.post(add, {f"one-{name}": value for name, value in one.items()})
    assert mandate.covers.get().subject.pseudonym == one["subject"]
    for client, page in (
        (as_analyst, f"/mandates/{mandate.pk}/"),
        (as_analyst, f"/mandates/subjects/{mandate.covers.get().pk}/"),
        (as_approver, f"/mandates/{mandate.pk}/decide/"),
    ):
        shown = client.get(page).text
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize("text", ["\x00" + REASONS, "x" * 5000])
def test_null_bytes_and_floods_are_refused_in_words(as_analyst: Client, text: str) -> None:
    page = as_analyst.post("/mandates/ask/?ground=recruitment", asked_for(as_analyst, reasons=text))
    assert 'class="errorlist"' in page.text
    assert not Mandate.objects.exists()


@pytest.mark.parametrize("start", ["", "abc", "-1", "9" * 30, "1 OR 1=1", "\u0661"])
def test_strange_places_in_lists_do_no_harm(as_analyst: Client, analyst: Person, start: str) -> None:
    mandate = ask(analyst)
    assert as_analyst.get("/mandates/", {"before": start}).status_code == 200
    assert as_analyst.get(f"/mandates/{mandate.pk}/", {"after": start}).status_code == 200


def test_an_administrator_opens_no_page_of_mandates(as_administrator: Client, analyst: Person) -> None:
    mandate = ask(analyst)
    for page in (
        "/mandates/",
        f"/mandates/{mandate.pk}/",
        "/mandates/ask/",
        "/subjects/",
        "/seals/",
        "/retention/",
    ):
        assert as_administrator.get(page).status_code == 403


def test_no_purpose_is_chosen_for_whoever_asks_unless_there_is_but_one(as_analyst: Client) -> None:
    assert (
        "checked"
        not in re.findall(
            r'<input[^>]*name="purpose"[^>]*>', as_analyst.get("/mandates/ask/?ground=recruitment").text
        )[0]
    )
    (only,) = re.findall(
        r'<input[^>]*name="purpose"[^>]*>', as_analyst.get("/mandates/ask/?ground=terms").text
    )
    assert "checked" in only


def test_from_a_subject_under_a_mandate_a_link_leads_to_its_page(
    as_analyst: Client, analyst: Person, approver: Person
) -> None:
    cover = in_force(analyst, approver).covers.get()
    page = as_analyst.get(f"/mandates/subjects/{cover.pk}/").text
    assert f'href="/subjects/{cover.subject_id}/"' in page


def test_a_renewal_of_many_subjects_has_them_in_columns(
    as_analyst: Client, analyst: Person, approver: Person
) -> None:
    mandate = in_force(analyst, approver)
    page = as_analyst.get(f"/mandates/{mandate.pk}/renew/").text
    assert 'class="choices many"' in page
    assert "The old one keeps its end:" in page
