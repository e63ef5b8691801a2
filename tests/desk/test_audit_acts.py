"""Every action that is recorded can be read in words, in the reader's language, beside the name that programs use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

import lapwing.desk
from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.wording import ACTS, DETAILS
from lapwing.desk.guard.rule import ACTION
from lapwing.desk.retention.term import terms

DESK = Path(lapwing.desk.__file__).parent


def literals(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and ACTION.fullmatch(one.value):
            yield one.value


def recorded() -> set[str]:
    """The names that stand where something is recorded."""
    found: set[str] = set()
    for file in DESK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == "record"
            ):
                given = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "action")]
                found |= {name for one in given for name in literals(one)}
    return found


def test_every_action_that_is_recorded_has_words() -> None:
    assert recorded() - set(ACTS) == set()


def test_every_action_with_words_is_recorded_somewhere() -> None:
    sources = "\n".join(file.read_text("utf-8") for file in DESK.rglob("*.py") if file.name != "wording.py")
    assert [name for name in ACTS if f'"{name}"' not in sources] == []


DETAIL = {"detail", "counts", "seen"}
"""What details are called where they are put together before they are recorded."""


def names_of(value: ast.AST) -> set[str]:
    """The names in the details that an expression gives; what is nested in one of them is its value."""
    if isinstance(value, ast.Dict):
        names = {key.value for key in value.keys if isinstance(key, ast.Constant)}
        merged = [one for key, one in zip(value.keys, value.values, strict=True) if key is None]
        return {str(name) for name in names}.union(*map(names_of, merged))
    if isinstance(value, ast.BinOp | ast.IfExp | ast.BoolOp):
        return set().union(*map(names_of, ast.iter_child_nodes(value)))
    return set()


def details() -> set[str]:
    """The names of all details that are recorded."""
    found = set(terms().terms)
    for file in DESK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (isinstance(node, ast.keyword) and node.arg == "detail") or (
                isinstance(node, ast.Assign) and {getattr(one, "id", "") for one in node.targets} & DETAIL
            ):
                found |= names_of(node.value)
    return found


def test_every_detail_that_is_recorded_has_words_and_none_has_them_for_nothing() -> None:
    assert details() == set(DETAILS)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "before the arithmetic was shown: yes"), ("fr", "avant que le calcul ne soit montré : oui")],
)
def test_the_log_says_in_words_what_a_detail_is(
    language: str, words: str, as_overseer: Client, analyst: Person
) -> None:
    with transaction.atomic():
        audit.record(
            analyst, "moment.assess", "moment:m-1", detail={"before_bits": True, "anything": ["a", "b"]}
        )
    page = as_overseer.get("/audit/", headers={"accept-language": language}).content.decode()
    assert words in page
    assert "a, b" in page


@pytest.mark.parametrize(("language", "words"), [("en", "was refused"), ("fr", "s’est vu refuser")])
def test_the_log_says_in_words_what_was_done(
    language: str, words: str, as_overseer: Client, analyst: Person
) -> None:
    with transaction.atomic():
        number = audit.record(analyst, "guard.refuse", "desk").number
    for page in ("/audit/", f"/audit/{number}/"):
        html = as_overseer.get(page, headers={"accept-language": language}).content.decode()
        assert words in html
        assert "guard.refuse" in html


IN_FRENCH = {
    "choice": ("benign", "clore comme anodin"),
    "judgement": ("serious", "aucune lecture innocente ne convient"),
    "ground": ("group", "Groupe terroriste"),
    "purpose": ("prevent", "prévention"),
    "categories": (["suspected", "contact"], "soupçonné, contact"),
    "means": (["reading", "opening"], "lecture, ouverture"),
    "roles": (["disclosure_officer"], "officier de communication"),
    "life": ("fading", "s’estompe"),
    "list": ("moments not shown", "moments non montrés"),
    "field": ("handle", "identité"),
    "for": ("moment.look", "Lire un moment"),
    "kind": ("totp", "application d’authentification"),
    "recipient": ("", "—"),
}


@pytest.mark.parametrize("name", IN_FRENCH)
def test_a_value_of_a_closed_list_is_said_in_the_language_of_the_reader(
    name: str, as_overseer: Client, analyst: Person
) -> None:
    value, words = IN_FRENCH[name]
    with transaction.atomic():
        audit.record(analyst, "moment.assess", "moment:m-1", detail={name: value})
    page = as_overseer.get("/audit/", headers={"accept-language": "fr"}).content.decode()
    assert words in unescape(page)


def test_a_value_that_no_list_has_any_more_is_shown_as_it_was_kept(
    as_overseer: Client, analyst: Person
) -> None:
    with transaction.atomic():
        audit.record(analyst, "decision.make", "moment:m-1", detail={"choice": "shelve"})
    assert "choice: shelve" in as_overseer.get("/audit/").content.decode()
