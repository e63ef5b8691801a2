"""What a mandate covers, and that an end is an end: proven with a moved clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from mandate_files import REASONS, approve, ask, in_force, rows

from lapwing.desk import clock, subjects
from lapwing.desk.accounts.models import Person
from lapwing.desk.guard import Refused
from lapwing.desk.mandates import attaching, covered, live, steps
from lapwing.desk.mandates.models import Cover
from lapwing.desk.subjects.models import Privilege, Subject

SECOND = timedelta(seconds=1)
MEANS = ("reading", "detection", "search", "contacts", "opening")


def readable(person: Person, means: str = "reading") -> set[str]:
    return set(subjects.within(person, "prevent", means=means).values_list("pseudonym", flat=True))


def test_when_a_mandate_ends_reading_detection_and_search_stop_at_once(
    analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver)
    for means in MEANS:
        with clock.moved(timedelta(days=90) - timedelta(minutes=1)):
            assert covered(["lark-204"], means=means) == {"lark-204"}
            assert readable(analyst, means) == {"lark-204"}
        with clock.moved(timedelta(days=90)):
            assert covered(["lark-204"], means=means) == set()
            assert readable(analyst, means) == set()
            assert not live().exists()


def test_a_cancellation_is_an_end(analyst: Person, approver: Person) -> None:
    mandate = in_force(analyst, approver)
    steps.cancel(analyst, mandate, reasons=REASONS)
    for means in MEANS:
        assert covered(means=means) == set()
        assert readable(analyst, means) == set()


def test_a_subject_under_two_mandates_is_covered_until_the_later_one_ends(
    analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, days=10)
    longer = in_force(analyst, approver, days=20)
    with clock.moved(timedelta(days=15)):
        assert covered() == {"lark-204"}
        steps.cancel(approver, longer, reasons=REASONS)
        assert covered() == set()


def test_nothing_is_covered_before_it_was_approved(analyst: Person, approver: Person) -> None:
    before = clock.now() - SECOND
    mandate = in_force(analyst, approver)
    assert covered(at=before) == set()
    assert covered(at=mandate.begins) == {"lark-204"}


def test_what_was_covered_when_can_still_be_said_afterwards(analyst: Person, approver: Person) -> None:
    mandate = in_force(analyst, approver)
    with clock.moved(timedelta(days=5)):
        ended = steps.cancel(analyst, mandate, reasons=REASONS)
    assert covered(at=ended.ends - SECOND) == {"lark-204"}
    assert covered(at=ended.ends) == set()


def test_only_the_means_of_the_mandate_are_covered(analyst: Person, approver: Person) -> None:
    in_force(analyst, approver, means=("reading", "search"))
    assert [means for means in MEANS if covered(means=means)] == ["reading", "search"]
    assert not readable(analyst, "contacts")


def test_a_source_is_covered_only_by_a_mandate_that_allows_it_for_these_means(
    analyst: Person, approver: Person
) -> None:
    in_force(analyst, approver, sources=("platform", "partner"), means=("reading", "detection"))
    in_force(analyst, approver, sources=("payment",), means=("reading",))
    told = {
        source: [means for means in ("reading", "detection") if covered(means=means, source=source)]
        for source in ("platform", "partner", "payment", "border")
    }
    assert told == {
        "platform": ["reading", "detection"],
        "partner": ["reading", "detection"],
        "payment": ["reading"],
        "border": [],
    }


def test_only_the_stated_purpose_is_covered(analyst: Person, approver: Person) -> None:
    in_force(analyst, approver, purpose="investigate")
    assert not subjects.within(analyst, "prevent").exists()
    assert subjects.within(analyst, "investigate").exists()


def test_a_further_subject_waits_for_another_person(
    analyst: Person, approver: Person, reviewer: Person
) -> None:
    mandate = in_force(analyst, approver)
    (cover,) = attaching.attach(reviewer, mandate, rows("x", "lark-300")[1:], source="own case 12, page 9")
    assert covered() == {"lark-204"}
    with pytest.raises(Refused):
        attaching.decide(reviewer, cover, approved=True, reasons=REASONS)
    attaching.decide(approver, cover, approved=True, reasons=REASONS)
    assert covered() == {"lark-204", "lark-300"}


def test_a_subject_is_let_go_alone(analyst: Person, approver: Person) -> None:
    mandate = in_force(analyst, approver, ["lark-204", "lark-205"])
    attaching.release(analyst, mandate.covers.get(subject__pseudonym="lark-204"), reasons=REASONS)
    assert covered() == {"lark-205"}


def test_protected_subjects_are_sealed_until_an_independent_approval(
    analyst: Person, approver: Person, person_of: Callable[..., Person]
) -> None:
    for number, protection in enumerate(
        [{"minor": True}, *({"privilege": calling} for calling in Privilege if calling)]
    ):
        name = f"lark-{number}"
        Subject.objects.create(pseudonym=name, **protection)
        cover = in_force(analyst, approver, [name]).covers.get()
        assert name not in covered()
        assert name not in readable(analyst)
        second = person_of("approver")
        attaching.agree(second, cover, reasons=REASONS)
        assert name in covered()
        assert name in readable(analyst)


def test_the_independent_approval_is_by_somebody_who_had_no_part(
    person_of: Callable[..., Person], approver: Person
) -> None:
    Subject.objects.create(pseudonym="lark-204", privilege=Privilege.PRESS)
    asker = person_of("analyst", "approver")
    cover = in_force(asker, approver).covers.get()
    for person in (asker, approver):
        with pytest.raises(Refused, match="had a part"):
            attaching.agree(person, cover, reasons=REASONS)
        with pytest.raises(IntegrityError), transaction.atomic():
            Cover.objects.update(independent_by=person)
    assert not covered()


def test_whoever_is_marked_as_protected_drops_out_at_once(analyst: Person, approver: Person) -> None:
    in_force(analyst, approver)
    assert covered() == {"lark-204"}
    Subject.objects.update(minor=True)
    assert covered() == set()
    assert readable(analyst) == set()


def test_an_overseer_sees_every_subject_whatever_has_ended(
    analyst: Person, approver: Person, overseer: Person
) -> None:
    in_force(analyst, approver)
    with clock.moved(timedelta(days=200)):
        assert readable(overseer) == {"lark-204"}


@pytest.mark.parametrize("purpose", ["", "curiosity", "oversight", "reading"])
def test_nobody_looks_without_a_purpose(analyst: Person, approver: Person, purpose: str) -> None:
    in_force(analyst, approver)
    with pytest.raises(Refused):
        subjects.within(analyst, purpose)


def test_an_administrator_reads_no_content(administrator: Person) -> None:
    with pytest.raises(Refused, match="takes the role"):
        subjects.within(administrator, "prevent")


def test_many_subjects_are_asked_about_at_once(analyst: Person, approver: Person) -> None:
    in_force(analyst, approver)
    assert covered([f"jay-{n}" for n in range(2500)] + ["lark-204"]) == {"lark-204"}


class Overlaps(TestCase):
    """Whatever mandates overlap: somebody is covered exactly while one of theirs is in force."""

    @settings(max_examples=15, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(1, 90), st.integers(0, 60)), min_size=1, max_size=4),
        st.integers(0, 100),
    )
    def test_a_subject_is_covered_exactly_while_a_mandate_of_it_is_in_force(
        self, spans: list[tuple[int, int]], day: int
    ) -> None:
        asker = Person.objects.create_person("asker", ["analyst"])
        approver = Person.objects.create_person("approver", ["approver"])
        start = clock.now()
        for days, later in spans:
            with clock.moved(timedelta(days=later)):
                approve(approver, ask(asker, days=days))
        at = start + timedelta(days=day, hours=12)
        expected = any(later <= day < later + days for days, later in spans)
        assert (covered(at=at) == {"lark-204"}) is expected
