"""Grounds are data, documented field by field; a team adds its own, within what may be a ground at all.

Write the golden texts anew with: LAPWING_GOLDEN=write pytest tests/desk/test_mandates_grounds.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from lapwing.desk.mandates import texts
from lapwing.desk.mandates.error import GroundsError
from lapwing.desk.mandates.ground import DEFAULT_DAYS, LONGEST_DAYS, load
from lapwing.desk.retention import texts as retention_texts
from lapwing.desk.retention.term import terms
from lapwing.events.vocabulary import Vocabulary

GOLDEN = Path(__file__).parent / "golden"
SABOTAGE = {
    "sort": "offence",
    "title": "Sabotage of supply",
    "meaning": "putting out of work what a town lives on",
    "source": "Penal code of the land, section 305",
    "purposes": ["investigate", "prevent"],
    "categories": ["suspected", "contact"],
    "longest_days": 60,
}


def own(path: Path, **grounds: object) -> Path:
    file = path / "grounds.yaml"
    file.write_text(yaml.safe_dump({"grounds": grounds}))
    return file


def text(path: Path, content: str) -> Path:
    file = path / "grounds.yaml"
    file.write_text(content)
    return file


CASES = {
    "no-file": lambda p: p / "absent.yaml",
    "not-yaml": lambda p: text(p, "grounds:\n  a: [1\n"),
    "other-section": lambda p: text(p, "means: {tapping: {title: tapping, meaning: listening in}}\n"),
    "defined-already": lambda p: own(p, attack=SABOTAGE),
    "field-missing": lambda p: own(p, sabotage={"sort": "offence", "title": "Sabotage"}),
    "no-source": lambda p: own(p, sabotage={**SABOTAGE, "source": " "}),
    "belief": lambda p: own(p, sermon={**SABOTAGE, "title": "Listening to a sermon"}),
    "protest": lambda p: own(p, gathering={**SABOTAGE, "title": "Protest against the government"}),
    "trait": lambda p: own(p, ethnic_group=SABOTAGE),
    "privacy-tool": lambda p: own(p, use_of_vpn=SABOTAGE),
    "unknown-sort": lambda p: own(p, sabotage={**SABOTAGE, "sort": "hunch"}),
    "unknown-category": lambda p: own(p, sabotage={**SABOTAGE, "categories": ["everybody"]}),
    "too-long": lambda p: own(p, sabotage={**SABOTAGE, "longest_days": 365}),
    "no-days": lambda p: own(p, sabotage={**SABOTAGE, "longest_days": True}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_of_grounds_is_refused_with_the_reason(case: str, tmp_path: Path) -> None:
    with pytest.raises(GroundsError) as refused:
        load(CASES[case](tmp_path))
    said = str(refused.value).replace(str(tmp_path), "DIR") + "\n"
    golden = GOLDEN / f"grounds-{case}.txt"
    if os.environ.get("LAPWING_GOLDEN") == "write":
        golden.write_text(said)
    assert said == golden.read_text()


def test_no_golden_text_is_left_over() -> None:
    assert {path.stem.removeprefix("grounds-") for path in GOLDEN.glob("grounds-*.txt")} == set(CASES)


def test_a_team_adds_grounds_of_its_own(tmp_path: Path) -> None:
    known = load(own(tmp_path, sabotage=SABOTAGE))
    assert known.grounds["sabotage"].longest_days == 60
    assert set(load().grounds) < set(known.grounds)


def test_every_ground_has_a_legal_source_and_an_end() -> None:
    for ground in load().grounds.values():
        assert re.search(r"\d{4}/\d+, Art\. \d", ground.source), ground
        assert 1 <= ground.longest_days <= LONGEST_DAYS
        assert ground.longest_days >= DEFAULT_DAYS


def test_what_the_built_in_file_says_of_its_fields_is_all_of_them() -> None:
    from importlib import resources

    head = (
        resources.files("lapwing.desk.mandates").joinpath("grounds.yaml").read_text("utf-8").split("\n\n")[0]
    )
    for field in SABOTAGE:
        assert f"`{field}`" in head, field


def test_translators_find_every_text_of_the_files() -> None:
    known = load()
    words = [
        *known.purposes.values(),
        *known.categories.values(),
        *known.means.values(),
        *known.grounds.values(),
    ]
    shown = {text for word in words for text in (word.title, word.meaning)}
    shown |= {ground.source for ground in known.grounds.values()}
    vocabulary = Vocabulary.load()
    assert set(texts.TEXTS) == shown | set(vocabulary.sources.values()) | set(vocabulary.uses)


def test_translators_find_every_text_of_the_terms() -> None:
    held = terms()
    shown = {
        text
        for term in held.terms.values()
        for text in (term.title, term.meaning, term.counted_from, term.source)
    }
    assert set(retention_texts.TEXTS) == shown | {
        text for one in held.stays for text in (one.title, one.meaning)
    }
