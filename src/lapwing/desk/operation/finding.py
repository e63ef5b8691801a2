"""What a check of a deployment found, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.utils.translation import gettext


class Level(Enum):
    """How much a finding matters."""

    UNSAFE = "unsafe"
    """Somebody could read, change or lose what they must not."""
    NOTE = "note"
    """To be known, and not wrong by itself."""
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    what: str
    """A sentence: what was looked at, and how it is."""
    do: str = ""
    """What to do next; for what is fine there is nothing."""


def in_words(text: str, /, **values: object) -> str:
    """A text with its places filled, in the language of whoever looks; in English where no desk has been begun."""
    return (gettext(text) if settings.configured else text) % values


def unsafe(what: str, do: str) -> Finding:
    """Something to be put right."""
    return Finding(Level.UNSAFE, what, do)


def note(what: str, do: str = "") -> Finding:
    """Something to be known."""
    return Finding(Level.NOTE, what, do)


def fine(what: str) -> Finding:
    """Something as it should be."""
    return Finding(Level.FINE, what)


def text(findings: Sequence[Finding]) -> str:
    """The findings for people, the unsafe ones first, and how many of them there are."""
    order = list(Level)
    lines = []
    for one in sorted(findings, key=lambda finding: order.index(finding.level)):
        lines.append(f"{one.level.value:7} {one.what}")
        lines += [f"        {line}" for line in one.do.splitlines()]
    count = sum(one.level is Level.UNSAFE for one in findings)
    lines.append("")
    lines.append(
        "Nothing is unsafe."
        if not count
        else "1 thing is unsafe."
        if count == 1
        else f"{count} things are unsafe."
    )
    return "\n".join(lines)
