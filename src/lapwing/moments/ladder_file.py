"""Ladders as files: ordered stages with a source and a caveat for each, read and checked.

A ladder is data, so that those who answer for it can read and change it. This is all it may say::

    name: trade                      # as in "stage: trade / delivery"
    meaning: stolen goods are sold on
    half_life: 90                    # days after which evidence counts half
    stages:                          # in the order in which they are climbed
      - name: offer
        meaning: goods are offered
        days: 20                     # how long this stage usually lasts
        enters: 3                    # how often a climb is first seen here, against the other stages
        kinds: {sell: 2, message: 1} # kinds of the vocabulary and how they share the stage's acts
        source: where this stage comes from
        caveat: what else it may be
        against: what would speak against it

A ladder is refused when it names a kind that the vocabulary does not know or the rights rules forbid
(belief, reading, prayer, protest, lawful speech, protected traits, privacy tools and so on), when a stage
or the ladder is named after such a thing, when a stage rests on weak kinds or mere talk alone, or when a
source or a caveat is missing.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import NoReturn

import numpy as np
import yaml
from numpy.typing import NDArray

from lapwing.events.vocabulary import Forbidden, Kind, Vocabulary
from lapwing.evidence.ladder import Rungs

LADDER_FIELDS = ("name", "meaning", "half_life", "stages")
STAGE_FIELDS = ("name", "meaning", "days", "enters", "kinds", "source", "caveat", "against")


class LadderError(ValueError):
    """A ladder that cannot be used; the message says where, why, and what to do next."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a ladder."""

    name: str
    meaning: str
    days: float
    """How long the stage usually lasts."""
    enters: float
    """How often a climb is first seen here, against the other stages."""
    kinds: dict[str, float]
    """The stage's own kinds and how they share its acts."""
    source: str
    """Where this stage comes from."""
    caveat: str
    """What else it may be."""
    against: str
    """What would speak against it."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Ordered preparation stages."""

    name: str
    meaning: str
    half_life: float
    """Days after which evidence counts half."""
    stages: tuple[Stage, ...]

    def rungs(self, vocabulary: Vocabulary) -> Rungs:
        """The ladder as arrays, kinds numbered in the order of the vocabulary."""
        number = {kind: at for at, kind in enumerate(vocabulary.kinds)}
        weights = np.zeros((len(self.stages), len(number)))
        for at, stage in enumerate(self.stages):
            for kind, weight in stage.kinds.items():
                weights[at, number[kind]] = weight
        enters = np.array([stage.enters for stage in self.stages])
        return Rungs(
            weights=weights / weights.sum(axis=1, keepdims=True),
            days=np.array([stage.days for stage in self.stages]),
            enters=enters / enters.sum(),
            weak=weak_kinds(vocabulary),
            half_life=self.half_life,
        )


def shipped() -> tuple[str, ...]:
    """Names of the ladders that come with Lapwing.

    >>> shipped()
    ('campaign', 'cyber', 'fundraising', 'preparation')
    """
    folder = resources.files("lapwing.moments").joinpath("ladders")
    return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".yaml")))


def load(ladder: str | Path, vocabulary: Vocabulary) -> Ladder:
    """The ladder of that name that comes with Lapwing, or the ladder in a file of its own.

    Raises :class:`LadderError` when there is none, or it is not of the form above, or must not be used.

    >>> [stage.name for stage in load("fundraising", Vocabulary.load()).stages]
    ['set-up', 'appeal', 'collection', 'conversion', 'spending']
    """
    if str(ladder) in shipped():
        file = resources.files("lapwing.moments").joinpath("ladders", f"{ladder}.yaml")
        return parse(file.read_text("utf-8"), f"{ladder}.yaml", vocabulary)
    try:
        text = Path(ladder).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LadderError(
            f"{ladder}: no such ladder, and no file that can be read ({type(error).__name__}).\n"
            f"Name a YAML file in UTF-8, or one of: {', '.join(shipped())}."
        ) from error
    return parse(text, str(ladder), vocabulary)


def parse(text: str, file: str, vocabulary: Vocabulary) -> Ladder:
    """The ladder that ``text`` says; ``file`` is named in errors. Raises :class:`LadderError`."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}, line {mark.line + 1}, column {mark.column + 1}" if mark else file
        raise LadderError(
            f"{where}: not YAML: {getattr(error, 'problem', error)}.\nCorrect the file at this place."
        ) from error
    if root is None:
        raise LadderError(f"{file}: empty.\nA ladder has the fields {', '.join(LADDER_FIELDS)}.")
    reader = Reader(file, vocabulary)
    fields = reader.fields(root, "a ladder", LADDER_FIELDS)
    name = reader.name(fields["name"], "ladder")
    stages = fields["stages"]
    if not isinstance(stages, yaml.SequenceNode) or len(stages.value) < 2:
        reader.refuse(
            stages, "a ladder needs at least two stages", "List them in the order they are climbed in."
        )
    loaded: list[Stage] = []
    for node in stages.value:
        stage = reader.stage(node)
        if stage.name in [other.name for other in loaded]:
            reader.refuse(
                node, f"the stage {stage.name!r} stands twice", "Give each stage a name of its own."
            )
        loaded.append(stage)
    return Ladder(
        name=name,
        meaning=reader.sentence(fields["meaning"], "meaning"),
        half_life=reader.number(fields["half_life"], "half_life"),
        stages=tuple(loaded),
    )


def is_weak(kind: Kind) -> bool:
    """Whether this kind never raises a moment alone: the vocabulary's weak kinds, and all that is mere talk.

    To speak with others is free, so acts that speak for communication and for nothing else are weak as well.

    >>> kinds = Vocabulary.load().kinds
    >>> [name for name in ("post", "message", "call", "invite", "forward") if is_weak(kinds[name])]
    ['post', 'message', 'call']
    """
    return kind.weak or kind.use == ("communication",)


def weak_kinds(vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Which kinds are weak, in the order of the vocabulary."""
    return np.array([is_weak(kind) for kind in vocabulary.kinds.values()])


