"""The pages about moments: who is shown what, in which order, and nothing that was not asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.exceptions import ValidationError
from django.test import AsyncClient, Client
from django.urls import reverse
from moment_sample import covered, stated

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person, SignIn
from lapwing.desk.accounts.sign_in import IDLE
from lapwing.desk.audit.models import Entry
from lapwing.desk.live.models import Progress
from lapwing.desk.live.progress import State
from lapwing.desk.moments import take, watching
from lapwing.desk.moments.assessing import assess
from lapwing.desk.moments.budget import cost_so_far, set_budget
from lapwing.desk.moments.deciding import decide
from lapwing.desk.moments.models import Assessment, Decision, Disclosure, Fact, Moment, Notice
from lapwing.desk.moments.text import plain, reason
from lapwing.desk.moments.views.queue import _beats
from lapwing.desk.oversight import machine
from lapwing.report import words

pytestmark = pytest.mark.django_db
WHY = "a reason that can be judged"
BENIGN = "a match on that evening brought them to the same link"
Later = Callable[[timedelta], None]
ClientOf = Callable[[Person], Client]
HOSTILE = "<script>alert(1)</script>'; DROP TABLE moments_moment;--\u202e{}" + "x" * 3000


@pytest.fixture
def mandate(analyst: Person, approver: Person) -> None:
    covered(*(f"s-{number}" for number in range(1, 10)), by=analyst, approved_by=approver)


def looking(client: Client, purpose: str = "prevent") -> Client:
    answer = client.post(reverse("moments:purpose"), {"purpose": purpose})
    assert answer.status_code == 302
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def page(pk: str = "m-1") -> str:
    return reverse("moments:moment", args=[pk])


@pytest.mark.usefixtures("mandate")
def test_before_a_purpose_is_stated_nothing_is_shown(as_analyst: Client) -> None:
    take(*stated())
    assert "What do you look for?" in text(as_analyst, reverse("moments:queue"))
    assert as_analyst.get(page()).status_code == 403


@pytest.mark.usefixtures("mandate")
def test_the_queue_begins_with_the_overdue_and_goes_on_with_most_net_bits(
    as_analyst: Client, later: Later
) -> None:
    for number, net in enumerate((6.0, 9.0, 7.0), start=1):
        take(*stated(f"m-{number}", net=net))
    Moment.objects.filter(pk="m-1").update(review=clock.now() - timedelta(hours=1), due=clock.now())
    html = text(looking(as_analyst), reverse("moments:queue"))
    assert re.findall(r'id="q-(m-\d)"', html) == ["m-1", "m-2", "m-3"]
    assert "One review is overdue" in html
    assert "about once in" in html


@pytest.mark.usefixtures("mandate")
def test_a_moment_that_names_one_subject_too_many_is_counted_and_not_named(as_analyst: Client) -> None:
    take(*stated("m-1"))
    take(*stated("m-2", subjects=("s-1", "unwatched")))
    client = looking(as_analyst)
    html = text(client, reverse("moments:queue"))
    assert "m-1" in html
    assert "m-2" not in html
    assert "unwatched" not in html
    assert "1 more moment waits" in text(client, reverse("moments:hidden"))
    assert client.get(page("m-2")).status_code == 403


@pytest.mark.usefixtures("mandate")
def test_another_purpose_reaches_what_its_mandates_reach(as_analyst: Client) -> None:
    take(*stated())
    assert "m-1" not in text(looking(as_analyst, "moderate"), reverse("moments:queue"))


@pytest.mark.usefixtures("mandate")
def test_when_the_mandate_ends_reading_ends(client_of: ClientOf, analyst: Person, later: Later) -> None:
    take(*stated())
    assert looking(client_of(analyst)).get(page()).status_code == 200
    later(timedelta(days=91))
    client = looking(client_of(analyst))
    assert client.get(page()).status_code == 403
    assert "q-m-1" not in text(client, reverse("moments:queue"))


def test_the_overseer_sees_every_moment_and_can_do_nothing_to_it(as_overseer: Client) -> None:
    take(*stated())
    assert "q-m-1" in text(as_overseer, reverse("moments:queue"))
    html = text(as_overseer, page())
    assert "Record the judgement" not in html
    assert as_overseer.post(reverse("moments:assess", args=["m-1"]), {}).status_code == 403


def test_an_administrator_reads_no_moment(as_administrator: Client) -> None:
    take(*stated())
    assert as_administrator.get(reverse("moments:queue")).status_code == 403
    assert as_administrator.get(page()).status_code == 403


@pytest.mark.usefixtures("mandate")
def test_the_arithmetic_is_not_on_the_page_before_the_readers_own_judgement(
    as_analyst: Client, reviewer: Person
) -> None:
    moment = take(*stated())
    assess(moment, reviewer, "serious", BENIGN, "somebody else's reasons")
    client = looking(as_analyst)
    html = text(client, page())
    for act in moment.as_stated().ledger:
        assert words.signed(act.bits) not in html
    assert "running sum" not in html
    assert "Evidence over time" not in html
    assert "somebody else&#x27;s reasons" not in html
    answer = client.post(
        reverse("moments:assess", args=["m-1"]),
        {"assess-benign": BENIGN, "assess-judgement": "open", "assess-reasons": WHY},
    )
    assert answer.status_code == 302
    html = text(client, page())
    assert "running sum" in html
    assert "Evidence over time" in html
    assert Assessment.objects.latest("pk").before_bits


@pytest.mark.usefixtures("mandate")
def test_every_picture_has_its_table_and_every_act_its_place_in_all_of_them(as_analyst: Client) -> None:
    moment = take(*stated())
    html = text(looking(as_analyst), page())
    for at in range(len(moment.line["ledger"])):
        assert re.search(rf'<path data-a="{at}" data-s="\d"', html)
        assert re.search(rf'<tr data-a="{at}" data-s="\d"', html)
    assert "The networks as a table" in html
    assert html.count("<script") == html.count('<script src="')
    assert " style=" not in html


@pytest.mark.usefixtures("mandate")
def test_hostile_texts_are_shown_as_text_in_every_field(as_analyst: Client, analyst: Person) -> None:
    moment = take(*stated(context="<script>alert(1)</script>\x00\u202e'; DROP TABLE--{}"))
    client = looking(as_analyst)
    posts = {
        "fact": {"fact-text": HOSTILE, "fact-source": HOSTILE[:200]},
        "assess": {"assess-benign": HOSTILE, "assess-judgement": "open", "assess-reasons": HOSTILE},
        "mark": {"mark-why": HOSTILE},
        "correct": {"correct-why": HOSTILE},
        "export": {"export-recipient": HOSTILE[:200], "export-form": "csv", "export-why": HOSTILE},
        "decide": {"decide-choice": "refer", "decide-reasons": HOSTILE, "decide-benign": HOSTILE,
                   "decide-recipient": HOSTILE[:200]},
    }  # fmt: skip
    for name, data in posts.items():
        answer = client.post(reverse(f"moments:{name}", args=["m-1"]), data)
        assert answer.status_code in (200, 302), (name, answer.content.decode())
    for address in (page(), reverse("moments:replay", args=["m-1"]), reverse("moments:queue")):
        html = text(client, address)
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert "\x00" not in html
    html = text(client, page())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "⟨U+202E⟩" in html
    assert Fact.objects.get().text == HOSTILE
    assert moment.as_stated().ledger


@pytest.mark.usefixtures("mandate")
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("assess-reasons", "with a null \x00 byte", "Null characters are not allowed"),
        ("assess-reasons", "with an escape \x1b[31m", "Character 16 is a control character (number 27)"),
        ("assess-benign", "short", "in 10 characters at least"),
        ("assess-benign", "x" * 10_001, "at most 10000 characters"),
        ("assess-judgement", "guilty", "guilty is not one of the available choices"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_says_why(
    as_analyst: Client, field: str, value: str, says: str
) -> None:
    take(*stated())
    data = {"assess-benign": BENIGN, "assess-judgement": "open", "assess-reasons": WHY, field: value}
    answer = looking(as_analyst).post(reverse("moments:assess", args=["m-1"]), data)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("text", ["a line\nand a tab\tof text", "مرحبا", "\u202e"])
def test_text_of_every_script_is_taken(text: str) -> None:
    plain(text)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValidationError, match="half a character"):
        plain("a\ud800")
    with pytest.raises(ValidationError, match="10 characters"):
        reason("  because  ")


@pytest.mark.usefixtures("mandate")
def test_from_proposal_to_second_reading_through_the_pages(
    client_of: ClientOf, analyst: Person, reviewer: Person
) -> None:
    take(*stated())
    first, second = looking(client_of(analyst)), looking(client_of(reviewer))
    judged = {"assess-benign": BENIGN, "assess-judgement": "serious", "assess-reasons": WHY}
    decided = {"decide-choice": "remove", "decide-reasons": WHY, "decide-benign": BENIGN}
    answer = first.post(reverse("moments:decide", args=["m-1"]), decided)
    assert "Assess the moment first" in answer.content.decode()
    first.post(reverse("moments:assess", args=["m-1"]), judged)
    first.post(reverse("moments:decide", args=["m-1"]), decided)
    decision = Decision.objects.get()
    agree = reverse("moments:second", args=["m-1", decision.pk])
    assert first.post(agree, {"second-why": WHY, "agree": "yes"}).status_code == 403
    assert "m-1" in text(second, reverse("moments:second_readings"))
    assert "after you have assessed the moment yourself" in text(second, page())
    second.post(reverse("moments:assess", args=["m-1"]), judged)
    assert second.post(agree, {"second-why": WHY, "agree": "yes"}).status_code == 302
    decision.refresh_from_db()
    assert (decision.state, decision.second) == ("in_force", reviewer)
    assert "m-1" in text(first, reverse("moments:later"))


@pytest.mark.usefixtures("mandate")
def test_closing_and_reopening_through_the_pages(as_analyst: Client) -> None:
    take(*stated())
    client = looking(as_analyst)
    client.post(
        reverse("moments:decide", args=["m-1"]),
        {"decide-choice": "benign", "decide-reasons": WHY, "decide-benign": BENIGN},
    )
    assert "m-1" in text(client, reverse("moments:closed"))
    answer = client.post(reverse("moments:reopen", args=["m-1"]), {"reopen-text": "", "reopen-source": "x"})
    assert answer.status_code == 422
    client.post(
        reverse("moments:reopen", args=["m-1"]),
        {"reopen-text": "one of them hired a van", "reopen-source": "report 13"},
    )
    assert "q-m-1" in text(client, reverse("moments:queue"))


@pytest.mark.usefixtures("mandate")
def test_merging_takes_a_moment_that_one_may_read(as_analyst: Client) -> None:
    take(*stated("m-1"))
    take(*stated("m-2"))
    take(*stated("m-3", subjects=("unwatched",)))
    client = looking(as_analyst)
    merge = reverse("moments:merge", args=["m-1"])
    assert client.post(merge, {"merge-into": "m-3", "merge-why": WHY}).status_code == 403
    assert "no such moment" in client.post(merge, {"merge-into": "m-9", "merge-why": WHY}).content.decode()
    client.post(merge, {"merge-into": "m-2", "merge-why": WHY})
    assert "Merged into" in text(client, page())
    assert "merged into this one" in text(client, page("m-2"))
    client.post(reverse("moments:part", args=["m-1"]), {"part-why": WHY})
    assert Moment.objects.get(pk="m-1").merged_into is None
    client.post(reverse("moments:split", args=["m-1"]), {"split-subjects": ["s-1"], "split-why": WHY})
    assert "nothing was computed for the part" in text(client, page("m-1.1"))


@pytest.mark.usefixtures("mandate")
def test_an_export_is_recorded_and_its_cells_are_no_formulas(as_analyst: Client, analyst: Person) -> None:
    moment = take(*stated(context='=HYPERLINK("x{}")'))
    client = looking(as_analyst)
    data = {"export-recipient": "partner a", "export-form": "csv", "export-why": WHY}
    export = reverse("moments:export", args=["m-1"])
    assert "Assess the moment first" in client.post(export, data).content.decode()
    assess(moment, analyst, "open", BENIGN, WHY)
    answer = client.post(export, data)
    assert answer["Content-Disposition"] == 'attachment; filename="m-1.csv"'
    assert "'=HYPERLINK" in answer.content.decode()
    assert Disclosure.objects.get().recipient == "partner a"
    assert Entry.objects.filter(action="moment.disclose", about="moment:m-1").count() == 1
    answer = client.post(export, {**data, "export-form": "jsonl"})
    assert analyst.pseudonym in answer.content.decode()
    assert analyst.username not in answer.content.decode().split("\n")[0]


@pytest.mark.usefixtures("mandate")
def test_what_was_known_when_and_to_whom(client_of: ClientOf, analyst: Person, later: Later) -> None:
    take(*stated(acts=6))
    looking(client_of(analyst)).get(page())
    later(timedelta(hours=2))
    take(*stated(acts=9))
    client = looking(client_of(analyst))
    html = text(client, reverse("moments:replay", args=["m-1"]))
    assert "nine acts of three subjects" in html
    assert "Nobody had looked since this was known" in html
    first = re.findall(r"\?at=(s\d+)", html)[0]
    html = text(client, reverse("moments:replay", args=["m-1"]) + f"?at={first}")
    assert "six acts of three subjects" in html


@pytest.mark.usefixtures("mandate")
def test_what_is_new_since_the_last_look_is_marked(
    client_of: ClientOf, analyst: Person, later: Later
) -> None:
    take(*stated("m-1"))
    assert 'class="new"' not in text(looking(client_of(analyst)), reverse("moments:queue"))
    later(timedelta(hours=1))
    client = looking(client_of(analyst))
    take(*stated("m-2"))
    html = text(client, reverse("moments:queue"))
    assert html.count('class="new"') == 1
    assert html.count('class="new"') == text(client, reverse("moments:queue")).count('class="new"')


@pytest.mark.usefixtures("mandate")
@pytest.mark.parametrize("shelf", ["queue", "later", "closed"])
def test_lists_go_on_page_by_page_and_show_every_moment_once(as_analyst: Client, shelf: str) -> None:
    now = clock.now()
    for number in range(70):
        take(*stated(f"m-{number:02}", net=8.0 + number % 3, acts=3))
    when = {f"m-{number:02}": now + timedelta(hours=number % 3 + 1) for number in range(70)}
    for pk, time in when.items():
        if shelf == "later":
            Moment.objects.filter(pk=pk).update(status="decided", waiting=False, due=time)
        elif shelf == "closed":
            Moment.objects.filter(pk=pk).update(status="closed", waiting=False, due=None, closed=time)
        elif pk < "m-40":
            Moment.objects.filter(pk=pk).update(due=now - timedelta(hours=1))
    client = looking(as_analyst)
    seen: list[str] = []
    address = start = reverse(f"moments:{shelf}")
    while address:
        html = text(client, address)
        seen += re.findall(r'class="whole"[^>]* href="/moments/m/(m-\d+)/"', html)
        onward = re.search(r'<a rel="next" href="([^"]+)"', html)
        address = start + onward.group(1).removeprefix(start) if onward else ""
    assert len(seen) == len(set(seen)) == 70


def test_the_budget_has_a_name_and_a_cost(
    client_of: ClientOf, approver: Person, analyst: Person, reviewer: Person, later: Later
) -> None:
    assert "Nobody has set a budget" in text(client_of(analyst), reverse("moments:budget"))
    assert client_of(analyst).post(reverse("moments:budget"), {}).status_code == 403
    answer = client_of(approver).post(reverse("moments:budget"), {"budget-days": "2", "budget-why": WHY})
    assert answer.status_code == 302
    now = clock.now()
    month_start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    later(month_start + timedelta(days=32) - now)
    now = clock.now()
    since = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert cost_so_far(now).expected == pytest.approx((now - since) / timedelta(days=2))
    decide(take(*stated()), reviewer, "false", WHY, BENIGN)
    assert cost_so_far(clock.now()).judged_false == 1
    set_budget(approver, 30, WHY)
    assert "One false alarm in 30 days" in text(client_of(analyst), reverse("moments:budget"))
    french = client_of(analyst).get(reverse("moments:budget"), headers={"Accept-Language": "fr"})
    assert "Une fausse alerte en 30 jours" in french.content.decode()


def test_notices_are_given_by_the_disclosure_officer(
    client_of: ClientOf, disclosure_officer: Person, analyst: Person
) -> None:
    moment = take(*stated())
    correction = moment.corrections.create(text=HOSTILE, by=analyst)
    notice = Notice.objects.create(correction=correction, recipient="partner a")
    client = client_of(disclosure_officer)
    assert "1 recipient is to be told of a correction" in text(looking(client), reverse("moments:queue"))
    assert "partner a" in text(client, reverse("moments:notices"))
    client.post(reverse("moments:give_notice", args=[notice.pk]), {"how": "by telephone"})
    notice.refresh_from_db()
    assert notice.given_by == disclosure_officer
    assert "Everybody has been told" in text(client, reverse("moments:notices"))
    assert client_of(analyst).get(reverse("moments:notices")).status_code == 403


def test_the_stream_says_that_something_changed_and_nothing_of_what(analyst: Person) -> None:
    sign_in = SignIn.objects.create(person=analyst, began=clock.now(), seen=clock.now())

    async def first_two(known: str) -> list[str]:
        beats = _beats(known, sign_in.pk)
        return [await anext(beats), await anext(beats)]

    said = async_to_sync(first_two)("another state")
    assert said == ["retry: 2000\n\n", "event: moments\ndata: look\n\n"]


@pytest.mark.parametrize("end", ["signed out", "ran out", "closed", "no role any more"])
def test_the_stream_ends_within_a_minute_of_the_sign_in(
    end: str, analyst: Person, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in = SignIn.objects.create(person=analyst, began=clock.now(), seen=clock.now())
    slept = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds

    monkeypatch.setattr("lapwing.desk.moments.views.queue.asyncio.sleep", sleep)

    def over() -> None:
        if end == "signed out":
            SignIn.objects.end_all(analyst)
        elif end == "ran out":
            later(IDLE)
        elif end == "closed":
            Person.objects.filter(pk=analyst.pk).update(is_active=False)
        else:
            Person.objects.filter(pk=analyst.pk).update(roles=["administrator"])

    async def listen() -> float:
        beats = _beats("", sign_in.pk)
        for _ in range(15):
            await anext(beats)
        before = slept
        await sync_to_async(over)()
        async for _beat in beats:
            pass
        return slept - before

    assert async_to_sync(listen)() <= 60


@pytest.mark.usefixtures("client_of")
def test_the_stream_is_for_who_may_see_the_queue(administrator: Person) -> None:
    async def ask() -> int:
        client = AsyncClient()
        await client.aforce_login(administrator)
        return (await client.get(reverse("moments:stream"))).status_code

    assert async_to_sync(ask)() == 403


@pytest.mark.usefixtures("mandate")
def test_the_foot_says_what_is_watched_and_whether_the_watch_lives(
    as_analyst: Client, duty_officer: Person, client_of: ClientOf, later: Later
) -> None:
    watching._counts.clear()
    watching._samples.clear()
    client = looking(as_analyst)
    html = text(client, reverse("moments:watching"))
    assert "Watching 9 subjects under 1 mandate<" in html
    assert "no event has come in yet" in html
    Progress.objects.create(
        pk=1,
        state=State.WATCHING,
        rows=1000,
        background=12_345,
        newest=1_433_253_600_000_000,
        beat=clock.now(),
    )
    html = text(client, reverse("moments:watching"))
    assert "12,345 background events" in html
    assert "2015" in html
    later(timedelta(seconds=10))
    Progress.objects.update(rows=3000, beat=clock.now())
    assert re.search(r">(19\d|200) events/s", text(client, reverse("moments:watching")))
    later(timedelta(minutes=3))
    assert "no sign of life" in text(client, reverse("moments:watching"))
    machine.stop(duty_officer, WHY)
    assert "The machine is stopped" in text(client, reverse("moments:watching"))
    assert "/oversight/stop/" in text(looking(client_of(duty_officer)), reverse("moments:queue"))
    assert "/oversight/stop/" not in text(client, reverse("moments:queue"))


def test_who_stops_the_machine_is_offered_that_only_while_it_runs(
    as_duty_officer: Client, overseer: Person
) -> None:
    as_duty_officer.post("/moments/purpose/", {"purpose": "prevent"})
    link = 'href="/oversight/stop/">'
    assert f"{link}Stop</a>" in as_duty_officer.get("/moments/").content.decode()
    machine.stop(overseer, "why")
    assert f"{link}The machine stands still</a>" in as_duty_officer.get("/moments/").content.decode()
