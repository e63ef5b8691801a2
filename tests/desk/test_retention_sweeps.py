"""What is known has an end: shown before it goes, confirmed by a person, recorded; what is held stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from mandate_files import REASONS, in_force
from moment_sample import stated

from lapwing.desk import clock, moments
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.models import Entry
from lapwing.desk.cases import working
from lapwing.desk.cases.models import Case
from lapwing.desk.guard import Refused
from lapwing.desk.intake.models import Event
from lapwing.desk.moments import regrouping
from lapwing.desk.moments.models import Moment
from lapwing.desk.retention import holding, reviewing, sweeping
from lapwing.desk.retention.error import RetentionError
from lapwing.desk.retention.models import Hold, Sweep, Swept
from lapwing.desk.retention.shelf import for_review, shelves
from lapwing.desk.retention.term import terms
from lapwing.desk.seals import keeping
from lapwing.desk.seals.models import Sealed
from lapwing.desk.subjects.models import Subject

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
Later = Callable[[timedelta], None]


def listed() -> set[tuple[str, str]]:
    """What is due to go now: the term and the thing."""
    return {(shelf.term, due.thing) for shelf in shelves() for due in shelf.due(clock.now())}


def swept(by: Person) -> Sweep:
    """A sweep drawn up, confirmed and finished."""
    sweep = sweeping.confirm(by, sweeping.show(by), reasons=REASONS)
    assert sweeping.work(sweep, seconds=30) == 0
    sweep.refresh_from_db()
    return sweep


def acts(name: str, count: int = 3, *, minor: bool = False) -> Subject:
    """A subject with acts of today."""
    subject, _ = Subject.objects.get_or_create(pseudonym=name, defaults={"minor": minor})
    first = Event.objects.count()
    Event.objects.bulk_create(
        Event(number=first + at, subject=subject, time=clock.now(), kind="share", context="link:a")
        for at in range(count)
    )
    return subject


def moment(name: str = "m-1", subjects: tuple[str, ...] = ("s-1", "s-2", "s-3")) -> Moment:
    return moments.take(*stated(name, subjects=subjects))


# --- when what goes -------------------------------------------------------------------------------------


def test_acts_that_no_moment_rests_on_go_after_30_days(disclosure_officer: Person, later: Later) -> None:
    acts("lark-1")
    later(29 * DAY)
    assert not listed()
    later(2 * DAY)
    assert listed() == {("acts", "subject:lark-1")}
    swept(disclosure_officer)
    assert not Event.objects.exists()
    assert Subject.objects.exists()


def test_acts_stay_as_long_as_a_moment_that_rests_on_them(disclosure_officer: Person, later: Later) -> None:
    acts("s-1")
    Event.objects.update(time=moment().onset)
    acts("lark-1")
    later(40 * DAY)
    assert listed() == {("acts", "subject:lark-1")}
    later(30 * DAY)
    swept(disclosure_officer)
    assert not Moment.objects.exists()
    assert listed() == {("acts", "subject:s-1")}


def test_of_minors_everything_goes_sooner(later: Later) -> None:
    acts("lark-1", minor=True)
    moment()
    Subject.objects.filter(pseudonym="s-1").update(minor=True)
    later(15 * DAY)
    assert listed() == {("acts", "subject:lark-1")}
    later(16 * DAY)
    assert ("moments", "moment:m-1") in listed()


def test_a_moment_that_nobody_confirmed_goes_after_60_days(disclosure_officer: Person, later: Later) -> None:
    moment()
    later(59 * DAY)
    assert not listed()
    later(2 * DAY)
    assert listed() == {("moments", "moment:m-1")}
    swept(disclosure_officer)
    assert not Moment.objects.exists()
    assert Entry.objects.filter(action="moment.erase", about="moment:m-1").exists()


def test_what_is_stated_again_begins_anew(later: Later) -> None:
    moment()
    later(50 * DAY)
    moment()
    later(20 * DAY)
    assert not listed()


def test_a_moment_in_a_case_stays_with_the_case(analyst: Person, later: Later) -> None:
    working.open_case(analyst, "Marsh", REASONS, moment())
    later(100 * DAY)
    assert not listed()


def test_a_closed_case_is_reviewed_after_12_months_and_again_after_12_more(
    analyst: Person, reviewer: Person, later: Later
) -> None:
    case = working.open_case(analyst, "Marsh", REASONS)
    working.close(case, analyst, REASONS)
    later(364 * DAY)
    assert not for_review(clock.now()).exists()
    with pytest.raises(RetentionError, match="not due for review"):
        reviewing.review(reviewer, case, keep=False, reasons=REASONS)
    later(2 * DAY)
    assert list(for_review(clock.now())) == [case]
    reviewing.review(reviewer, case, keep=True, reasons=REASONS)
    assert not for_review(clock.now()).exists()
    later(366 * DAY)
    reviewing.review(reviewer, case, keep=False, reasons=REASONS)
    assert not Case.objects.exists()
    assert Entry.objects.filter(action="case.erase").exists()


def test_an_open_case_is_never_up_for_review(analyst: Person, later: Later) -> None:
    working.open_case(analyst, "Marsh", REASONS)
    later(1000 * DAY)
    assert not for_review(clock.now()).exists()


def test_nothing_stays_longer_than_five_years(
    analyst: Person, reviewer: Person, disclosure_officer: Person, later: Later
) -> None:
    case = working.open_case(analyst, "Marsh", REASONS, moment())
    working.close(case, analyst, REASONS)
    for _year in range(4):
        later(366 * DAY)
        reviewing.review(reviewer, case, keep=True, reasons=REASONS)
    assert not listed()
    later(363 * DAY)
    assert listed() == {("longest", "moment:m-1"), ("longest", f"case:{case.pk}")}
    swept(disclosure_officer)
    assert not Case.objects.exists()
    assert not Moment.objects.exists()


def test_a_handle_goes_when_nobody_has_watched_for_90_days(
    analyst: Person, approver: Person, disclosure_officer: Person, later: Later
) -> None:
    in_force(analyst, approver, days=10)
    keeping.put(None, "subject:lark-204", keeping.HANDLE, "@marsh_hen")
    later(99 * DAY)
    assert not listed()
    later(2 * DAY)
    assert listed() == {("handles", "subject:lark-204")}
    swept(disclosure_officer)
    assert bytes(Sealed.objects.get().envelope) == b""
    assert keeping.sealed("subject:lark-204", keeping.HANDLE) is None
    assert keeping.rewrap() == 0
    assert not listed()


# --- how it goes ----------------------------------------------------------------------------------------


def test_a_list_is_shown_before_anything_goes(disclosure_officer: Person, later: Later) -> None:
    acts("lark-1", 5)
    later(40 * DAY)
    sweep = sweeping.show(disclosure_officer)
    assert [(item.term, item.thing, item.count) for item in sweep.items.all()] == [
        ("acts", "subject:lark-1", 5)
    ]
    assert Event.objects.count() == 5
    assert [(total.things, total.count, total.gone) for total in sweeping.totals(sweep)] == [(1, 5, 0)]


def test_what_comes_due_after_the_list_was_shown_stays(disclosure_officer: Person, later: Later) -> None:
    acts("lark-1", 2)
    later(30 * DAY)
    acts("lark-1", 1)
    later(timedelta(minutes=5))
    sweep = sweeping.show(disclosure_officer)
    Event.objects.filter(number=2).update(time=sweep.shown_at - 30 * DAY + timedelta(seconds=1))
    later(timedelta(minutes=30))
    sweeping.work(sweeping.confirm(disclosure_officer, sweep, reasons=REASONS), seconds=30)
    assert [event.number for event in Event.objects.all()] == [2]
    assert Swept.objects.get().gone == 2


def test_it_takes_a_person_with_reasons(
    everybody: dict[str, Person], disclosure_officer: Person, later: Later
) -> None:
    acts("lark-1")
    later(40 * DAY)
    sweep = sweeping.show(disclosure_officer)
    with pytest.raises(RetentionError, match="Give reasons"):
        sweeping.confirm(disclosure_officer, sweep, reasons="old")
    for role in ("analyst", "reviewer", "duty_officer", "overseer", "administrator"):
        with pytest.raises(Refused):
            sweeping.confirm(everybody[role], sweep, reasons=REASONS)
    assert Event.objects.exists()


def test_a_list_is_confirmed_within_the_hour_and_once(disclosure_officer: Person, later: Later) -> None:
    acts("lark-1")
    later(40 * DAY)
    old = sweeping.show(disclosure_officer)
    later(timedelta(minutes=61))
    with pytest.raises(RetentionError, match="older than an hour"):
        sweeping.confirm(disclosure_officer, old, reasons=REASONS)
    done = swept(disclosure_officer)
    with pytest.raises(RetentionError, match="confirmed already"):
        sweeping.confirm(disclosure_officer, done, reasons=REASONS)
    with pytest.raises(RetentionError, match="Nothing is on this list"):
        sweeping.confirm(disclosure_officer, sweeping.show(disclosure_officer), reasons=REASONS)


def test_what_went_is_recorded(disclosure_officer: Person, later: Later) -> None:
    acts("lark-1", 5)
    moment()
    later(70 * DAY)
    sweep = swept(disclosure_officer)
    entries = Entry.objects.filter(about=sweep.about).order_by("number")
    assert [entry.action for entry in entries] == ["retention.show", "retention.confirm", "retention.finish"]
    assert entries[2].detail == {"acts": 5, "moments": 1}
    assert entries[2].by == disclosure_officer


def test_a_sweep_that_was_interrupted_goes_on(
    disclosure_officer: Person, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "ONE_STEP", 1)
    for number in range(3):
        acts(f"lark-{number}")
    later(40 * DAY)
    sweep = sweeping.confirm(disclosure_officer, sweeping.show(disclosure_officer), reasons=REASONS)
    assert sweeping.work(sweep, seconds=-1) == 3
    assert Event.objects.count() == 9
    assert sweeping.work(sweep, seconds=30) == 0
    assert not Event.objects.exists()


# --- what stays -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", ["moment:m-1", "subject:s-1"])
def test_what_is_held_stays(duty_officer: Person, later: Later, thing: str) -> None:
    acts("s-1")
    Event.objects.update(time=moment().onset)
    later(10 * DAY)
    held = holding.hold(duty_officer, thing, days=184, reasons=REASONS)
    later(80 * DAY)
    assert not listed()
    holding.lift(duty_officer, held, reasons=REASONS)
    assert ("moments", "moment:m-1") in listed()


def test_a_hold_on_a_case_holds_its_moments(analyst: Person, duty_officer: Person, later: Later) -> None:
    case = working.open_case(analyst, "Marsh", REASONS, moment())
    working.close(case, analyst, REASONS)
    later(1800 * DAY)
    holding.hold(duty_officer, case.about, days=100, reasons=REASONS)
    later(60 * DAY)
    assert not listed()
    later(60 * DAY)
    assert listed() == {("longest", "moment:m-1"), ("longest", case.about)}


def test_what_is_held_after_the_list_was_shown_stays(
    disclosure_officer: Person, duty_officer: Person, later: Later
) -> None:
    moment()
    moment("m-2", ("t-1", "t-2"))
    later(70 * DAY)
    sweep = sweeping.show(disclosure_officer)
    holding.hold(duty_officer, "moment:m-1", days=30, reasons=REASONS)
    sweeping.work(sweeping.confirm(disclosure_officer, sweep, reasons=REASONS), seconds=30)
    assert [left.pk for left in Moment.objects.all()] == ["m-1"]
    assert {item.thing: item.gone for item in sweep.items.all()} == {"moment:m-1": 0, "moment:m-2": 1}


def test_a_held_case_is_not_erased_on_review(
    analyst: Person, reviewer: Person, duty_officer: Person, later: Later
) -> None:
    case = working.open_case(analyst, "Marsh", REASONS)
    working.close(case, analyst, REASONS)
    later(370 * DAY)
    holding.hold(duty_officer, case.about, days=30, reasons=REASONS)
    with pytest.raises(RetentionError, match="This case is held"):
        reviewing.review(reviewer, case, keep=False, reasons=REASONS)


@pytest.mark.parametrize(
    "thing", ["moment:absent", "case:7", "case:x", "subject:nobody", "lark-204", "person:analyst", ""]
)
def test_only_what_is_there_is_held(duty_officer: Person, thing: str) -> None:
    with pytest.raises(RetentionError, match="There is no"):
        holding.hold(duty_officer, thing, days=30, reasons=REASONS)


@pytest.mark.parametrize("days", [0, 185])
def test_a_hold_has_an_end(duty_officer: Person, days: int) -> None:
    moment()
    with pytest.raises(RetentionError, match="1 to 184 days"):
        holding.hold(duty_officer, "moment:m-1", days=days, reasons=REASONS)


def test_mandates_openings_and_the_log_stay(
    analyst: Person, approver: Person, disclosure_officer: Person, later: Later
) -> None:
    mandate = in_force(analyst, approver)
    before = Entry.objects.count()
    later(3000 * DAY)
    with pytest.raises(RetentionError, match="Nothing is on this list"):
        sweeping.confirm(disclosure_officer, sweeping.show(disclosure_officer), reasons=REASONS)
    mandate.refresh_from_db()
    assert mandate.covers.exists()
    assert Entry.objects.count() > before


def test_minors_have_the_shorter_term_in_all() -> None:
    assert all(term.minor_time < term.time for term in terms().terms.values())
    assert max(term.time for term in terms().terms.values()) <= 5 * 366 * DAY


def test_what_is_kept_for_a_part_of_it_is_kept_whole(
    analyst: Person, disclosure_officer: Person, later: Later
) -> None:
    whole = moment()
    part = regrouping.take_out(whole, ["s-1"], analyst, REASONS)
    working.open_case(analyst, "Marsh", REASONS, part)
    later(70 * DAY)
    assert not listed()


# --- the pages ------------------------------------------------------------------------------------------


def test_a_sweep_on_the_page(
    client_of: Callable[[Person], Client], analyst: Person, disclosure_officer: Person, later: Later
) -> None:
    acts("lark-1", 5)
    later(40 * DAY)
    client = client_of(disclosure_officer)
    address = client.post("/retention/show/")["Location"]
    page = client.get(address).text
    assert "Nothing has gone yet" in page
    assert "subject:lark-1" in page
    assert Event.objects.count() == 5
    assert "Give reasons" in client.post(f"{address}confirm/", {"reasons": " " * 30}).text
    client.post(f"{address}confirm/", {"reasons": REASONS})
    assert not Event.objects.exists()
    assert "Finished:" in client.get(address).text
    other = client_of(analyst)
    assert "Finished:" in other.get(address).text
    assert other.post("/retention/show/").status_code == 403


def test_holds_and_reviews_on_the_page(
    client_of: Callable[[Person], Client],
    analyst: Person,
    reviewer: Person,
    duty_officer: Person,
    later: Later,
) -> None:
    case = working.open_case(analyst, "<b>Marsh</b>", REASONS)
    working.close(case, analyst, REASONS)
    later(370 * DAY)
    duty = client_of(duty_officer)
    assert (
        "There is no case:99"
        in duty.post("/retention/holds/", {"thing": "case:99", "days": 30, "reasons": REASONS}).text
    )
    duty.post("/retention/holds/", {"thing": case.about, "days": 30, "reasons": REASONS})
    held = Hold.objects.get()
    assert case.about in duty.get("/retention/").text
    page = client_of(reviewer)
    shown = page.get(f"/retention/cases/{case.pk}/").text
    assert "&lt;b&gt;Marsh" in shown
    erase = {"decision": "erase", "reasons": REASONS}
    assert "This case is held" in page.post(f"/retention/cases/{case.pk}/", erase).text
    duty.post(f"/retention/holds/{held.pk}/", {"reasons": REASONS})
    assert page.post(f"/retention/cases/{case.pk}/", {"reasons": REASONS}).status_code == 422
    page.post(f"/retention/cases/{case.pk}/", erase)
    assert not Case.objects.exists()
