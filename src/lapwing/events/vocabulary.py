"""The vocabulary of kinds, context sorts and sources, kept as data, and what the rights rules refuse.

``vocabulary.yaml`` beside this file is the vocabulary; a team adds words of its own in a file of the same
form. What is forbidden can not be added.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from lapwing.events.error import VocabularyError


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


_ENDINGS = (
    *("code", "flag", "group", "id", "label", "level", "member", "name", "rank", "rating", "score"),
    *("status", "type", "user", "view"),
)
"""What is often written onto another word without a space."""


def words_of(name: str) -> tuple[str, ...]:
    """The lower-case words of a name, in the singular and without accents.

    >>> words_of("EthnicGroups"), words_of("risk-score"), words_of("places_of_worship")
    (('ethnic', 'group'), ('risk', 'score'), ('place', 'of', 'worship'))
    """
    name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
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

        Raises :class:`VocabularyError` when a file cannot be read, is not of the documented form, defines a
        word that exists already, or one that is forbidden.
        """
        vocabulary = _built_in()
        for path in extensions:
            vocabulary = vocabulary._with(str(path), _parse(path))
        return vocabulary

    def _with(self, file: str, entries: list[_Entry]) -> Vocabulary:
        kinds, contexts, sources = dict(self.kinds), dict(self.contexts), dict(self.sources)
        for entry in entries:
            where = f"{file}, line {entry.line}: {entry.section[:-1]} {entry.name!r}"
            known: dict[str, Mapping[str, object]]
            known = {"kinds": kinds, "contexts": contexts, "sources": sources}
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", entry.name):
                raise VocabularyError(
                    f"{where} is no name.\n"
                    "A name is a lower-case letter and up to 39 lower-case letters, digits and underscores."
                )
            refused = self.why_forbidden(entry.name)
            if refused is not None:
                raise VocabularyError(
                    f"{where} is refused: {refused.reason} ({refused.rule}; {refused.ground}).\n"
                    "A vocabulary file can add words, but none that is forbidden. Take it out."
                )
            if entry.name in known[entry.section]:
                raise VocabularyError(
                    f"{where} is defined already.\n"
                    "A vocabulary file can add words, but not change one: take another name, or take it out."
                )
            meaning = entry.fields.get("meaning")
            fields = {"meaning", "use", "weak"} if entry.section == "kinds" else {"meaning"}
            if set(entry.fields) != fields or not isinstance(meaning, str) or not meaning.strip():
                raise VocabularyError(
                    f"{where} has {', '.join(sorted(entry.fields)) or 'nothing'}.\n"
                    f"It must have exactly: {', '.join(sorted(fields))}; the meaning is a sentence."
                )
            if entry.section == "contexts":
                contexts[entry.name] = meaning
            elif entry.section == "sources":
                sources[entry.name] = meaning
            else:
                use, weak = entry.fields["use"], entry.fields["weak"]
                if not isinstance(use, list) or not use or any(u not in self.uses for u in use):
                    raise VocabularyError(
                        f"{where} has the use {use!r}.\nIt must be a list out of: {', '.join(self.uses)}."
                    )
                if not isinstance(weak, bool):
                    raise VocabularyError(f"{where} has weak: {weak!r}.\nIt must be true or false.")
                kinds[entry.name] = Kind(entry.name, meaning, tuple(use), weak)
        return Vocabulary(kinds, contexts, sources, self.uses, self.forbidden)

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
        spellings = [words]
        if len(words) == 1:  # riskscore, firstname
            spellings += [
                (words[0].removesuffix(ending), ending)
                for ending in _ENDINGS
                if words[0].endswith(ending) and words[0] != ending
            ]
        return next(
            (entry for entry in self.forbidden for spelling in spellings if entry.matches(spelling)), None
        )


@cache
def _built_in() -> Vocabulary:
    text = resources.files("lapwing.events").joinpath("vocabulary.yaml").read_text("utf-8")
    data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return Vocabulary(
        kinds={n: Kind(n, k["meaning"], tuple(k["use"]), k["weak"]) for n, k in data["kinds"].items()},
        contexts={n: c["meaning"] for n, c in data["contexts"].items()},
        sources={n: s["meaning"] for n, s in data["sources"].items()},
        uses=data["uses"],
        forbidden=tuple(_forbidden(n, f) for n, f in data["forbidden"].items()),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A word of a vocabulary file and where it stands."""

    section: str
    name: str
    fields: dict[str, Any]
    line: int


def _parse(path: Path | str) -> list[_Entry]:
    try:
        return _entries(path, yaml.compose(Path(path).read_text("utf-8"), yaml.SafeLoader))
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path} cannot be read: {error}.\nName a YAML file in UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise VocabularyError(
            f"{where}: not YAML: {getattr(error, 'problem', error)}.\nCorrect the file at this line."
        ) from error


def _entries(path: Path | str, root: yaml.Node | None) -> list[_Entry]:
    entries: list[_Entry] = []
    for section, words in _pairs(path, root):
        if section.value not in ("kinds", "contexts", "sources"):
            raise VocabularyError(
                f"{path}, line {section.start_mark.line + 1}: {section.value!r} cannot be added to.\n"
                "A vocabulary file has the sections kinds, contexts and sources, as far as it adds to them."
            )
        for name, fields in _pairs(path, words):
            values = {key.value: _value(value) for key, value in _pairs(path, fields)}
            entries.append(_Entry(section.value, name.value, values, name.start_mark.line + 1))
    return entries


def _pairs(path: Path | str, node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """The keys and values of a mapping, with their places in the file."""
    if not isinstance(node, yaml.MappingNode) or any(
        not isinstance(k, yaml.ScalarNode) for k, _ in node.value
    ):
        line = 1 if node is None else node.start_mark.line + 1
        raise VocabularyError(
            f"{path}, line {line}: expected names with a colon, found something else.\n"
            "Write it like: kinds: {patrol: {meaning: walked a round, use: [preparation], weak: true}}"
        )
    return list(node.value)


def _value(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node, Dumper=yaml.SafeDumper))


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
