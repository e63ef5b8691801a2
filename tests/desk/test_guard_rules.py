"""The guard: yes or no, and why, in words one can act on."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from django.utils.translation import override

import lapwing.desk
from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES, why_not_together
from lapwing.desk.guard import Refused, may, require, rule
from lapwing.desk.guard.refusal import FILLED, said_again
from lapwing.desk.guard.rule import RULES

DESK = Path(lapwing.desk.__file__).parent
PersonOf = Callable[..., Person]


@pytest.fixture
def biscuits() -> Iterator[None]:
    """An action that analysts and approvers may do, with everything but the last biscuit."""

    @rule("biscuit.eat", roles={"analyst", "approver"})
    def eat(person: Person, thing: int) -> str | None:
        """Eat a biscuit."""
        return "The last one is for guests." if thing == 1 else None

    yield
    del RULES["biscuit.eat"]


@pytest.mark.usefixtures("biscuits")
def test_a_yes_says_as_which_role(analyst: Person) -> None:
    answer = may(analyst, "biscuit.eat", 2)
    assert (answer.allowed, answer.why) == (True, "Allowed as analyst.")


@pytest.mark.usefixtures("biscuits")
def test_a_no_says_which_role_it_takes(overseer: Person) -> None:
    answer = may(overseer, "biscuit.eat", 2)
    assert (answer.allowed, answer.why) == (False, "This takes the role of analyst or approver.")


@pytest.mark.usefixtures("biscuits")
def test_a_no_says_what_stands_against_it(analyst: Person) -> None:
    assert may(analyst, "biscuit.eat", 1).why == "The last one is for guests."


@pytest.mark.usefixtures("biscuits")
def test_the_answer_is_in_the_language_of_whoever_asks(overseer: Person) -> None:
    with translation.override("fr"):
        assert may(overseer, "biscuit.eat", 2).why == "Il faut pour cela le rôle : analyste ou approbateur."


@pytest.mark.usefixtures("biscuits")
@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_whoever_is_not_signed_in_may_nothing(nobody: AnonymousUser | None) -> None:
    assert may(nobody, "biscuit.eat", 2).why == "Sign in first."


@pytest.mark.usefixtures("biscuits")
def test_whose_account_is_closed_may_nothing(analyst: Person) -> None:
    analyst.is_active = False
    assert may(analyst, "biscuit.eat", 2).why == "This account is closed."


@pytest.mark.usefixtures("biscuits")
def test_a_person_without_a_role_may_nothing(person_of: PersonOf) -> None:
    assert not may(person_of(), "biscuit.eat", 2)


@pytest.mark.usefixtures("biscuits")
def test_require_raises_what_may_answers(overseer: Person) -> None:
    with pytest.raises(Refused, match=r"This takes the role of analyst or approver\.") as refused:
        require(overseer, "biscuit.eat", overseer)
    assert (refused.value.action, refused.value.about) == ("biscuit.eat", f"person:{overseer.pseudonym}")


def test_an_action_nobody_registered_is_a_fault_and_not_a_no(analyst: Person) -> None:
    with pytest.raises(LookupError, match=r"knows no action 'biscuit.bake'; register it with @rule"):
        may(analyst, "biscuit.bake")


def bake(person: Person, thing: None) -> str | None:
    """Bake."""
    return None


def undocumented(person: Person, thing: None) -> str | None:
    return None


@pytest.mark.parametrize(
    ("action", "roles", "check", "says"),
    [
        ("Biscuit", {"analyst"}, bake, "an action is written noun.verb"),
        ("person.list", {"analyst"}, bake, "registered twice; the first is in lapwing.desk.accounts.rules"),
        ("biscuit.bake", {"baker"}, bake, "not baker"),
        ("biscuit.bake", set(), bake, "not none"),
        ("biscuit.bake", {"administrator"}, bake, "an administrator reads no content"),
        ("biscuit.bake", {"analyst"}, undocumented, "needs a docstring"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(
    action: str, roles: set[str], check: Callable[..., str | None], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        rule(action, roles=roles)(check)


@pytest.mark.parametrize("alone", ["overseer", "administrator"])
def test_who_oversees_or_administers_has_no_part_in_the_work(alone: str) -> None:
    for other in set(ROLES) - {alone}:
        assert why_not_together([alone, other]) is not None
    assert why_not_together([alone]) is None


def test_the_roles_of_the_work_go_together() -> None:
    assert why_not_together(set(ROLES) - {"overseer", "administrator"}) is None


def filled_refusals() -> set[str]:
    """The reasons of the rules that have places in them, as they stand in the programs."""
    found = set()
    for file in (*DESK.glob("*/rules.py"), DESK / "mandates" / "state.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.BinOp)
                and isinstance(node.op, ast.Mod)
                and isinstance(node.left, ast.Call)
            ):
                text = node.left.args[0]
                assert isinstance(text, ast.Constant)
                found.add(str(text.value))
    return found


def test_every_refusal_with_places_in_it_is_found_again() -> None:
    assert filled_refusals() == set(FILLED)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (
            "Mandate 41 does not cover this any more. The seal stays closed.",
            "Le mandat 41 ne couvre plus ceci. Le scellé reste fermé.",
        ),
        (
            "This mandate is cancelled; that is final. Ask for a new one.",
            "Ce mandat est annulé",
        ),
        (
            "State what you look for first: investigation, prevention, moderation.",
            "prévention, modération.",
        ),
        ("A mandate that is approved cannot take this step.", "Un mandat approuvé ne peut pas"),
        ("Somebody wrote this themselves.", "Somebody wrote this themselves."),
    ],
)
def test_a_refusal_with_places_in_it_is_said_again_in_the_language_of_its_reader(
    kept: str, said: str
) -> None:
    with override("fr"):
        assert said in said_again("seal.open", kept)
