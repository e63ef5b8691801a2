"""Grounds of a mandate and the closed lists it is written in, kept as data in ``grounds.yaml`` beside this file.

National law and the rules of a service differ, so a team adds grounds of its own in a file of the same form
(``LAPWING_GROUNDS_FILE``). It can add grounds, and change none; what no ground may be is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from lapwing.desk.mandates.error import GroundsError
from lapwing.events.vocabulary import Vocabulary

FILE = "LAPWING_GROUNDS_FILE"
DEFAULT_DAYS = 90
"""How long a mandate lasts when nothing else is asked for."""
LONGEST_DAYS = 180
"""No ground allows more: the longest among the national limits that the European courts have accepted."""

NO_GROUND = ("N2", "N3", "N5", "N13")
"""The rights rules that say what nobody may be watched for: what they forbid as a feature is no ground either."""


@dataclass(frozen=True, slots=True)
class Word:
    """A purpose, a category of subjects, or a means."""

    name: str
    title: str
    meaning: str
    source: str = ""
    """Where a category comes from; empty for the others."""


@dataclass(frozen=True, slots=True)
class Ground:
    """An offence or a policy that a mandate may rest on."""

    name: str
    sort: Literal["offence", "policy"]
    title: str
    meaning: str
    source: str
    """The article that it stands on."""
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    longest_days: int


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything that a mandate can be written in, by name."""

    purposes: Mapping[str, Word]
    categories: Mapping[str, Word]
    means: Mapping[str, Word]
    sources: Mapping[str, str]
    """How events came into the hands of the team: the sources of the vocabulary, by name, with their meaning."""
    grounds: Mapping[str, Ground]


@cache
def grounds() -> Grounds:
    """The grounds of this desk: the built-in ones, and those of the file that the environment names.

    Raises :class:`GroundsError` when that file cannot be used.
    """
    return load(os.environ.get(FILE))


def load(path: str | Path | None = None) -> Grounds:
    """The built-in grounds with those of ``path`` added."""
    built_in = yaml.safe_load(resources.files(__package__).joinpath("grounds.yaml").read_text("utf-8"))
    vocabulary = Vocabulary.load()
    found = Grounds(
        purposes=_words(built_in["purposes"]),
        categories=_words(built_in["categories"]),
        means=_words(built_in["means"]),
        sources=vocabulary.sources,
        grounds={},
    )
    own = {} if path is None else _read(Path(path))
    entries = [("grounds.yaml", *entry) for entry in built_in["grounds"].items()]
    entries += [(str(path), *entry) for entry in own.items()]
    taken: dict[str, Ground] = {}
    for file, name, data in entries:
        taken[name] = _ground(f"{file}: ground {name!r}", str(name), data, taken, found, vocabulary)
    return Grounds(found.purposes, found.categories, found.means, found.sources, taken)


def _words(data: Mapping[str, Mapping[str, str]]) -> dict[str, Word]:
    return {name: Word(name, **fields) for name, fields in data.items()}


def _read(path: Path) -> Mapping[Any, Any]:
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise GroundsError(
            f"{path} cannot be read: {error}.\n{FILE} must name a YAML file in UTF-8."
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise GroundsError(
            f"{where}: not YAML: {getattr(error, 'problem', error)}.\nCorrect the file at this line."
        ) from None
    if not isinstance(data, dict) or set(data) != {"grounds"} or not isinstance(data["grounds"], dict):
        raise GroundsError(
            f"{path} is not a file of grounds: it must have the one section 'grounds'.\n"
            "Purposes, categories and means are closed lists and cannot be added to."
        )
    return data["grounds"]


_FIELDS = ("sort", "title", "meaning", "source", "purposes", "categories", "longest_days")


def _ground(
    where: str,
    name: str,
    data: Any,
    taken: Mapping[str, Ground],
    known: Grounds,
    vocabulary: Vocabulary,
) -> Ground:
    if name in taken:
        raise GroundsError(
            f"{where} is defined already.\nA file can add grounds, but not change one: take another name."
        )
    if not isinstance(data, dict) or set(data) != set(_FIELDS):
        has = ", ".join(map(str, data)) if isinstance(data, dict) and data else "nothing"
        raise GroundsError(f"{where} has {has}.\nIt must have exactly: {', '.join(_FIELDS)}.")
    for field in ("title", "meaning", "source"):
        if not isinstance(data[field], str) or not data[field].strip():
            raise GroundsError(f"{where} has no {field}.\nWrite it as a text; the approver reads it.")
    for text in (name, data["title"]):
        refused = vocabulary.why_forbidden(text)
        if refused is not None and refused.rule in NO_GROUND:
            raise GroundsError(
                f"{where} is refused: {refused.reason} ({refused.rule}; {refused.ground}).\n"
                "Nobody may be watched on such a ground. Take it out."
            )
    if data["sort"] not in ("offence", "policy"):
        raise GroundsError(f"{where} has the sort {data['sort']!r}.\nIt must be offence or policy.")
    for field, names in (("purposes", known.purposes), ("categories", known.categories)):
        values = data[field]
        if not isinstance(values, list) or not values or any(value not in names for value in values):
            raise GroundsError(
                f"{where} has the {field} {values!r}.\nIt must be a list out of: {', '.join(names)}."
            )
    days = data["longest_days"]
    if type(days) is not int or not 1 <= days <= LONGEST_DAYS:
        raise GroundsError(
            f"{where} has longest_days: {days!r}.\n"
            f"It must be a number of days from 1 to {LONGEST_DAYS}; a mandate that is needed longer is renewed."
        )
    return Ground(
        name=name,
        sort=data["sort"],
        title=data["title"].strip(),
        meaning=data["meaning"].strip(),
        source=data["source"].strip(),
        purposes=tuple(data["purposes"]),
        categories=tuple(data["categories"]),
        longest_days=days,
    )