def reason(forbidden: Forbidden) -> str:
    """Why it is forbidden, by which rule, on which ground."""
    return f"{forbidden.reason} ({forbidden.rule}; {forbidden.ground})"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the nodes of one file, and refuses with the place of what is wrong."""

    file: str
    vocabulary: Vocabulary

    def refuse(self, node: yaml.Node, wrong: str, remedy: str) -> NoReturn:
        """Raise what is wrong at ``node`` and what to do about it."""
        mark = node.start_mark
        raise LadderError(f"{self.file}, line {mark.line + 1}, column {mark.column + 1}: {wrong}.\n{remedy}")

    def pairs(self, node: yaml.Node, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Key and value nodes of a mapping by key."""
        if not isinstance(node, yaml.MappingNode):
            self.refuse(
                node, f"{what} is written as names with a colon", "See the ladders that come with Lapwing."
            )
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(key, f"{what} is written as names with a colon", "Write a plain name here.")
            if key.value in found:
                self.refuse(key, f"{key.value!r} stands twice", "Keep one of the two.")
            found[key.value] = (key, value)
        return found

    def fields(self, node: yaml.Node, what: str, wanted: tuple[str, ...]) -> dict[str, yaml.Node]:
        """The values of a mapping that has exactly the fields ``wanted``."""
        found = self.pairs(node, what)
        for name, (key, _) in found.items():
            if name not in wanted:
                self.refuse(key, f"{what} has no field {name!r}", f"Its fields are: {', '.join(wanted)}.")
        missing = [name for name in wanted if name not in found]
        if missing:
            self.refuse(
                node, f"{what} lacks {', '.join(missing)}", f"It must have all of: {', '.join(wanted)}."
            )
        return {name: value for name, (_, value) in found.items()}

    def name(self, node: yaml.Node, what: str) -> str:
        """A name of a ladder or stage: a few lower-case words that the rights rules allow."""
        if not isinstance(node, yaml.ScalarNode) or not re.fullmatch(r"[a-z][a-z0-9 -]{0,39}", node.value):
            self.refuse(
                node,
                f"this is no name for a {what}",
                "A name is up to 40 lower-case letters, digits, spaces and hyphens.",
            )
        forbidden = self.vocabulary.why_forbidden(node.value)
        if forbidden is not None:
            self.refuse(
                node,
                f"a {what} cannot be called {node.value!r}: {reason(forbidden)}",
                "Name it after recorded acts, and take out what only this name would cover.",
            )
        return str(node.value)

    def sentence(self, node: yaml.Node, field: str) -> str:
        """A text that says something."""
        if not isinstance(node, yaml.ScalarNode) or len(node.value.split()) < 2:
            self.refuse(
                node,
                f"the {field} says nothing",
                f"Write a sentence. A stage without a {field} cannot be answered for.",
            )
        return " ".join(node.value.split())

    def number(self, node: yaml.Node, field: str) -> float:
        """A number above 0."""
        try:
            value = float(node.value) if isinstance(node, yaml.ScalarNode) else math.nan
        except ValueError:
            value = math.nan
        if not 0.0 < value < math.inf:
            self.refuse(node, f"{field} must be a number above 0", "Write it with a point: 30 or 0.5.")
        return value

    def stage(self, node: yaml.Node) -> Stage:
        """One stage, its kinds checked against the vocabulary and the rights rules."""
        fields = self.fields(node, "a stage", STAGE_FIELDS)
        name = self.name(fields["name"], "stage")
        kinds: dict[str, float] = {}
        for kind, (key, value) in self.pairs(fields["kinds"], "kinds").items():
            forbidden = self.vocabulary.why_forbidden(kind)
            if forbidden is not None:
                self.refuse(
                    key,
                    f"{kind!r} is never a stage of anything: {reason(forbidden)}",
                    "Take it out.",
                )
            if kind not in self.vocabulary.kinds:
                close = difflib.get_close_matches(kind, self.vocabulary.kinds, n=3)
                self.refuse(
                    key,
                    f"the vocabulary has no kind {kind!r}",
                    f"Did you mean {' or '.join(close)}?"
                    if close
                    else "Add it to your vocabulary file first.",
                )
            kinds[kind] = self.number(value, kind)
        if all(is_weak(self.vocabulary.kinds[kind]) for kind in kinds):
            self.refuse(
                fields["kinds"],
                f"the stage {name!r} rests on weak kinds alone",
                "Weak kinds, and mere talk, never raise a moment alone: add another kind, or take the stage"
                " out.",
            )
        return Stage(
            name=name,
            meaning=self.sentence(fields["meaning"], "meaning"),
            days=self.number(fields["days"], "days"),
            enters=self.number(fields["enters"], "enters"),
            kinds=kinds,
            source=self.sentence(fields["source"], "source"),
            caveat=self.sentence(fields["caveat"], "caveat"),
            against=self.sentence(fields["against"], "against"),
        )
