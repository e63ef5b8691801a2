"""Every role and every action: the table in docs/reference/roles.md is what the guard answers.

Written anew with UPDATE_GOLDEN=1; whoever reads the change sees who may do more or less than before.
"""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path

import pytest

from lapwing.desk.accounts.models import Person
from lapwing.desk.accounts.role import ROLES
from lapwing.desk.guard import may
from lapwing.desk.guard.rule import RULES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "roles.md"
BEGIN, END = "<!-- the guard's table -->\n", "<!-- until here -->\n"

SEEING = {"list", "look", "read", "search", "replay", "export", "verify", "purpose", "see"}
"""The verbs of actions that change nothing; `purpose` is to say for what one looks."""


def table() -> str:
    """The rules as a page shows them: a table for each noun, a row for each action, a column for each role."""
    lines: list[str] = []
    for noun, actions in groupby(sorted(RULES), key=lambda action: action.split(".")[0]):
        lines += [
            "",
            f"### `{noun}`",
            "",
            f"| action | {' | '.join(str(role.title) for role in ROLES.values())} |",
        ]
        lines.append("|---|" + ":-:|" * len(ROLES))
        for action in actions:
            rule = RULES[action]
            marks = " | ".join("yes" if role in rule.roles else "" for role in ROLES)
            lines.append(f"| {rule.says} (`{action}`) | {marks} |")
    return "\n".join(lines) + "\n\n"


def test_the_page_about_roles_is_what_the_guard_answers() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    shown, after = rest.split(END)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        PAGE.write_text(before + BEGIN + table() + END + after, encoding="utf-8")
        shown = table()
    assert shown == table(), (
        "who may do what has changed; UPDATE_GOLDEN=1 writes docs/reference/roles.md anew"
    )


@pytest.mark.parametrize("action", sorted(RULES))
def test_only_the_roles_of_the_table_may(action: str, everybody: dict[str, Person]) -> None:
    for role in set(ROLES) - RULES[action].roles:
        assert not may(everybody[role], action), f"{role} may {action}"


def test_an_administrator_reads_no_content() -> None:
    assert not [action for action, rule in RULES.items() if rule.content and "administrator" in rule.roles]


def test_an_overseer_sees_all_that_anybody_sees() -> None:
    seeing = {
        action for action in RULES if action.split(".")[1] in ("list", "look", "read", "search", "replay")
    }
    hidden = {action for action in seeing if "overseer" not in RULES[action].roles}
    assert not hidden


def test_an_overseer_changes_nothing_but_whether_the_machine_runs() -> None:
    # And a threat to life is never somebody else's business.
    acts = {action for action, rule in RULES.items() if "overseer" in rule.roles}
    seen = {action for action in acts if action.split(".")[1] in SEEING}
    assert acts - seen <= {"machine.stop", "machine.start", "token.make", "threat.raise", "threat.inform"}
