"""The scenario: everything a world is made from, as data. The files are in `scenarios/`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

Range = tuple[float, float]
"""Least and greatest value."""

TURNS = ("x8", "x4", "x2", "x0.25", "dark", "mix")
"""How a subject can shift: its rate times a number, no acts any more, or half of its acts of another kind."""


KINDS = ("share", "mention", "repost", "tag", "join", "donate", "train", "rent", "purchase", "copy")
"""Kinds of act, by number."""

PREFIXES = ("link", "account", "post", "tag", "group", "wallet", "place", "place", "item", "text")
"""What a context of each kind is called, in the same order."""


class ScenarioError(ValueError):
    """A scenario that does not exist or cannot be made."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a world is made from. Times of day and days are UTC; the world starts on a Monday at midnight."""

    name: str
    about: str
    """One sentence: what makes this world hard."""

    subjects: int = 46_000
    days: float = 30.0
    events: float = 0.7246
    """Mean events (rows) per subject and day; 0.7246 makes a million of 46,000 subjects in 30 days."""
    sigma: float = 1.71
    """Spread of the log-normal activity; its scale follows from `events` (figures: mu 0.56, sigma 1.71)."""
    rhythm: float = 0.6
    """Swing of the day: 0 is none, 1 is silence at the quietest hour. The peak is at 19:00."""
    weekend: float = 0.85
    """Activity on Saturdays and Sundays relative to the other days."""
    excitation: float = 0.0
    """Acts that one act sets off in the same subject, on average (branching ratio, below 1)."""
    excitation_minutes: float = 10.0
    """Mean wait from an act to one that it sets off."""

    contexts: int = 1_000_000
    """Contexts of the static popularity law; 0 when contexts are born and die."""
    steepness: float = 0.8
    """The chance of the context of rank k is proportional to (k + flatness) ** -steepness."""
    flatness: float = 20.0
    """See `steepness`: about so many contexts are as popular as the first."""

    communities: int = 0
    """Groups of subjects with a shared taste."""
    loyalty: float = 0.8
    """Share of a subject's choices that are made from what its community touches."""
    births: float = 0.3
    """Share of choices that touch a context nobody has touched before."""
    fashion: float = 300.0
    """Touches in a community after which a touch's pull is down to a third (in the population: 30 times)."""
    favourites: float = 0.0
    """Share of acts that repeat one of the subject's own first contexts."""

    tags: float = 0.0
    """Share of shares that carry the tag of their link."""
    texts: float = 0.0
    """Share of shares that carry the text that goes around with their link."""

    bots: int = 0
    """Automatic accounts: no rhythm, half of their acts repeat a favourite, the rest takes up what is new."""
    bot_acts: float = 50.0
    """Acts of a bot per day."""
    suspension: float = 0.0
    """Chance per day that an account is suspended; members of what is hidden are spared."""
    comeback: float = 0.2
    """Chance that the person behind a suspended account is back within a day, under a new account."""

    cascades: int = 0
    """Contexts that spread through the whole population within hours."""
    cascade_touches: int = 4_000
    """Touches of one cascade, on average."""
    cascade_hours: float = 6.0
    """Mean wait from the start of a cascade to one of its touches."""

    cells: int = 20
    size: tuple[int, int] = (8, 9)
    """Least and greatest number of members."""
    copy: Range = (0.1, 0.3)
    """Share of a member's acts that copy another member from the onset on; spread evenly over the cells."""
    lag_hours: float = 1.0
    """Mean lag from an act to its copy (exponential)."""
    member_acts: float = 3.0
    """Acts of a member per day, before the onset and after it."""
    onset: Range = (8 / 30, 20 / 30)
    """When cells begin, as parts of the world's length; spread evenly."""
    kinship: float = 0.0
    """Share of the cells whose members all have one taste; the others are drawn from everybody: separately watched
    subjects that come together."""
    decoys: float = 0.0
    """Share of the members' other acts after the onset that follow somebody outside the cell."""
    changes: float = 0.0
    """Chance per day that a member moves on to a new account, where it is back within a day."""

    shifts: int = 0
    """Single subjects that change."""
    turns: tuple[str, ...] = TURNS
    """How they change, in turn."""
    climbs: int = 0
    """Groups, as large as cells, that climb through stages: they do more of the kinds of each."""
    stages: tuple[str, ...] = ("join", "train", "donate", "rent", "purchase")
    """The kind of act that each stage raises."""
    stage_days: float = 3.0
    """How long a stage lasts; the last one goes on."""
    climb: Range = (0.2, 0.5)
    """Share of a climber's acts that are of the stage's kind because of the stage; spread evenly."""

    meeting: Range = (0.0, 0.0)
    """Share of a climber's acts that copy another member of its group; spread evenly."""

    hidden: bool = True
    """False makes the null: the same population in which nothing begins."""

    watched: int | None = None
    """Subjects that are watched; the events of all others carry no subject. None: everybody is watched."""

    def with_(self, **changes: object) -> Scenario:
        """The scenario with other values; `None` leaves a value as it is. Raises :class:`ScenarioError`."""
        given = {name: value for name, value in changes.items() if value is not None}
        return _checked(dataclasses.asdict(self) | given, f"scenario {self.name}")


