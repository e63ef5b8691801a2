"""What tests of mandates start from: a draft, rows with evidence of their own, a mandate in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lapwing.desk.accounts.models import Person
from lapwing.desk.mandates import steps
from lapwing.desk.mandates.draft import Draft
from lapwing.desk.mandates.models import Mandate
from lapwing.desk.mandates.roster import Row

REASONS = "Two recorded acts speak for the ground, and reading what is public has led no further."
DRAFT = Draft(
    ground="recruitment",
    purpose="prevent",
    categories=("suspected", "contact"),
    sources=("platform", "other"),
    means=("reading", "detection", "search", "contacts", "opening"),
    reasons=REASONS,
)


def rows(*subjects: str) -> list[Row]:
    """A row for each, with evidence of its own."""
    words = ("invited", "admitted", "collected", "moved", "instructed", "met", "threatened", "rented")
    return [
        Row(name, "suspected", f"On day {day} it {words[day % len(words)]} others, as item {day} shows.")
        for day, name in enumerate(subjects, 1)
    ]


def ask(by: Person, subjects: Sequence[str] = ("lark-204",), **changes: Any) -> Mandate:
    """A mandate that is asked for."""
    return steps.ask(by, replace(DRAFT, **changes), rows=rows(*subjects), source="own case 12, page 3")


def approve(by: Person, mandate: Mandate) -> Mandate:
    """The mandate in force."""
    return steps.approve(by, mandate, reasons=REASONS, read=mandate.fingerprint())


def in_force(
    asker: Person, approver: Person, subjects: Sequence[str] = ("lark-204",), **changes: Any
) -> Mandate:
    """A mandate in force over these subjects."""
    return approve(approver, ask(asker, subjects, **changes))
