"""Openings on the page: asked by one, decided by another, shown once, seen by the overseer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from mandate_files import REASONS, in_force

from lapwing.cli import run
from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.mandates.steps import cancel
from lapwing.desk.seals import keeping
from lapwing.desk.seals.models import Opening, Sealed
from lapwing.desk.subjects.models import Subject

NECESSITY = "A partner has to warn this account tonight, and cannot find it by its pseudonym."


def wanted(minutes: int = 10) -> dict[str, object]:
    """The form of a request."""
    return {"mandate": Mandate.objects.get().pk, "necessity": NECESSITY, "minutes": minutes}


@pytest.fixture
def ask(analyst: Person, approver: Person) -> str:
    """The address where the opening of a sealed handle is asked for."""
    in_force(analyst, approver)
    keeping.put(None, "subject:lark-204", keeping.HANDLE, "@marsh_hen<b>")
    return f"/seals/ask/{Subject.objects.get().pk}/"


def test_a_seal_is_opened_by_two_people_and_once(ask: str, as_analyst: Client, as_approver: Client) -> None:
    form = wanted()
    assert "at least 40 characters" in as_analyst.post(ask, {**form, "necessity": "now"}).text
    page = as_analyst.post(ask, form)["Location"]
    assert as_analyst.post(f"{page}open/").status_code == 403
    assert as_analyst.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS}).status_code == 403
    assert NECESSITY in as_approver.get(page).text
    assert "Say whether you approve" in as_approver.post(f"{page}decide/", {"reasons": REASONS}).text
    as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS})
    assert as_approver.post(f"{page}open/").status_code == 403
    shown = as_analyst.post(f"{page}open/")
    assert "@marsh_hen&lt;b&gt;" in shown.text
    assert "no-store" in shown["Cache-Control"]
    again = as_analyst.post(f"{page}open/")
    assert again.status_code == 403
    assert "marsh" not in again.text
    assert "marsh" not in as_analyst.get(page).text


def test_a_seal_is_never_opened_by_a_link(ask: str, as_analyst: Client, as_approver: Client) -> None:
    page = as_analyst.post(ask, wanted())["Location"]
    as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS})
    assert as_analyst.get(f"{page}open/").status_code == 405
    assert Opening.objects.get().used_at is None


def test_the_overseer_sees_every_opening_and_opens_none(
    ask: str, as_analyst: Client, as_approver: Client, as_overseer: Client
) -> None:
    page = as_analyst.post(ask, wanted())["Location"]
    as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS})
    as_analyst.post(f"{page}open/")
    shown = as_overseer.get("/seals/").text
    assert NECESSITY in shown
    assert "opened" in shown
    assert as_overseer.get(ask).status_code == 403
    assert as_overseer.post(f"{page}open/").status_code == 403


def test_an_opening_that_ran_out_says_so(
    ask: str, as_analyst: Client, as_approver: Client, client_of: Callable[[Person], Client], analyst: Person
) -> None:
    page = as_analyst.post(ask, wanted(1))["Location"]
    as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS})
    with clock.moved(timedelta(minutes=2)):
        client = client_of(analyst)
        assert "The time ran out" in client.get(page).text
        assert "run out" in client.post(f"{page}open/").text


def test_a_request_is_withdrawn_on_the_page(ask: str, as_analyst: Client) -> None:
    page = as_analyst.post(ask, wanted())["Location"]
    as_analyst.post(f"{page}withdraw/")
    assert "Withdrawn." in as_analyst.get(page).text


def test_a_broken_envelope_is_told_and_not_shown(ask: str, as_analyst: Client, as_approver: Client) -> None:
    page = as_analyst.post(ask, wanted())["Location"]
    as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS})
    Sealed.objects.update(envelope=bytes(300))
    shown = as_analyst.post(f"{page}open/")
    assert shown.status_code == 500
    assert "Tell the overseer" in shown.text or "upgrade" in shown.text
    assert Opening.objects.get().used_at is None


def test_a_handle_that_is_not_kept_cannot_be_asked_for(as_analyst: Client) -> None:
    subject = Subject.objects.create(pseudonym="lark-204")
    assert as_analyst.get(f"/seals/ask/{subject.pk}/").status_code == 404
    assert as_analyst.get("/seals/", {"before": "x"}).status_code == 200


def test_seals_are_wrapped_anew_in_the_terminal(
    ask: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lapwing.desk.project.start.start", lambda home: None)
    monkeypatch.setattr("lapwing.desk.operation.opening.for_work", lambda: None)
    assert run(["seals", "rewrap"]) == 0
    assert "0 seals wrapped with test." in capsys.readouterr().out
    Sealed.objects.update(envelope=bytes(300), key_id="older")
    assert run(["seals", "rewrap"]) == 2
    assert "handle of subject:lark-204" in capsys.readouterr().err


def test_an_opening_whose_mandate_has_ended_says_so_and_not_that_it_opens(
    ask: str, approver: Person, as_analyst: Client, as_approver: Client
) -> None:
    waiting, page = (as_analyst.post(ask, wanted())["Location"] for _ in range(2))
    as_approver.post(f"{page}decide/", {"decision": "approve", "reasons": REASONS})
    assert "It can be opened once" in as_analyst.get(page).text
    mandate = Mandate.objects.get()
    cancel(approver, mandate, reasons=REASONS)
    for address in (waiting, page):
        shown = as_analyst.get(address).text
        assert f"Mandate {mandate.pk} does not cover this any more. The seal stays closed." in shown
        assert "It can be opened once" not in shown
        assert "It waits for" not in shown


def test_who_asked_reads_who_decides_and_not_what_role_they_lack(ask: str, as_analyst: Client) -> None:
    shown = as_analyst.get(as_analyst.post(ask, wanted())["Location"]).text
    assert "It waits for a second person, an approver or duty officer." in shown
    assert "This takes the role" not in shown
