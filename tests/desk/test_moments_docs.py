"""The page about decisions says what the vocabulary says. UPDATE_GOLDEN=1 writes it anew."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from lapwing.desk.accounts.role import ROLES
from lapwing.desk.moments.texts import TEXTS
from lapwing.desk.moments.vocabulary import time_there_is, vocabulary

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "decisions.md"
BEGIN, END = "<!-- vocabulary -->\n", "<!-- end -->\n"


def tables() -> str:
    known = vocabulary()
    lines = ["", "## Judgements", "", "| judgement | meaning |", "|---|---|"]
    lines += [f"| {one.title} (`{one.name}`) | {one.meaning} |" for one in known.judgements.values()]
    lines += ["", "## Decisions", "", "| decision | meaning | by | second reader | review after | source |"]
    lines += ["|---|---|---|:-:|---|---|"]
    for choice in known.choices.values():
        roles = ", ".join(str(role.title) for role in ROLES.values() if role.name in choice.roles)
        review = f"{choice.review // timedelta(days=1)} days at the latest" if choice.review else "closes it"
        second = "yes" if choice.second else ""
        lines.append(
            f"| {choice.title} (`{choice.name}`) | {choice.meaning} | {roles} | {second} | {review} | {choice.source} |"
        )
    lines += ["", "## By when", "", "| net bits above the threshold | to be looked at within |", "|---|---|"]
    lines += [f"| {bits:g} and more | {time // timedelta(hours=1)} h |" for bits, time in known.urgency]
    shift = known.shift // timedelta(hours=1)
    lines += ["", f"What was marked significant is written up within a shift of {shift} hours.", "", ""]
    return "\n".join(lines)


def test_the_page_says_what_the_vocabulary_says() -> None:
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    shown, after = rest.split(END)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        PAGE.write_text(before + BEGIN + tables() + END + after, encoding="utf-8")
        shown = tables()
    assert shown == tables(), (
        "the vocabulary has changed; UPDATE_GOLDEN=1 writes docs/reference/decisions.md anew"
    )


def test_every_line_of_urgency_can_be_reached_and_more_evidence_is_never_less_urgent() -> None:
    steps = [time_there_is(bits / 2) for bits in range(-4, 60)]
    assert steps == sorted(steps, reverse=True)
    assert set(steps) == {time for _, time in vocabulary().urgency}


def test_removal_and_referral_need_a_second_reader_in_the_vocabulary_too() -> None:
    assert {name for name, one in vocabulary().choices.items() if one.second} >= {"remove", "refer"}
    assert all(ROLES.keys() >= one.roles for one in vocabulary().choices.values())


def test_translators_find_every_text_of_the_vocabulary() -> None:
    known = vocabulary()
    shown = {
        text
        for one in (*known.judgements.values(), *known.choices.values())
        for text in (one.title, one.meaning)
    }
    assert set(TEXTS) == shown
