"""Subjects within mandate and purpose, and one of them: facts about acts, and nothing that sums a subject up."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from mandate_files import REASONS, in_force
from moment_sample import stated

from lapwing.desk import clock, moments
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.guard import Refused
from lapwing.desk.intake.models import Event
from lapwing.desk.mandates import attaching, covered, steps
from lapwing.desk.seals import keeping
from lapwing.desk.subjects.marking import MarkError, mark
from lapwing.desk.subjects.models import Subject
from lapwing.desk.subjects.use import WEEK, WEEKS, use
from lapwing.events.vocabulary import Vocabulary

HOSTILE = "<img src=x onerror=alert(1)>' OR 1=1 -- \u202egnp.exe"


@pytest.fixture
def looking(client_of: Callable[[Person], Client]) -> Callable[..., Client]:
    """A client that has stated what it looks for."""

    def sign_in(person: Person, purpose: str = "prevent") -> Client:
        client = client_of(person)
        client.post("/moments/purpose/", {"purpose": purpose, "next": "/subjects/"})
        return client

    return sign_in


def page_of(name: str) -> str:
    return f"/subjects/{Subject.objects.get(pseudonym=name).pk}/"


def acts(name: str, count: int, *, context: str = "link:a", kind: str = "share") -> None:
    subject = Subject.objects.get(pseudonym=name)
    first = Event.objects.count()
    Event.objects.bulk_create(
        Event(
            number=first + at,
            subject=subject,
            time=clock.now() - timedelta(minutes=at),
            kind=kind,
            context=f"{context}{at}",
        )
        for at in range(count)
    )


def test_nobody_is_listed_before_a_purpose_is_stated(
    client_of: Callable[[Person], Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver)
    for page in ("/subjects/", page_of("lark-204")):
        shown = client_of(analyst).get(page).text
        assert "What do you look for?" in shown
        assert "lark-204" not in shown


def test_only_who_is_within_mandate_and_purpose_is_listed(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, ["lark-1"])
    in_force(analyst, approver, ["lark-2"], purpose="investigate")
    Subject.objects.create(pseudonym="lark-3")
    shown = looking(analyst).get("/subjects/").text
    assert [name for name in ("lark-1", "lark-2", "lark-3") if name in shown] == ["lark-1"]
    assert "lark-1" not in looking(analyst, "investigate").get("/subjects/").text


def test_a_subject_closes_when_its_mandate_ends(
    looking: Callable[..., Client], analyst: Person, approver: Person, overseer: Person
) -> None:
    mandate = in_force(analyst, approver)
    acts("lark-204", 3)
    page = page_of("lark-204")
    assert "link:a2" in looking(analyst).get(page).text
    steps.cancel(analyst, mandate, reasons=REASONS)
    refused = looking(analyst).get(page)
    assert refused.status_code == 403
    assert "No mandate in force covers this subject" in refused.text
    assert "lark-204" not in refused.text
    assert "link:a2" in looking(overseer).get(page).text
    assert "lark-204" not in looking(analyst).get("/subjects/").text


def test_a_refusal_does_not_tell_who_is_known(looking: Callable[..., Client], analyst: Person) -> None:
    known = Subject.objects.create(pseudonym="lark-204")
    client = looking(analyst)
    client.get("/subjects/")
    answers = [client.get(f"/subjects/{key}/") for key in (known.pk, known.pk + 1)]
    assert [answer.status_code for answer in answers] == [403, 403]
    one, other = (answer.text.split("<main")[1].split("</main>")[0] for answer in answers)
    assert one == other


def test_every_look_and_search_is_in_the_log_with_its_purpose(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver)
    client = looking(analyst)
    client.get("/subjects/", {"q": "lark"})
    client.get(page_of("lark-204"))
    entries = list(Entry.objects.filter(action="subject.look", by=analyst).order_by("number"))
    assert (entries[0].detail["means"], entries[0].why) == ("search", "lark")
    assert entries[1].about == "subject:lark-204"
    assert all(entry.detail["purpose"] == "prevent" for entry in entries)


def test_a_search_takes_a_mandate_that_allows_searches(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, ["lark-1"], means=("reading",))
    in_force(analyst, approver, ["lark-2"])
    client = looking(analyst)
    assert "lark-1" in client.get("/subjects/").text
    found = client.get("/subjects/", {"q": "lark"}).text
    assert "lark-1" not in found
    assert "lark-2" in found


def test_subjects_stand_in_the_order_of_their_pseudonyms_whatever_they_did(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    names = [f"jay-{n:03}" for n in range(120)]
    for start in range(0, 120, 60):
        in_force(analyst, approver, names[start : start + 60][::-1])
    acts("jay-110", 50)
    client, seen, page = looking(analyst), [], "/subjects/"
    while page:
        shown = client.get(page).text
        seen += re.findall(r"data-row class=\"hostile\" href=\"/subjects/\d+/\">([^<]+)<", shown)
        onward = re.search(r'href="(\?q=&amp;after=[^"]+)"', shown)
        page = "/subjects/" + onward[1].replace("&amp;", "&") if onward else ""
    assert seen == names


def test_acts_are_turned_over_page_by_page(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver)
    acts("lark-204", 120)
    Event.objects.update(time=clock.now())
    client, seen, page = looking(analyst), [], page_of("lark-204")
    while page:
        shown = client.get(page).text
        seen += re.findall(r"link:a(\d+)<", shown)
        onward = re.search(r'href="(\?from=[^"]+)"', shown)
        page = page_of("lark-204") + onward[1] if onward else ""
    assert [int(number) for number in seen] == list(range(119, -1, -1))


@pytest.mark.parametrize("start", ["", "x", "1.2.3", "9" * 17 + ".1", "1." + "9" * 30, "\x00", "-5.1"])
def test_strange_places_do_no_harm(
    looking: Callable[..., Client], analyst: Person, approver: Person, start: str
) -> None:
    in_force(analyst, approver)
    client = looking(analyst)
    assert client.get(page_of("lark-204"), {"from": start}).status_code == 200
    expected = 422 if "\x00" in start else 200
    assert client.get("/subjects/", {"after": start, "q": start}).status_code == expected


def test_moments_with_somebody_out_of_reach_are_counted_and_not_shown(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, ["s-1", "s-2"])
    moments.take(*stated("m-1", subjects=("s-1", "s-2")))
    moments.take(*stated("m-2", subjects=("s-1", "s-9")))
    shown = looking(analyst).get(page_of("s-1")).text
    assert "/moments/m/m-1/" in shown
    assert "m-2" not in shown
    assert "1 moment names it together with somebody" in shown
    assert "circle-0" in shown


def test_contacts_are_one_step_and_within_mandates(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, ["s-1", "s-2", "s-3"])
    moments.take(*stated("m-1", subjects=("s-1", "s-2", "s-9")))
    moments.take(*stated("m-2", subjects=("s-2", "s-3")))
    part = looking(analyst).get(page_of("s-1")).text.split("In moments with")[1].split("</section>")[0]
    assert ">s-2<" in part
    assert "s-3" not in part
    assert "s-9" not in part
    assert "1 is under no mandate" in part


def test_contacts_take_a_mandate_that_allows_them(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, ["s-1"], means=("reading",))
    in_force(analyst, approver, ["s-2"])
    moments.take(*stated("m-1", subjects=("s-1", "s-2")))
    shown = looking(analyst).get(page_of("s-1")).text
    assert "No mandate in force allows to see the contacts" in shown
    assert ">s-2<" not in shown


def test_the_handle_is_on_no_page(
    looking: Callable[..., Client], analyst: Person, approver: Person, overseer: Person
) -> None:
    mandate = in_force(analyst, approver)
    keeping.put(None, "subject:lark-204", keeping.HANDLE, "@marsh_hen")
    for person in (analyst, approver, overseer):
        for page in ("/subjects/", page_of("lark-204"), "/seals/", f"/mandates/{mandate.pk}/"):
            assert "marsh" not in looking(person).get(page).text


def test_whoever_is_marked_as_a_minor_is_sealed_at_once(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver)
    client, page = looking(analyst), page_of("lark-204")
    assert "at least 20 characters" in client.post(f"{page}mark/", {"minor": "on", "reasons": "young"}).text
    assert client.post(f"{page}mark/", {"minor": "on", "reasons": REASONS}).status_code == 302
    assert not covered()
    assert client.get(page).status_code == 403
    assert Entry.objects.get(action="subject.protect").why == REASONS


def test_taking_protection_away_is_an_approvers(
    looking: Callable[..., Client], analyst: Person, approver: Person, person_of: Callable[..., Person]
) -> None:
    subject = Subject.objects.create(pseudonym="lark-204", privilege="press")
    attaching.agree(person_of("approver"), in_force(analyst, approver).covers.get(), reasons=REASONS)
    for privilege in ("", "doctor"):
        with pytest.raises(Refused):
            mark(analyst, subject, privilege=privilege, minor=False, reasons=REASONS)
    with pytest.raises(MarkError, match="like this already"):
        mark(analyst, subject, privilege="press", minor=False, reasons=REASONS)
    assert not mark(approver, subject, privilege="", minor=False, reasons=REASONS).protected


def test_hostile_input_is_shown_as_text(
    looking: Callable[..., Client], analyst: Person, approver: Person
) -> None:
    name = HOSTILE.replace("\u202e", "")
    in_force(analyst, approver, [name])
    acts(name, 1, context=HOSTILE)
    client = looking(analyst)
    for page in ("/subjects/", page_of(name)):
        shown = client.get(page).text
        assert "<img" not in shown
        assert "&lt;img src=x onerror" in shown
    assert "&lt;img" in client.get("/subjects/", {"q": HOSTILE}).text


# --- what an account was used for -----------------------------------------------------------------------

NOW = datetime(2026, 1, 31, tzinfo=UTC)
KINDS = sorted(Vocabulary.load().kinds)


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from([*KINDS, "unheard_of"]), st.integers(0, 9))))
def test_the_parts_of_use_add_up_to_the_acts(told: list[tuple[int, str, int]]) -> None:
    acts = [(NOW - timedelta(days=day, seconds=1), kind, f"{n}" if n else "") for day, kind, n in told]
    found = use(acts, NOW, Vocabulary.load())
    if found is None:
        return
    assert sum(lane.share for lane in found.lanes) == pytest.approx(1)
    assert sum(sum(lane.acts) for lane in found.lanes) == pytest.approx(found.acts)
    assert all(bar.height >= 1 for lane in found.lanes for bar in lane.bars)
    assert len(found.rows) == WEEKS


def test_rows_of_one_act_count_once() -> None:
    acts = [(NOW - WEEK, "donate", "a"), (NOW - WEEK, "donate", "a"), (NOW - WEEK, "share", "")]
    found = use(acts, NOW, Vocabulary.load())
    assert found is not None
    assert {lane.name: lane.percent for lane in found.lanes if lane.share} == {
        "fundraising": 50,
        "amplification": 50,
    }


def test_no_act_is_no_picture() -> None:
    assert use([(NOW - 20 * WEEK, "share", "")], NOW, Vocabulary.load()) is None


@pytest.mark.parametrize(
    ("sought", "said"),
    [
        ("lark\x00", "Null characters are not allowed."),
        ("x" * 151, "Ensure this value has at most 150 characters (it has 151)."),
    ],
)
def test_a_search_that_cannot_be_made_is_refused_and_nothing_is_dropped_from_it(
    looking: Callable[..., Client], analyst: Person, approver: Person, sought: str, said: str
) -> None:
    in_force(analyst, approver, ["lark-204"])
    client = looking(analyst)
    for field in ("q", "after"):
        answer = client.get("/subjects/", {field: sought})
        assert answer.status_code == 422
        assert said in answer.text
        assert "lark-204" not in answer.text
    assert not Entry.objects.filter(action="subject.look").exists()
