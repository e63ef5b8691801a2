"""The vocabulary of kinds, context sorts and sources, kept as data, and what the rights rules refuse.

``vocabulary.yaml`` beside this file is the vocabulary; a team adds words of its own in a file of the same
form. What is forbidden can not be added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of act."""

    name: str
    meaning: str
    use: tuple[str, ...]
    """What such acts speak for: communication, recruitment, fundraising, amplification, preparation."""
    weak: bool
    """Too common to mean anything alone; a weak kind never raises a moment without others."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Something that is refused as a column, kind, context sort or source."""

    name: str
    rule: str
    """The number of the rights rule, such as ``N2``."""
    ground: str
    reason: str
    words: tuple[tuple[str, ...], ...]
    exact: tuple[tuple[str, ...], ...]
    ratings: tuple[str, ...]
    about: tuple[str, ...]
    innocent: tuple[tuple[str, ...], ...]

    def matches(self, words: tuple[str, ...]) -> bool:
        """True when a name of these ``words`` says what this entry forbids."""
        if words in self.exact:
            return True
        free = [
            at
            not in {
                i
                for phrase in self.innocent
                for start in _places(phrase, words)
                for i in range(start, start + len(phrase))
            }
            for at in range(len(words))
        ]
        for phrase in self.words:
            for start in _places(phrase, words):
                if any(free[start : start + len(phrase)]):
                    return True
        return any(w in self.ratings for w in words) and any(w in self.about for w in words)


def words_of(name: str) -> tuple[str, ...]:
    """The lower-case words of a name, in the singular.

    >>> words_of("EthnicGroups"), words_of("risk-score"), words_of("places_of_worship")
    (('ethnic', 'group'), ('risk', 'score'), ('place', 'of', 'worship'))
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(_singular(word) for word in re.findall(r"[^\W_]+", spaced.lower()))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ics")):
        return word[:-1]
    return word


def _places(phrase: tuple[str, ...], words: tuple[str, ...]) -> Iterator[int]:
    for start in range(len(words) - len(phrase) + 1):
        if words[start : start + len(phrase)] == phrase:
            yield start


class Vocabulary:
    """Kinds, context sorts and sources by name, and the forbidden entries.

    ``kinds`` maps a name to its :class:`Kind`; ``contexts`` and ``sources`` map a name to its meaning.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        contexts: Mapping[str, str],
        sources: Mapping[str, str],
        uses: Mapping[str, str],
        forbidden: tuple[Forbidden, ...],
    ) -> None:
        self.kinds = dict(kinds)
        self.contexts = dict(contexts)
        self.sources = dict(sources)
        self.uses = dict(uses)
        self.forbidden = forbidden
        self._find = lru_cache(maxsize=1 << 14)(self._search)

    @classmethod
    def load(cls, *extensions: Path | str) -> Vocabulary:
        """The built-in vocabulary, with the words of ``extensions`` (YAML files) added.

        Raises :class:`VocabularyError` when a file cannot be read, is not of the documented form, redefines a
        built-in word, or adds one that is forbidden.
        """
        data = yaml.safe_load(
            resources.files("lapwing.events").joinpath("vocabulary.yaml").read_text("utf-8")
        )
        return cls(
            kinds={n: Kind(n, k["meaning"], tuple(k["use"]), k["weak"]) for n, k in data["kinds"].items()},
            contexts={n: c["meaning"] for n, c in data["contexts"].items()},
            sources={n: s["meaning"] for n, s in data["sources"].items()},
            uses=data["uses"],
            forbidden=tuple(_forbidden(n, f) for n, f in data["forbidden"].items()),
        )

    def why_forbidden(self, name: str) -> Forbidden | None:
        """The entry that forbids ``name`` as a column, kind, context sort or source; None when none does."""
        return self._find(name)

    def sort_of(self, context: str) -> str:
        """The sort of a context: what stands before its first ``:`` when that is a sort, else ``other``.

        >>> Vocabulary.load().sort_of("tag:marsh"), Vocabulary.load().sort_of("https://example.org")
        ('tag', 'other')
        """
        name, colon, _ = context.partition(":")
        return name if colon and name in self.contexts else "other"

    def _search(self, name: str) -> Forbidden | None:
        words = words_of(name)
        return next((entry for entry in self.forbidden if entry.matches(words)), None)


def _forbidden(name: str, data: dict[str, Any]) -> Forbidden:
    def phrases(key: str) -> tuple[tuple[str, ...], ...]:
        return tuple(words_of(text) for text in data.get(key, ()))

    return Forbidden(
        name=name,
        rule=data["rule"],
        ground=data["ground"],
        reason=data["reason"],
        words=phrases("words"),
        exact=phrases("exact"),
        ratings=tuple(data.get("ratings", ())),
        about=tuple(data.get("about", ())),
        innocent=phrases("innocent"),
    )
