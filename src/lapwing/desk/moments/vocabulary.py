"""What can be judged and decided, and by when: closed lists, kept as data in ``vocabulary.yaml`` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Judgement:
    """How somebody reads a moment."""

    name: str
    title: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be decided about a moment."""

    name: str
    title: str
    meaning: str
    roles: frozenset[str]
    """Who may decide it alone, or propose it."""
    second: bool
    """Whether it takes effect only when a second person agrees."""
    closes: bool
    review: timedelta | None
    """After what time it is looked at again at the latest; none when it closes the moment."""
    recipient: bool
    """Whether somebody outside receives the data."""
    source: str
    """The rule that it follows."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The closed lists, in the order in which people are shown them."""

    judgements: Mapping[str, Judgement]
    choices: Mapping[str, Choice]
    urgency: tuple[tuple[float, timedelta], ...]
    """Bits above the threshold, and the time there is: the first pair that is reached holds."""
    shift: timedelta


@cache
def vocabulary() -> Vocabulary:
    """The lists of this desk."""
    text = resources.files(__package__).joinpath("vocabulary.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return Vocabulary(
        judgements={name: Judgement(name, **fields) for name, fields in data["judgements"].items()},
        choices={name: _choice(name, fields) for name, fields in data["choices"].items()},
        urgency=tuple((float(one["bits_above"]), timedelta(hours=one["hours"])) for one in data["urgency"]),
        shift=timedelta(hours=data["shift_hours"]),
    )


def time_there_is(bits_above: float) -> timedelta:
    """How long after it was raised a moment waits at most, by its net bits above the threshold.

    >>> time_there_is(0.4), time_there_is(7.5)
    (datetime.timedelta(days=3), datetime.timedelta(seconds=28800))
    """
    known = vocabulary().urgency
    return next((time for least, time in known if bits_above >= least), known[-1][1])


def _choice(name: str, data: Mapping[str, Any]) -> Choice:
    days = data.get("review_days")
    return Choice(
        name=name,
        title=data["title"],
        meaning=data["meaning"],
        roles=frozenset(data["roles"]),
        second=data["second"],
        closes=data["then"] == "closed",
        review=None if days is None else timedelta(days=days),
        recipient=data["recipient"],
        source=data["source"],
    )
