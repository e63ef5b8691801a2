"""Every action that is recorded can be read in words, in the reader's language, beside the name that programs use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

import lapwing.desk
from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.acts import ACTS
from lapwing.desk.guard.rule import ACTION

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
    sources = "\n".join(file.read_text("utf-8") for file in DESK.rglob("*.py") if file.name != "acts.py")
    assert [name for name in ACTS if f'"{name}"' not in sources] == []


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
