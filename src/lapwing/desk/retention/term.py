"""The terms of retention, kept as data in ``terms.yaml`` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Term:
    """How long something is kept."""

    name: str
    title: str
    meaning: str
    time: timedelta
    minor_time: timedelta
    """The shorter time when a minor is concerned."""
    counted_from: str
    erasing: bool
    """Whether a sweep erases what is due; else a person reviews it."""
    source: str


@dataclass(frozen=True, slots=True)
class Staying:
    """Something that no sweep touches."""

    title: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What goes after which time, and what stays."""

    terms: Mapping[str, Term]
    stays: tuple[Staying, ...]


@cache
def terms() -> Terms:
    """The terms of this desk."""
    data: dict[str, Any] = yaml.safe_load(
        resources.files(__package__).joinpath("terms.yaml").read_text("utf-8")
    )
    return Terms(
        terms={
            name: Term(
                name=name,
                title=one["title"],
                meaning=one["meaning"],
                time=timedelta(days=one["days"]),
                minor_time=timedelta(days=one["minor_days"]),
                counted_from=one["from"],
                erasing=one["erasing"],
                source=one["source"],
            )
            for name, one in data["terms"].items()
        },
        stays=tuple(Staying(**one) for one in data["stays"]),
    )
