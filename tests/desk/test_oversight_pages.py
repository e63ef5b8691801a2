"""The overseer sees every act, is told when a view is narrowed, and needs one press to stop the machine."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from moment_sample import stated

from lapwing.desk import audit, clock, oversight
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit import checkpointing
from lapwing.desk.audit.models import Entry
from lapwing.desk.audit.verification import verify
from lapwing.desk.moments import take
from lapwing.desk.moments.assessing import assess
from lapwing.desk.moments.deciding import decide
from lapwing.desk.moments.models import Moment
from lapwing.desk.oversight import figures, views
from lapwing.desk.oversight.verifying import VERIFIER, Verifier

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def said(count: int, by: Person | None = None, action: str = "moment.look") -> None:
    for number in range(count):
        with transaction.atomic():
            audit.record(by, action, f"moment:m-{number}", why=f"reason <b>{number}</b> \u202e")


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"<a data-row href=\"/audit/(\d+)/\"", page)]


# --- the log ---------------------------------------------------------------------------------------------


def test_every_entry_is_shown_page_by_page(as_overseer: Client) -> None:
    said(250)
    last = Entry.objects.latest("number").number
    address, seen = reverse("audit:log"), list[int]()
    while address:
        page = text(as_overseer, address)
        seen += numbers(page)
        following = re.search(r'href="\?([^"]*before=\d+)" data-key="n"', page)
        address = f"{reverse('audit:log')}?{following[1]}" if following else ""
    assert sorted(seen)[:last] == list(range(1, last + 1))
    assert len(seen) == len(set(seen))


def test_the_overseers_own_looks_are_in_the_log(as_overseer: Client, overseer: Person) -> None:
    text(as_overseer, reverse("audit:log"))
    text(as_overseer, reverse("oversight:page"))
    assert list(Entry.objects.filter(by=overseer).values_list("action", flat=True))[-2:] == [
        "audit.read",
        "oversight.look",
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("action=moment.look", 5), ("about=moment:m-2", 2), ("by=the-analyst", 5), ("by=-&action=moment.decide", 3),
        ("until=2020-01-01", 0), ("action=moment.look&about=moment:m-2&by=THE-ANALYST", 1),
    ],
)  # fmt: skip
def test_a_filter_narrows_the_view_and_says_so(
    as_overseer: Client, everybody: dict[str, Person], query: str, count: int
) -> None:
    said(5, everybody["analyst"])
    said(3, None, "moment.decide")
    page = text(as_overseer, f"{reverse('audit:log')}?{query}")
    assert len(numbers(page)) == count
    assert "The view is narrowed: this is not all of the log." in page
    assert "Show every entry" in page
    assert "The view is narrowed" not in text(as_overseer, reverse("audit:log"))


@pytest.mark.parametrize(
    "query", ["by=nobody-here", "until=yesterday", "before=x", "before=99999999999999999999999"]
)
def test_a_filter_that_cannot_be_understood_is_no_fault_of_the_server(
    as_overseer: Client, query: str
) -> None:
    page = text(as_overseer, f"{reverse('audit:log')}?{query}")
    if "until" in query:
        assert "The day is not written as in 2026-03-01." in page
    if "by" in query:
        assert "Nobody is called that here." in page


def test_hostile_words_are_shown_as_text(as_overseer: Client) -> None:
    said(1)
    for address in (
        reverse("audit:log"),
        reverse("audit:entry", args=[Entry.objects.get(action="moment.look").pk]),
    ):
        page = text(as_overseer, address)
        assert "reason &lt;b&gt;0&lt;/b&gt; ⟨U+202E⟩" in page
        assert "\u202e" not in page


def test_an_entry_says_whether_it_is_as_it_was_recorded(as_overseer: Client) -> None:
    said(5)
    checkpointing.make()
    said(1)
    assert "Yes: 3 hashes lead from what it says to the root that was signed at entry" in text(
        as_overseer, reverse("audit:entry", args=[3])
    )
    assert "It is younger than the last checkpoint." in text(
        as_overseer, reverse("audit:entry", args=[Entry.objects.latest("number").pk])
    )
    assert as_overseer.get("/audit/99999/").status_code == 404
    assert as_overseer.get(f"/audit/{10**30}/").status_code == 404


# --- the page --------------------------------------------------------------------------------------------


def test_the_page_has_an_answer_when_nothing_has_happened_yet(as_overseer: Client) -> None:
    page = text(as_overseer, reverse("oversight:page"))
    for words in (
        "0 moments became known.", "None is overdue now.", "Nobody asked to open a seal.", "Nothing was refused.",
        "None ends within 14 days.", "It has not been verified yet.", "It has never been stopped.",
    ):  # fmt: skip
        assert words in page, words


def test_each_moment_counts_once_under_what_was_last_decided(analyst: Person) -> None:
    for key in ("m-1", "m-2", "m-3", "m-4"):
        take(*stated(key))
    reasons, benign = "they fit the acts", "a match on that evening"
    for key in ("m-1", "m-2"):
        moment = Moment.objects.get(pk=key)
        assess(moment, analyst, "open", benign, reasons)
        decide(moment, analyst, "observe", reasons, benign)
    decide(Moment.objects.get(pk="m-2"), analyst, "benign", reasons, benign)
    assess(Moment.objects.get(pk="m-3"), analyst, "open", benign, reasons)
    now = clock.now()
    found = figures.outcomes(now, now - timedelta(days=1))
    assert {row.title: row.count for row in found.rows if row.count} == {
        "observe": 1,
        "close as benign": 1,
        "not decided yet": 1,
        "not assessed yet": 1,
    }
    assert found.raised == sum(row.count for row in found.rows)
    assert figures.outcomes(now, now + timedelta(days=1)).raised == 0


def test_refusals_are_counted_by_who_was_refused_what(
    as_overseer: Client, as_analyst: Client, overseer: Person, client_of: Callable[[Person], Client]
) -> None:
    for _ in range(3):
        assert as_analyst.get(reverse("audit:log")).status_code == 403
    page = text(as_overseer, reverse("oversight:page"))
    assert "The desk refused 3 acts." in page
    assert re.search(
        r"<td>analyst</td><td class=\"text\">Read the audit log, every entry of it<br><code class=\"soft\">audit.read"
        r"</code></td>.*<td class=\"n\">3</td>",
        page,
    )
    with clock.moved(timedelta(days=8)):
        assert "Nothing was refused." in text(client_of(overseer), f"{reverse('oversight:page')}?days=7")


def test_a_refusal_is_read_in_the_language_of_its_reader_whoever_was_refused(
    as_overseer: Client, as_analyst: Client
) -> None:
    french = {"accept-language": "fr"}
    as_analyst.get(reverse("audit:log"), headers=french)
    refused = as_analyst.get(reverse("audit:log"))
    assert "This takes the role of overseer." in refused.content.decode()
    page = text(as_overseer, reverse("oversight:page"))
    assert re.search(r"This takes the role of overseer\.</td><td class=\"n\">2</td>", page)
    number = Entry.objects.filter(action="guard.refuse").latest("number").number
    addresses = (reverse("oversight:page"), reverse("audit:log"), reverse("audit:entry", args=[number]))
    for address in addresses:
        page = unescape(as_overseer.get(address, headers=french).content.decode())
        assert "Il faut pour cela le rôle : contrôleur." in page
        assert "Lire le journal d’audit, toutes ses entrées" in page
        assert "This takes the role" not in page


def test_the_first_key_of_a_log_took_the_place_of_none(as_overseer: Client) -> None:
    def keys() -> list[str]:
        page = text(as_overseer, reverse("oversight:page"))
        return re.findall(r"a new key signs the log</a></td><td class=\"n\">(\d+)</td>", page)

    for counted in ([], ["1"], ["2"]):
        with transaction.atomic():
            audit.record(None, "audit.key", "audit")
        assert keys() == counted


def test_the_log_is_verified_by_a_button_and_the_finding_is_kept(
    as_overseer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "VERIFIER", Verifier(lambda act: act()))
    checkpointing.make()
    said(3)
    answer = as_overseer.post(reverse("oversight:verify"), follow=True)
    assert "<strong>Whole</strong>" in answer.content.decode()
    found = Entry.objects.get(action="audit.verify").detail
    assert found["whole"] is True
    assert found["first_bad"] is None


def test_one_verification_runs_at_a_time_and_the_page_says_how_far_it_is(
    as_overseer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []
    monkeypatch.setattr(views, "VERIFIER", Verifier(waiting.append))
    checkpointing.make()
    as_overseer.post(reverse("oversight:verify"))
    assert "Being verified: 0 of" in text(as_overseer, reverse("oversight:verification"))
    again = as_overseer.post(reverse("oversight:verify"), follow=True).content.decode()
    assert "The log is being verified already." in again
    assert "Verify every entry now" not in again
    waiting.pop()()
    assert not waiting
    assert "<strong>Whole</strong>" in text(as_overseer, reverse("oversight:verification"))


@pytest.mark.django_db(transaction=True)
def test_a_verification_runs_beside_the_pages(overseer: Person) -> None:
    checkpointing.make()
    assert VERIFIER.start(overseer)
    for _ in range(200):
        if VERIFIER.now() is None and Entry.objects.filter(action="audit.verify").exists():
            break
        time.sleep(0.05)
    assert Entry.objects.get(action="audit.verify").detail["whole"] is True


def test_an_export_takes_a_reason_and_can_be_verified(as_overseer: Client) -> None:
    checkpointing.make()
    said(3)
    refused = as_overseer.post(reverse("audit:export"), {"why": " "})
    assert refused.status_code == 422
    assert "Say what the export is for" in refused.content.decode()
    answer = as_overseer.post(reverse("audit:export"), {"why": "for the court", "words": "yes"})
    assert re.fullmatch(r'attachment; filename="audit-[0-9TZ-]+\.jsonl"', answer["Content-Disposition"])
    lines = b"".join(answer.streaming_content).splitlines(keepends=True)  # type: ignore[attr-defined]
    assert verify(lines, checkpointing.public_keys()).whole
    assert b"for the court" in lines[-1]


# --- the button ------------------------------------------------------------------------------------------


def test_one_press_on_the_page_stops_the_machine(as_overseer: Client) -> None:
    page = text(as_overseer, reverse("oversight:page"))
    assert page.index("Stop the machine</button>") < page.index("What became of the moments")
    answer = as_overseer.post(reverse("oversight:stop"), {"why": ""}, follow=True)
    assert oversight.stopped()
    assert "All detectors are halted. Every clock runs on." in answer.content.decode()
    assert "No reason was given when the button was pressed." in answer.content.decode()


def test_starting_again_on_the_page_takes_a_reason(as_overseer: Client, as_duty_officer: Client) -> None:
    as_duty_officer.post(reverse("oversight:stop"), {"why": "something is wrong"})
    assert "Only an overseer starts it again." in text(as_duty_officer, reverse("oversight:stop"))
    assert as_duty_officer.post(reverse("oversight:start"), {"why": "all is well"}).status_code == 403
    refused = as_overseer.post(reverse("oversight:start"), {"why": ""})
    assert refused.status_code == 422
    assert "Give the reason: it stands in the log." in refused.content.decode()
    assert oversight.stopped()
    as_overseer.post(reverse("oversight:start"), {"why": "it was looked into"})
    assert not oversight.stopped()


@pytest.mark.parametrize("why", ["x" * 2001, "a\x00b"])
def test_a_reason_that_cannot_be_kept_is_refused_with_words(as_overseer: Client, why: str) -> None:
    answer = as_overseer.post(reverse("oversight:stop"), {"why": why})
    assert answer.status_code == 422
    assert re.search("at most 2000 characters|Null characters are not allowed", answer.content.decode())
    assert not oversight.stopped()
    assert as_overseer.post(reverse("audit:export"), {"why": why}).status_code == 422


@pytest.mark.parametrize("name", ["oversight:page", "audit:log"])
@pytest.mark.parametrize(
    "role", ["analyst", "reviewer", "approver", "duty_officer", "disclosure_officer", "administrator"]
)
def test_nobody_else_reads_what_the_overseer_reads(
    name: str, role: str, everybody: dict[str, Person], client_of: Callable[[Person], Client]
) -> None:
    assert client_of(everybody[role]).get(reverse(name)).status_code == 403
