"""What the desk never has: a score of somebody, a forbidden trait, a way to content past mandate and purpose."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from lapwing.desk.api.desk_api import api
from lapwing.desk.mandates import hops
from lapwing.desk.subjects.models import Subject
from lapwing.events.vocabulary import Vocabulary

DESK = Path(__file__).parents[2] / "src" / "lapwing" / "desk"
PERSONAL = {"N1", "N2", "N3"}
"""The rules about what is never said of somebody."""

OURS = [model for model in apps.get_models() if model.__module__.startswith("lapwing.desk.")]


def forbidden(name: str) -> str | None:
    """Why a name is forbidden as a column, label or name of the interface; None when it is not."""
    entry = Vocabulary.load().why_forbidden(name)
    return entry.reason if entry is not None and entry.rule in PERSONAL else None


# --- no score, no trait: in the database ----------------------------------------------------------------

HARMLESS_COLUMNS = {
    ("Person", "language"): "the language in which somebody of the team reads the desk",
    ("Token", "name"): "what a program is called by whoever made its token",
    ("Webhook", "name"): "what an address is called by whoever entered it",
}
"""Columns whose name is forbidden for events, and what they hold instead. None is about a subject."""

NUMBERS_BESIDE_SUBJECTS = {
    ("Event", "number"): "the place in the journal",
    ("Moment", "net"): "bits of a moment, which is a change in acts and names nobody as worse than others",
    ("Moment", "threshold"): "bits at which the budget let it be raised",
    ("Moment", "once_in_days"): "how often chance shows such a moment",
}
"""Numbers in rows that name subjects, and what they measure. A number that measures a subject has no place."""


def columns() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    for model in OURS:
        for field in model._meta.get_fields():
            if isinstance(field, models.Field):
                yield model, field


def test_no_column_rates_somebody_or_holds_a_forbidden_trait() -> None:
    wrong = [
        f"{model.__name__}.{field.name}: {forbidden(field.name)}"
        for model, field in columns()
        if forbidden(field.name) and (model.__name__, field.name) not in HARMLESS_COLUMNS
    ]
    assert not wrong


def test_no_column_with_an_innocent_name_is_labelled_as_a_rating_or_a_trait() -> None:
    wrong = [
        f"{model.__name__}.{field.name}, labelled {field.verbose_name}"
        for model, field in columns()
        if forbidden(str(field.verbose_name))
        and (model.__name__, field.name) not in HARMLESS_COLUMNS
        and field.verbose_name != "name"
    ]
    assert not wrong


def test_nothing_that_names_a_subject_measures_it() -> None:
    numbers = (models.FloatField, models.DecimalField, models.IntegerField)
    about_subjects = {
        model
        for model, field in columns()
        if isinstance(field, models.ForeignKey | models.ManyToManyField) and field.related_model is Subject
    }
    assert {"Cover", "Event", "Moment"} <= {model.__name__ for model in about_subjects}
    wrong = [
        f"{model.__name__}.{field.name}"
        for model, field in columns()
        if model in about_subjects
        and isinstance(field, numbers)
        and not isinstance(field, models.AutoField | models.BigAutoField)
        and (model.__name__, field.name) not in NUMBERS_BESIDE_SUBJECTS
    ]
    assert not wrong


def test_a_subject_is_a_pseudonym_and_what_protects_it() -> None:
    own = {field.name for field in Subject._meta.get_fields() if isinstance(field, models.Field)}
    assert own == {"id", "pseudonym", "privilege", "minor", "since"}


def test_subjects_are_never_put_in_an_order_but_that_of_their_pseudonyms() -> None:
    assert Subject._meta.ordering == ("pseudonym",)
    ordered = {
        ast.literal_eval(arg)
        for file in sorted((DESK / "subjects").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "order_by"
        for arg in node.args
    }
    of_acts_moments_and_mandates = {"-time", "-number", "-raised", "-pk", "mandate__ends"}
    assert ordered - of_acts_moments_and_mandates == {"pseudonym"}


# --- no score, no trait: on pages and interfaces --------------------------------------------------------

RATING = re.compile(
    r"\b(scor(e|es|ed|ing)|rank(s|ed|ing)?|rating|risk\w*|likelihood|suspicio\w+|dangerous\w*)\b", re.I
)
SAYS_IT_IS_NOT_DONE = re.compile(r"\b(no|never|not|nothing|without|neither)\b", re.I)
STRINGS = re.compile(
    r"{%\s*translate\s+([\"'])(?P<one>.*?)\1|{%\s*blocktranslate.*?%}(?P<many>.*?){%\s*endblocktranslate",
    re.S,
)


def test_no_label_on_a_page_rates_somebody() -> None:
    wrong = [
        f"{file.relative_to(DESK)}: {said}"
        for file in sorted(DESK.rglob("*.html"))
        for found in STRINGS.finditer(file.read_text())
        if RATING.search(said := found["one"] or found["many"] or "") and not SAYS_IT_IS_NOT_DONE.search(said)
    ]
    assert not wrong


def test_no_heading_of_a_table_of_subjects_is_a_rating_or_a_trait() -> None:
    headings = [
        label
        for app in ("subjects", "mandates", "seals", "retention")
        for file in sorted((DESK / app).rglob("*.html"))
        for label in re.findall(r"<th[^>]*>{% translate \"([^\"]+)\" %}", file.read_text())
    ]
    assert len(headings) > 40
    assert not [label for label in headings if forbidden(label)]


def test_no_page_of_subjects_colours_somebody() -> None:
    tokens = {"--soft", "--ink", "--edge", "--line"}
    for app in ("subjects", "mandates"):
        style = "".join(file.read_text() for file in (DESK / app).rglob("*.css"))
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl|oklch", style)
        assert set(re.findall(r"var\((--\w+)\)", style)) <= tokens
        for file in (DESK / app).rglob("*.html"):
            assert "style=" not in file.read_text()


HARMLESS_NAMES = {"name", "language"}


def test_no_name_of_the_interface_rates_somebody_or_is_a_trait() -> None:
    def names(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from node.get("properties", {})
            for value in node.values():
                yield from names(value)
        elif isinstance(node, list):
            for value in node:
                yield from names(value)

    described = api.get_openapi_schema(path_prefix="/api/")
    found = set(names(described)) | {
        part for path in described["paths"] for part in path.strip("/").split("/")
    }
    assert {"accepted", "moments"} <= found
    assert not [name for name in found - HARMLESS_NAMES if forbidden(name)]


# --- one way to content ---------------------------------------------------------------------------------

ROOM = {
    "Subject": "subjects",
    "Event": "intake",
    "Moment": "moments",
    "Statement": "moments",
    "Fact": "moments",
    "Assessment": "moments",
    "Decision": "moments",
    "Case": "cases",
    "CaseFact": "cases",
    "CaseAssessment": "cases",
    "Task": "cases",
    "Link": "cases",
    "Passage": "cases",
    "Sealed": "seals",
}
"""What is content, and the room that keeps it."""

ELSEWHERE = {
    "api/courier.py": "tells webhooks the numbers of statements, and nothing of what they say",
    "api/moments.py": "finds the moment that is asked for; `reading` decides whether it is shown",
    "api/stream.py": "asks for moments among the subjects that `within` gave",
    "api/views.py": "notes the number of the newest statement",
    "cases/reading.py": "asks whether a case names somebody beyond the subjects that `within` gave",
    "cases/replay.py": "counts what was stated of the moments of a case that was opened by its guard",
    "cases/searching.py": "asks for moments among the subjects that `within` gave",
    "cases/telling.py": "compares a statement with the one before, when the engine states it; nobody reads it",
    "cases/views/case.py": "finds the moment that is asked for; its guard decides whether it is shown",
    "live/demo/guide.py": "of a demonstration: whether a step on the moment that is open was done",
    "live/demo/work.py": "of a demonstration: its made-up persons act on what is new",
    "live/watcher.py": "finds the subjects whose acts come in, and reads nothing of them",
    "operation/measures.py": "counts moments by status, for the measures",
    "oversight/figures.py": "counts moments and decisions, for the overseer",
    "subjects/acts.py": "asks for acts among the subjects that `within` gave",
    "subjects/contacts.py": "asks for ties of one subject, and names only those that `within` gave",
    "subjects/views.py": "asks for moments among the subjects that `within` gave",
    "mandates/attaching.py": "names the subjects of a mandate, and reads nothing of them",
    "moments/taking.py": "names the members of what the engine states, and reads nothing of them",
    "retention/shelf.py": "lists what is due to go, by name, time and count",
    "retention/holding.py": "asks whether what is to be held exists",
    "seals/rules.py": "asks whether a mandate covers whom a seal belongs to",
    "seals/views.py": "leads from an opening to the page of the subject, where the guard asks again",
}
"""Files outside its room that query content, and why that shows nothing past mandate and purpose."""


def queries(file: Path) -> Iterator[str]:
    """The content models that a file queries: by their managers, or by the shortcuts of Django."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager"):
            inner = node.value
            while isinstance(inner, ast.Attribute):
                inner = inner.value
            if isinstance(inner, ast.Name) and inner.id in ROOM:
                yield inner.id
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("get_")
        ):
            yield from (arg.id for arg in node.args if isinstance(arg, ast.Name) and arg.id in ROOM)