def scenario_names() -> list[str]:
    """All scenarios that come with Lapwing, without their nulls."""
    files = resources.files("lapwing.worlds").joinpath("scenarios").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def load_scenario(name: str) -> Scenario:
    """The scenario of that name; `NAME-null` is the same population in which nothing begins.

    Raises :class:`ScenarioError` when there is none, with the names there are.
    """
    plain = name.removesuffix("-null")
    if plain not in scenario_names():
        raise ScenarioError(
            f"there is no scenario {name!r}; choose one of {', '.join(scenario_names())}, "
            "or one of these with -null added for the same world in which nothing begins"
        )
    text = resources.files("lapwing.worlds").joinpath("scenarios", f"{plain}.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    if "like" in data:
        data = dataclasses.asdict(load_scenario(data.pop("like"))) | data
    data |= {"name": name}
    if name != plain:
        data |= {"hidden": False}
    return _checked(data, f"scenarios/{plain}.yaml")


def _checked(data: dict[str, Any], where: str) -> Scenario:
    """Build a scenario from plain data; sequences become ranges, a single number a range of one value."""
    known = {field.name for field in dataclasses.fields(Scenario)}
    unknown = sorted(set(data) - known)
    if unknown:
        raise ScenarioError(
            f"{where}: {', '.join(unknown)} is not a parameter; the parameters are {', '.join(sorted(known))}"
        )
    values = dict(data)
    for name in ("size", "copy", "onset", "climb", "meeting", "turns", "stages"):
        value = values.get(name)
        if isinstance(value, int | float):
            values[name] = (value, value)
        elif value is not None:
            values[name] = tuple(value)
    scenario = Scenario(**values)
    for name, wrong, must in _rules(scenario):
        if wrong:
            raise ScenarioError(f"{where}: {name} is {getattr(scenario, name)}, but {must}")
    return scenario


def _rules(s: Scenario) -> list[tuple[str, bool, str]]:
    """What must hold, as (parameter, is it broken, what must hold)."""
    shares = ["rhythm", "loyalty", "births", "favourites", "tags", "texts", "kinship"]
    shares += ["suspension", "comeback", "decoys", "changes"]
    hidden = (s.cells + s.climbs) * s.size[1] + s.shifts
    return [
        ("subjects", s.subjects < 1, "a world needs at least one subject"),
        ("days", not 0 < s.days <= 3660, "it must be more than 0 and at most 3660"),
        ("events", s.events <= 0, "it must be more than 0"),
        *((name, not 0 <= getattr(s, name) <= 1, "it must be from 0 to 1") for name in shares),
        ("excitation", not 0 <= s.excitation < 1, "it must be from 0 to less than 1, or activity explodes"),
        ("contexts", (s.contexts > 0) == (s.communities > 0), "a world has either contexts or communities"),
        ("steepness", not 0 <= s.steepness < 1, "it must be from 0 to less than 1"),
        ("flatness", s.flatness < 1, "it must be at least 1"),
        ("size", not 2 <= s.size[0] <= s.size[1], "a cell has at least 2 members, and the least comes first"),
        *(
            (name, not 0 <= low <= high <= 1, "it must be from 0 to 1, and the least comes first")
            for name, (low, high) in (("copy", s.copy), ("climb", s.climb), ("meeting", s.meeting))
        ),
        ("onset", not 0 <= s.onset[0] <= s.onset[1] < 1, "it must be from 0 to less than 1"),
        ("turns", not set(s.turns) <= set(TURNS), f"they must be among {', '.join(TURNS)}"),
        ("stages", not set(s.stages) <= set(KINDS[:-1]), f"they must be among {', '.join(KINDS[:-1])}"),
        (
            "cells",
            min(s.cells, s.climbs, s.shifts, s.bots) < 0 or hidden + s.bots > (s.watched or s.subjects) // 2,
            f"at most half of the {s.watched or s.subjects} watched subjects can be bots or hide something",
        ),
        (
            "watched",
            s.watched is not None and not 1 <= s.watched <= s.subjects,
            "it must be from 1 to subjects",
        ),
    ]
