"""The pages of cases: who reads them, what a search reaches, and a threat to life from any page for any role."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from moment_sample import covered, stated

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.cases import working
from lapwing.desk.cases.index import matching
from lapwing.desk.cases.models import Case, Told
from lapwing.desk.cases.passage import tokens
from lapwing.desk.cases.searching import search
from lapwing.desk.moments import take
from lapwing.desk.moments.assessing import assess, note_fact
from lapwing.desk.retention import reviewing
from lapwing.desk.subjects.models import Subject

pytestmark = pytest.mark.django_db
WHY = "a reason that can be judged"
BENIGN = "a match on that evening brought them to the same link"
HOSTILE = "<script>alert(1)</script>'; DROP TABLE cases_case;--\u202e{}" + "x" * 3000
Later = Callable[[timedelta], None]
ClientOf = Callable[[Person], Client]


@pytest.fixture
def mandate(analyst: Person, approver: Person) -> None:
    covered(*(f"s-{number}" for number in range(1, 10)), by=analyst, approved_by=approver)


@pytest.fixture
def case(analyst: Person) -> Case:
    return working.open_case(analyst, "the hall", WHY, take(*stated()))


def looking(client: Client) -> Client:
    assert client.post(reverse("moments:purpose"), {"purpose": "prevent"}).status_code == 302
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def page(case: Case) -> str:
    return reverse("cases:case", args=[case.pk])


@pytest.mark.usefixtures("mandate")
def test_a_case_is_read_by_its_people_and_by_those_whose_role_it_is(
    case: Case, client_of: ClientOf, analyst: Person, person_of: Callable[..., Person], overseer: Person
) -> None:
    assert text(looking(client_of(analyst)), page(case))
    assert text(looking(client_of(person_of("reviewer"))), page(case))
    assert text(client_of(overseer), page(case))
    other = looking(client_of(person_of("analyst", name="another")))
    assert other.get(page(case)).status_code == 403
    assert "the hall" not in text(other, reverse("cases:list"))
    assert client_of(person_of("administrator")).get(page(case)).status_code == 403


@pytest.mark.usefixtures("mandate")
def test_one_subject_too_many_closes_the_case_to_who_has_no_mandate(
    case: Case, analyst: Person, client_of: ClientOf
) -> None:
    working.link(case, analyst, WHY, subject=Subject.objects.create(pseudonym="unwatched"))
    client = looking(client_of(analyst))
    assert client.get(page(case)).status_code == 403
    assert "the hall" not in text(client, reverse("cases:list"))


@pytest.mark.usefixtures("mandate")
def test_the_mandate_ends_and_the_case_cannot_be_read(
    case: Case, client_of: ClientOf, analyst: Person, overseer: Person, later: Later
) -> None:
    later(timedelta(days=91))
    assert looking(client_of(analyst)).get(page(case)).status_code == 403
    assert client_of(overseer).get(page(case)).status_code == 200


@pytest.mark.usefixtures("mandate")
def test_only_who_works_in_a_case_marks_what_it_was_told_of_as_read(
    case: Case, client_of: ClientOf, analyst: Person, reviewer: Person, overseer: Person
) -> None:
    condition = working.add_condition(case, analyst, "subject", "s-5", clock.now() + timedelta(days=1))
    take(*stated("m-2", subjects=("s-5", "s-6")))
    told = Told.objects.get(condition=condition)
    address = reverse("cases:read_told", args=[case.pk, told.pk])
    for somebody in (overseer, reviewer):
        client = looking(client_of(somebody))
        html = text(client, page(case))
        assert "tell me if s-5" in html
        assert address not in html
        assert client.post(address).status_code == 403
        told.refresh_from_db()
        assert told.read is None
    client = looking(client_of(analyst))
    assert address in text(client, page(case))
    assert client.post(address).status_code == 302
    told.refresh_from_db()
    assert told.read_by == analyst


@pytest.mark.usefixtures("mandate")
def test_the_list_of_cases_names_nothing_that_its_reader_could_not_mark_as_read(
    case: Case, client_of: ClientOf, analyst: Person, reviewer: Person
) -> None:
    working.add_person(case, analyst, reviewer, "second")
    working.add_condition(case, reviewer, "subject", "s-5", clock.now() + timedelta(days=1))
    take(*stated("m-2", subjects=("s-5", "s-6")))
    client = looking(client_of(reviewer))
    assert "You asked to be told" in text(client, reverse("cases:list"))
    working.leave(case, analyst, case.participants.get(person=reviewer))
    assert "You asked to be told" not in text(client, reverse("cases:list"))
    assert "the hall" not in text(client, reverse("cases:start") + "?moment=m-2")


@pytest.mark.usefixtures("mandate")
def test_a_case_from_a_moment_to_its_closing_through_the_pages(
    client_of: ClientOf, analyst: Person, reviewer: Person
) -> None:
    take(*stated())
    client = looking(client_of(analyst))
    start = reverse("cases:start") + "?moment=m-1"
    client.post(start, {"open-title": "the hall", "open-reasons": WHY})
    case = Case.objects.get()
    due = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    posts = [
        ("fact", {"fact-text": "they met at a hall", "fact-source": "report 12"}),
        ("assess", {"assess-text": WHY, "assess-benign": BENIGN}),
        ("task", {"task-text": "ask the partner", "task-due": due, "task-person": str(analyst.pk)}),
        ("link", {"link-thing": "s-4", "link-why": WHY}),
        ("person", {"person-person": str(reviewer.pk), "person-role": "second"}),
        ("condition", {"condition-sort": "subject", "condition-text": "s-5", "condition-expires": due}),
    ]
    Subject.objects.get_or_create(pseudonym="s-4")
    for name, data in posts:
        answer = client.post(reverse(f"cases:{name}", args=[case.pk]), data)
        assert answer.status_code == 302, (name, answer.content.decode())
    take(*stated("m-2", subjects=("s-5", "s-6")))
    html = text(client, reverse("cases:list"))
    assert "You asked to be told" in html
    assert "ask the partner" in html
    told = Told.objects.get()
    client.post(reverse("cases:read_told", args=[case.pk, told.pk]))
    assert "You asked to be told" not in text(client, reverse("cases:list"))
    html = text(client, page(case))
    for said in ("they met at a hall", "report 12", BENIGN, "s-4", "second reader", "tell me if s-5"):
        assert said in html
    task = case.tasks.get()
    client.post(
        reverse("cases:do_task", args=[case.pk, task.pk]), {f"done-{task.pk}-outcome": "they know nothing"}
    )
    client.post(reverse("cases:end_condition", args=[case.pk, case.conditions.get().pk]))
    closed = client.post(reverse("cases:close", args=[case.pk]), {"close-reasons": WHY})
    assert closed["Location"] == reverse("cases:list")
    html = text(client, reverse("cases:list"))
    assert "What is in it is restricted from now on" in html
    assert "the hall" not in html
    reopen = reverse("cases:reopen", args=[case.pk])
    assert reopen in html
    html = text(client, reopen)
    assert "Reopen on a new fact" in html
    assert "the hall" not in html
    known = client.post(reopen, {"reopen-text": "they met at a hall", "reopen-source": "report 12"})
    assert "Reopening needs a new one" in known.content.decode()
    client.post(
        reverse("cases:reopen", args=[case.pk]),
        {"reopen-text": "a van was hired", "reopen-source": "report 13"},
    )
    assert Case.objects.get().status == "open"


@pytest.mark.usefixtures("mandate")
def test_a_text_of_several_lines_is_kept_and_shown_as_it_was_typed(
    case: Case, client_of: ClientOf, analyst: Person
) -> None:
    client = looking(client_of(analyst))
    as_browsers_send_it = "they met at a hall\r\n\r\nthe porter saw\u202e them"
    data = {"fact-text": as_browsers_send_it, "fact-source": "report 12"}
    answer = client.post(reverse("cases:fact", args=[case.pk]), data)
    assert answer.status_code == 302, answer.content.decode()
    assert case.facts.get().text == "they met at a hall\n\nthe porter saw\u202e them"
    moment = reverse("moments:moment", args=["m-1"])
    answer = client.post(moment + "fact/", data)
    assert answer.status_code == 302, answer.content.decode()
    for shown in (text(client, page(case)), text(client, moment)):
        assert "they met at a hall\n\nthe porter saw⟨U+202E⟩ them" in shown
    found = text(client, reverse("cases:search") + "?q=porter")
    assert "they met at a hall the " in found
    assert "⟨U+000A⟩" not in found


@pytest.mark.usefixtures("mandate")
def test_what_is_not_covered_cannot_be_linked(case: Case, client_of: ClientOf, analyst: Person) -> None:
    take(*stated("m-9", subjects=("unwatched",)))
    client = looking(client_of(analyst))
    link = reverse("cases:link", args=[case.pk])
    assert client.post(link, {"link-thing": "m-9", "link-why": WHY}).status_code == 403
    answer = client.post(link, {"link-thing": "unwatched", "link-why": WHY})
    assert "no such subject that a mandate in force covers" in answer.content.decode()


@pytest.mark.usefixtures("mandate")
def test_a_closed_case_is_restricted_until_its_review_is_due(
    case: Case,
    client_of: ClientOf,
    analyst: Person,
    approver: Person,
    overseer: Person,
    person_of: Callable[..., Person],
    later: Later,
) -> None:
    """Reviewers and the overseer read it at any time; its own people, and who decides the review, when that is due."""
    working.close(case, analyst, WHY)
    readers = {
        role: person_of(role, name=f"one-{role}")
        for role in ("reviewer", "duty_officer", "disclosure_officer")
    } | {"own people": analyst, "overseer": overseer, "another": person_of("analyst", name="another")}
    always = {"reviewer", "overseer"}

    def reads() -> set[str]:
        read = set()
        for name, person in readers.items():
            client = client_of(person) if name == "overseer" else looking(client_of(person))
            answer = client.get(page(case))
            listed = "the hall" in text(client, reverse("cases:list"))
            found = "the hall" in text(client, reverse("cases:search") + "?q=hall")
            replayed = client.get(reverse("cases:replay", args=[case.pk])).status_code == 200
            assert listed == found == replayed == (answer.status_code == 200), name
            if answer.status_code == 200:
                read.add(name)
            elif name != "another":
                html = answer.content.decode()
                assert "what is in it is restricted until its review is due" in html
                assert "ask an administrator for the role" not in html
        return read

    names = [f"s-{number}" for number in range(1, 10)]
    assert reads() == always
    later(timedelta(days=364))
    covered(*names, by=analyst, approved_by=approver)
    assert reads() == always
    later(timedelta(days=2))
    assert reads() == always | {"own people", "disclosure_officer"}
    reviewing.review(readers["reviewer"], case, keep=True, reasons=WHY)
    assert reads() == always
    working.reopen(case, analyst, "a van was hired", "report 13")
    assert reads() == always | {"own people", "disclosure_officer", "duty_officer"}


@pytest.mark.usefixtures("mandate")
def test_a_closed_case_is_reopened_by_its_people_without_being_read(
    case: Case, client_of: ClientOf, analyst: Person, person_of: Callable[..., Person]
) -> None:
    working.close(case, analyst, WHY)
    reopen = reverse("cases:reopen", args=[case.pk])
    fact = {"reopen-text": "a van was hired", "reopen-source": "report 13"}
    other = looking(client_of(person_of("analyst", name="another")))
    assert other.get(reopen).status_code == other.post(reopen, fact).status_code == 403
    client = looking(client_of(analyst))
    assert client.post(reopen, {**fact, "reopen-text": ""}).status_code == 422
    assert client.post(reopen, fact)["Location"] == page(case)
    assert "the hall" in text(client, page(case))
    assert client.get(reopen)["Location"] == page(case)


@pytest.mark.usefixtures("mandate")
def test_a_closed_case_still_links(
    case: Case, client_of: ClientOf, analyst: Person, person_of: Callable[..., Person]
) -> None:
    working.link(case, analyst, WHY, subject=Subject.objects.get(pseudonym="s-1"))
    working.close(case, analyst, WHY)
    take(*stated("m-2", subjects=("s-1", "s-7")))
    client = looking(client_of(analyst))
    assert "1 closed case among them" in text(client, reverse("moments:queue"))
    html = text(client, reverse("moments:moment", args=["m-2"]))
    assert "the hall" not in html
    assert reverse("cases:reopen", args=[case.pk]) in html
    assert "closed, restricted" in html
    reviewer = text(looking(client_of(person_of("reviewer"))), reverse("moments:moment", args=["m-2"]))
    assert "the hall" in reviewer
    other = text(
        looking(client_of(person_of("analyst", name="another"))), reverse("moments:moment", args=["m-2"])
    )
    assert "the hall" not in other
    assert "1 more that you have no part in" in other


@pytest.mark.usefixtures("mandate")
def test_hostile_texts_are_shown_as_text_in_every_field_of_a_case(
    case: Case, client_of: ClientOf, analyst: Person
) -> None:
    client = looking(client_of(analyst))
    due = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    posts = [
        ("fact", {"fact-text": HOSTILE, "fact-source": HOSTILE[:200]}),
        ("assess", {"assess-text": HOSTILE, "assess-benign": HOSTILE}),
        ("task", {"task-text": HOSTILE, "task-due": due}),
        (
            "condition",
            {"condition-sort": "context", "condition-text": HOSTILE[:200], "condition-expires": due},
        ),
    ]
    for name, data in posts:
        assert client.post(reverse(f"cases:{name}", args=[case.pk]), data).status_code == 302
    client.post(reverse("cases:start"), {"open-title": HOSTILE[:200], "open-reasons": HOSTILE})
    client.post(reverse("cases:threat"), {"text": HOSTILE + "\x00", "page": HOSTILE[:200]})
    addresses = [
        page(case), page(Case.objects.latest("pk")), reverse("cases:list"), reverse("cases:threat"),
        reverse("cases:threat_banner"), reverse("cases:replay", args=[case.pk]),
        reverse("cases:search") + "?q=<script>alert",
        reverse("cases:search") + "?q=%22%27)%20OR%20NEAR(*:%00",
    ]  # fmt: skip
    for address in addresses:
        html = text(client, address)
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert "\x00" not in html


@pytest.mark.usefixtures("mandate")
def test_a_search_finds_what_mandate_and_purpose_reach_and_nothing_else(
    case: Case, client_of: ClientOf, analyst: Person
) -> None:
    working.note_fact(case, analyst, "the café by the harbour", "report 12")
    take(*stated("m-9", subjects=("unwatched",), context="place:harbour{}"))
    take(*stated("m-8", subjects=("s-2", "s-3"), context="place:harbour{}"))
    client = looking(client_of(analyst))
    html = text(client, reverse("cases:search") + "?q=harbour")
    assert "m-8" in html
    assert "m-9" not in html
    assert "the hall" in html
    assert "the hall" in text(client, reverse("cases:search") + "?q=CAFE+harb")
    assert "Nothing found" in text(client, reverse("cases:search") + "?q=harbour+submarine")
    entry = Entry.objects.filter(action="subject.look").latest("number")
    assert entry.detail["means"] == "search"
    assert entry.why == "harbour submarine"


def test_a_mandate_that_allows_no_search_is_not_searched(
    client_of: ClientOf, analyst: Person, approver: Person
) -> None:
    mandate = covered("s-1", "s-2", "s-3", by=analyst, approved_by=approver)
    take(*stated(context="place:harbour{}"))
    client = looking(client_of(analyst))
    assert "m-1" in text(client, reverse("cases:search") + "?q=harbour")
    type(mandate).objects.filter(pk=mandate.pk).update(means=["reading"])
    assert "Nothing found" in text(client, reverse("cases:search") + "?q=harbour")


@pytest.mark.usefixtures("mandate")
def test_others_assessments_are_not_found_before_the_readers_own(analyst: Person, reviewer: Person) -> None:
    moment = take(*stated())
    assess(moment, reviewer, "serious", BENIGN, "the submarine is theirs")
    note_fact(moment, reviewer, "there is a submarine", "report 12")
    assert [one.passage.sort for one in search(analyst, "prevent", "submarine").found] == ["fact"]
    assess(moment, analyst, "open", BENIGN, WHY)
    assert len(search(analyst, "prevent", "submarine").found) == 2


@pytest.mark.usefixtures("mandate")
def test_the_text_of_the_last_statement_is_found_and_an_earlier_one_no_longer(analyst: Person) -> None:
    take(*stated(context="place:harbour"))
    take(*stated(context="place:quarry"))
    assert not search(analyst, "prevent", "harbour").found
    assert search(analyst, "prevent", "place:quarry").found[0].passage.moment_id == "m-1"
    assert search(analyst, "prevent", "s-2").found


@given(st.text(max_size=60))
def test_no_query_breaks_the_index(query: str) -> None:
    assert not matching(query).exists()
    assert all(token == token.casefold() for token in tokens(query))


@pytest.mark.usefixtures("mandate")
def test_what_was_known_in_a_case_when_and_to_whom(
    case: Case, client_of: ClientOf, analyst: Person, later: Later
) -> None:
    text(looking(client_of(analyst)), page(case))
    later(timedelta(hours=1))
    working.note_fact(case, analyst, "they met at a hall", "report 12")
    take(*stated(acts=9))
    client = looking(client_of(analyst))
    replay = reverse("cases:replay", args=[case.pk])
    html = text(client, replay)
    assert re.search(r"<dt>facts recorded</dt><dd>1</dd>", html)
    assert '<td class="n">9</td>' in html
    opened = Entry.objects.get(action="case.link", about=case.about)
    html = text(client, f"{replay}?at=e{opened.number}")
    assert re.search(r"<dt>facts recorded</dt><dd>0</dd>", html)
    assert '<td class="n">6</td>' in html


def test_a_threat_to_life_takes_three_actions_at_most_from_any_page_for_any_role(
    client_of: ClientOf, everybody: dict[str, Person]
) -> None:
    for role, person in everybody.items():
        client = client_of(person)
        # One: the button that every page has. Two: write, and raise it.
        first = client.get("/", follow=True)
        address = reverse("cases:threat")
        assert f'href="{address}"' in first.content.decode(), role
        assert '<textarea name="text"' in text(client, address)
        answer = client.post(address, {"text": f"known to the {role}"}, follow=True)
        assert f"known to the {role}" in answer.content.decode()
        # Three, when somebody was informed: for whoever raised it as well.
        assert "They were informed" in answer.content.decode(), role
        raised = answer.redirect_chain[-1][0]
        client.post(f"{raised}informed/", {"who": "the police"})
        assert "the police" in text(client, raised)


def test_everybody_who_works_here_sees_on_every_page_that_a_threat_waits(
    client_of: ClientOf, analyst: Person, duty_officer: Person, administrator: Person
) -> None:
    client_of(analyst).post(reverse("cases:threat"), {"text": "an announcement"})
    client = client_of(duty_officer)
    assert "nobody has taken it on" in text(client, reverse("cases:threat_banner"))
    assert "Threat to life" not in text(client_of(administrator), reverse("cases:threat_banner"))
    raised = re.findall(r'href="(/cases/threat/\d+/)"', text(client, reverse("cases:threat_banner")))[0]
    assert client_of(administrator).get(raised).status_code == 403
    assert client.post(f"{raised}take/").status_code == 302
    assert "taken on by" in text(client, reverse("cases:threat_banner"))
    client.post(f"{raised}informed/", {"who": "the police"})
    assert "Threat to life" not in text(client, reverse("cases:threat_banner"))


def test_a_threat_can_be_raised_with_any_character_in_it(as_analyst: Client) -> None:
    answer = as_analyst.post(
        reverse("cases:threat"), {"text": "a\x00b\x1b\u202ec", "page": "\x00"}, follow=True
    )
    assert "a⟨U+0000⟩b⟨U+001B⟩⟨U+202E⟩c" in answer.content.decode()
