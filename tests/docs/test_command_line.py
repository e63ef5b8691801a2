"""Every command and every option of the command line is documented, and nothing is that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cyclopts import App

from lapwing.cli import app

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "command-line.md"


def sections() -> dict[str, str]:
    """The page's text on every command."""
    parts = re.split(r"^## `lapwing ([\w ]+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands(of: App = app, before: str = "") -> list[str]:
    """The commands, and for a command of commands those below it: `audit verify`."""
    found: list[str] = []
    for name in (name for name in of if not name.startswith("-")):
        found += commands(of[name], f"{before}{name} ") or [before + name]
    return sorted(found)


def command_of(name: str) -> App:
    found = app
    for part in name.split():
        found = found[part]
    return found


def options(command: str) -> set[str]:
    """The options of a command, without what is told by its place."""
    return {
        argument.names[0]
        for argument in command_of(command).assemble_argument_collection()
        if argument.index is None
    }


def places(command: str) -> list[str]:
    """What a command is told by its place, in order."""
    return [
        argument.names[0].removeprefix("--").upper()
        for argument in command_of(command).assemble_argument_collection()
        if argument.index is not None
    ]


def test_every_command_has_its_section_and_no_section_is_without_command() -> None:
    assert sorted(sections()) == commands()


@pytest.mark.parametrize("command", commands())
def test_every_option_of_a_command_is_documented(command: str) -> None:
    assert not {name for name in options(command) if f"`{name}" not in sections()[command]}


@pytest.mark.parametrize("command", commands())
def test_no_option_is_documented_that_does_not_exist(command: str) -> None:
    documented = set(re.findall(r"^\| `(--[a-z-]+)", sections()[command], flags=re.MULTILINE))
    assert documented <= options(command)


@pytest.mark.parametrize("command", commands())
def test_the_pattern_of_a_command_has_all_its_places(command: str) -> None:
    pattern = re.search(rf"^lapwing {command}(.*)$", sections()[command], flags=re.MULTILINE)
    assert pattern is not None
    words = [word.strip("[].") for word in pattern[1].split("--")[0].split()]
    assert len(words) == len(places(command))