def outside() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for file in sorted(DESK.rglob("*.py")):
        place = file.relative_to(DESK)
        models_ = {name for name in queries(file) if ROOM[name] != place.parts[0]}
        if models_ and "migrations" not in place.parts:
            found[place.as_posix()] = models_
    return found


def test_content_is_queried_in_its_own_room_or_where_it_is_said_why_not() -> None:
    assert not {file: names for file, names in outside().items() if file not in ELSEWHERE}


def test_no_exception_outlives_its_reason() -> None:
    assert not set(ELSEWHERE) - set(outside())


def test_content_is_read_past_the_models_by_nobody() -> None:
    wrong = [
        file.relative_to(DESK).as_posix()
        for file in sorted(DESK.rglob("*.py"))
        if "unalterable" not in file.name  # triggers that look up whether a row is being erased
        for table in ("subjects_subject", "moments_moment", "intake_event", "cases_case", "seals_sealed")
        if re.search(rf"SELECT[^;]*\b(FROM|JOIN)\s+{table}\b", file.read_text())
    ]
    assert not wrong


@pytest.mark.parametrize("name", ["LIMIT", "contacts"])
def test_how_far_contacts_are_followed_is_decided_in_one_place(name: str) -> None:
    assert hops.LIMIT == 1
    users = [
        file.relative_to(DESK).as_posix()
        for file in sorted(DESK.rglob("*.py"))
        if re.search(rf"hops import[^\n]*\b{name}\b|hops\.{name}\b", file.read_text())
    ]
    assert users == ({"LIMIT": [], "contacts": ["subjects/contacts.py"]}[name])
