"""A list of subjects is taken when each has evidence of its own, and refused whole as an accusation list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mandate_files import ask, rows

from lapwing.desk.accounts.models import Person
from lapwing.desk.mandates import attaching
from lapwing.desk.mandates.error import HopError, RosterError
from lapwing.desk.mandates.hops import LIMIT, contacts
from lapwing.desk.mandates.roster import LONGEST_ROSTER, Row, parse
from lapwing.desk.seals.models import Sealed
from lapwing.desk.subjects.models import Subject

CATEGORIES = ("suspected", "contact")
GOOD = """subject,category,evidence
lark-204,suspected,"Asked for money on three days, items 12 to 14."
lark-205,contact,"Moved what lark-204 had collected, item 15."
"""


def test_a_list_with_evidence_for_each_is_taken() -> None:
    assert [row.subject for row in parse(GOOD, CATEGORIES)] == ["lark-204", "lark-205"]


REFUSED = {
    "names-only": ("lark-204\nlark-205\nlark-206\n", "A list of names is not a list of subjects"),
    "no-evidence-column": ("subject,category\nlark-204,suspected\n", "no column evidence"),
    "one-reason-for-all": (
        "subject,category,evidence\n"
        + "".join(
            f"lark-{n},suspected,Listed as a supporter of the group by volunteers\n" for n in range(5500)
        ),
        "At most 500",
    ),
    "one-reason-for-a-few": (
        "subject,category,evidence\n"
        + "".join(f"lark-{n},suspected,Listed as a supporter of the group by volunteers\n" for n in range(3)),
        "Such a list accuses, it does not show: the whole list is refused",
    ),
    "one-reason-with-the-name-in-it": (
        "subject,category,evidence\n"
        + "".join(f"lark{n},suspected,lark{n} is known to support the group in question\n" for n in "abc"),
        "have the same evidence",
    ),
    "one-without-evidence": (
        GOOD + "lark-206,suspected,see above\n",
        "Line 4: lark-206 has no evidence of its own",
    ),
    "accusing-column": (
        "subject,category,evidence,terrorist\na,suspected,b,yes\n",
        "for its column terrorist",
    ),
    "rating-column": (
        "subject,category,evidence,risk score\na,suspected,b,9\n",
        "never scored, ranked or coloured",
    ),
    "trait-column": ("subject,category,evidence,religion\na,suspected,b,c\n", "religion is never recorded"),
    "real-name-column": ("subject,category,evidence,full name\na,suspected,b,c\n", "under a pseudonym"),
    "unknown-column": ("subject,category,evidence,note\na,suspected,b,c\n", "It can have, once each"),
    "column-twice": ("subject,category,evidence,handle,handle\na,suspected,b,c,d\n", "once each"),
    "subject-twice": (
        GOOD + 'lark-204,suspected,"Invited four others, items 20 to 23."\n',
        "lark-204 stands twice",
    ),
    "unknown-category": (GOOD.replace("contact", "enemy"), "enemy is no category of this mandate"),
    "no-category": (GOOD.replace("contact", ""), "(nothing) is no category"),
    "no-pseudonym": (GOOD.replace("lark-205", ""), "Line 3: There is no pseudonym"),
    "long-pseudonym": (GOOD.replace("lark-205", "x" * 151), "longer than 150"),
    "long-evidence": (GOOD.replace("item 15", "x" * 2001), "longer than 2000"),
    "null-byte": (GOOD.replace("lark-205", "lark\x00"), "cannot be seen"),
    "turned-text": (GOOD.replace("lark-205", "lark\u202e502"), "look like the name of somebody else"),
    "null-byte-in-evidence": (GOOD.replace("Moved", "Moved\x00"), "control character"),
    "too-few-cells": (GOOD + "lark-206,suspected\n", "Line 4 has 2 cells"),
    "open-quote": (GOOD + 'lark-206,suspected,"open', "is not CSV"),
    "header-only": ("subject,category,evidence\n", "no subject"),
    "nothing": ("", "no column subject, category, evidence"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_list_is_refused_whole_with_the_reason(case: str) -> None:
    text, said = REFUSED[case]
    with pytest.raises(RosterError) as refused:
        parse(text, CATEGORIES)
    assert said in str(refused.value)


@given(st.text(max_size=500))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    try:
        taken: object = parse(text, CATEGORIES)
    except RosterError as refused:
        taken = str(refused)
    assert taken


@pytest.mark.parametrize("source", ["", "list", " " * 20, "x" * 301, "own case 12\x00"])
def test_a_list_says_where_it_comes_from(analyst: Person, source: str) -> None:
    mandate = ask(analyst)
    with pytest.raises(RosterError):
        attaching.attach(analyst, mandate, rows("lark-300"), source=source)


def test_the_rules_hold_for_programs_as_for_pages(analyst: Person) -> None:
    mandate = ask(analyst, ())
    accused = [Row(f"lark-{n}", "suspected", "Named in the list of the volunteers.") for n in range(3)]
    with pytest.raises(RosterError, match="whole list is refused"):
        attaching.attach(analyst, mandate, accused, source="a list from volunteers")
    many = [
        Row(f"lark-{n}", "suspected", f"Named on page {n} of the list.") for n in range(LONGEST_ROSTER + 1)
    ]
    with pytest.raises(RosterError, match="At most"):
        attaching.attach(analyst, mandate, many, source="a list from volunteers")
    assert not Subject.objects.exists()


def test_nobody_is_asked_for_twice_under_one_mandate(analyst: Person) -> None:
    mandate = ask(analyst, ["lark-204"])
    with pytest.raises(RosterError, match="lark-204 is under this mandate already"):
        attaching.attach(analyst, mandate, rows("lark-204"), source="own case 12, page 9")


def test_a_handle_that_comes_with_a_subject_is_sealed_at_once(analyst: Person) -> None:
    mandate = ask(analyst, ())
    row = Row("lark-204", "suspected", "Asked for money on three days, items 12 to 14.", "@marsh_hen")
    attaching.attach(analyst, mandate, [row], source="own case 12, page 9")
    sealed = Sealed.objects.get(record="subject:lark-204", field="handle")
    assert b"marsh" not in bytes(sealed.envelope)


# --- one step, and no further ---------------------------------------------------------------------------

TIES = {"a": {"b"}, "b": {"a", "c"}, "c": {"b", "d"}, "d": {"c"}}


def neighbours(of: frozenset[str] | set[str]) -> set[str]:
    return set().union(*(TIES[name] for name in of))


def test_contacts_are_followed_one_step() -> None:
    assert LIMIT == 1
    assert contacts({"a"}, {"a"}, neighbours) == {"b"}


def test_contacts_of_contacts_are_refused() -> None:
    with pytest.raises(
        HopError, match=r"contacts of b may not be followed.*\n.*mandate with evidence of its own"
    ):
        contacts(contacts({"a"}, {"a"}, neighbours), {"a"}, neighbours)


def test_a_contact_with_a_mandate_of_its_own_is_followed_for_itself() -> None:
    assert contacts({"b"}, {"a", "b"}, neighbours) == {"a", "c"}
