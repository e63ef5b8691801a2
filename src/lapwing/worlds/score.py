"""Moments against the truth of a world: what was found, when, and what was false."""

from __future__ import annotations

import bisect
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from math import log2
from pathlib import Path
from statistics import mean, median
from typing import Literal

from lapwing.moments.moment import Moment
from lapwing.moments.run_record import RunRecord
from lapwing.worlds.truth import Cell, Climb, Shift, Truth, read_truth

What = Literal["cell", "climb", "shift"]

WHAT: tuple[What, ...] = ("cell", "climb", "shift")

Hidden = Cell | Climb | Shift

HOUR = 3_600_000_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """When an oracle would have raised a cell (:mod:`lapwing.worlds.oracle`), counted from the onset."""

    acts: int
    """Acts of the members."""
    hours: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one hidden thing. From `hours` to `recall_raised`, values are None when it was missed."""

    what: What
    label: str
    """Its strength in words: `copies 0.21`, `climbs 0.40`, `dark`."""
    strength: float
    """Cells: the chance that an act copies another member. Climbs: the share of acts that a stage turns.
    Shifts: the size of the change of the rate, in doublings (4 when it went dark); 0 for a new mix."""
    size: int
    onset: int
    """Microseconds since 1970-01-01 UTC."""
    moment: str | None
    """Id of the moment that found it; None when it was missed."""
    hours: float | None = None
    """From the onset to the raise."""
    acts: int | None = None
    """Acts of the members from the onset to the raise."""
    onset_error_hours: float | None = None
    """Onset of the moment as raised, minus the true one: below 0 when it was dated too early."""
    precision: float | None = None
    """Share of members among the subjects of the moment as it stands."""
    recall: float | None = None
    """Share of the members that the moment names as it stands."""
    recall_raised: float | None = None
    """Share of the members that the moment named when it was raised."""
    oracle: Yardstick | None = None
    """The oracle under the same budget, paying for the naming of the group; None when there is no budget to go
    by, when its evidence never sufficed, or when it is no cell."""
    unnamed: Yardstick | None = None
    """The same oracle, told which group it is and paying nothing for it."""

    @property
    def efficiency(self) -> float | None:
        """The acts the oracle needs divided by those that were needed: 0 when it was missed all the same, None
        without an oracle."""
        if self.oracle is None:
            return None
        return 0.0 if self.acts is None else self.oracle.acts / max(self.acts, 1)


@dataclass(frozen=True, slots=True)
class Band:
    """Hidden things of one sort and of like strength."""

    what: What
    least: float
    """Strength of the weakest."""
    greatest: float
    hidden: int
    found: int
    median_hours: float | None
    median_acts: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The cells that the oracle raised, in the median."""

    cells: int
    acts: float
    hours: float
    unnamed_acts: float
    """Of the oracle that need not name the group."""
    unnamed_hours: float
    efficiency: float
    """Missed cells count as 0."""


@dataclass(frozen=True, slots=True)
class Score:
    """How the moments of one run compare with the truth. Medians and means are over what was found."""

    scenario: str
    seed: int
    days: float
    """Days in which moments could be raised: the world's length without the days of learning."""
    moments: int
    false: int
    """Moments that belong to nothing hidden; see :func:`score`."""
    false_per_day: float
    found: int
    missed: int
    median_hours: float | None
    median_acts: float | None
    median_onset_error_hours: float | None
    """Median of the absolute errors."""
    precision: float | None
    recall: float | None
    """Of the moments as they stand."""
    budget_days: float | None
    """The budget the oracle was held to; None when it was not asked."""
    oracle: Comparison | None
    """None when there was no budget or the oracle raised nothing."""
    bands: tuple[Band, ...]
    """Thirds of like strength of each sort, weakest first."""
    outcomes: tuple[Outcome, ...]
    """One for everything hidden: cells, climbs, shifts, each in the order of the truth."""
    false_moments: tuple[str, ...]
    """Ids, in the order in which they were raised."""

    def json(self) -> str:
        """The score as JSON, one object; outcomes with their efficiency."""
        data = asdict(self)
        for plain, outcome in zip(data["outcomes"], self.outcomes, strict=True):
            plain["efficiency"] = outcome.efficiency
        return json.dumps(data, indent=1)


@dataclass(frozen=True, slots=True)
class _Raised:
    """A moment as it was raised and as it stands, with the people behind the subjects it names."""

    first: Moment
    last: Moment
    named: frozenset[str]
    """First accounts of the people named when it was raised."""
    stands: frozenset[str]
    """The same for the moment as it stands."""


def score_file(moments: Path, truth: Path, *, learning_days: float = 0.0) -> Score:
    """Score the moments of `moments.jsonl` against `truth.json`.

    The oracle is held to the budget in the `run.json` beside the moments; without that, it is not asked. Raises
    ``ValueError`` naming the file and line that is not a moment, the file that is not a truth, or the record that
    is none.
    """
    run = moments.with_name("run.json")
    budget_days = None
    if run.exists():
        try:
            budget_days = RunRecord.parse(run.read_text("utf-8")).budget_days
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{run} is not the record of a run ({type(error).__name__}: {error}); `lapwing watch` writes one"
            ) from error
    with moments.open(encoding="utf-8") as lines:
        return score(
            lines,
            read_truth(truth),
            learning_days=learning_days,
            budget_days=budget_days,
            source=str(moments),
        )


def score(
    lines: Iterable[str],
    truth: Truth,
    *,
    learning_days: float = 0.0,
    budget_days: float | None = None,
    source: str = "moments.jsonl",
) -> Score:
    """Score lines of `moments.jsonl` against the truth of the world they were raised in.

    The rule is a majority, both ways, and people count, not accounts:

    * A moment *belongs to* something hidden (a cell, a climb, a shift) when it was raised at the onset or
      later and more than half of those it named when it was raised are members. A moment that belongs to
      nothing hidden is *false*, unless more than half of the accounts it named had ended by then: that they fell
      silent is true, though nothing was hidden there.
    * Something hidden is *found* by the earliest of its moments that names at least half of its members, when
      raised or as it stands (moments grow while their evidence does). Delay and onset error are those of that
      moment when it was raised, and it need not have named half of the members then.

    The type of a moment plays no part: a climb seen as a meeting is seen. ``learning_days`` are days at the
    start in which nothing can be raised, so false moments are counted over the others. With ``budget_days`` the
    cells are also put to the oracle, at the same threshold. Raises ``ValueError`` naming ``source`` and the line
    that is not a moment.
    """
    days = (truth.end - truth.start) / HOUR / 24 - learning_days
    if days <= 0:
        raise ValueError(f"{learning_days} days of learning leave nothing of this world to score; give fewer")
    raised = sorted(_moments(lines, source, truth), key=lambda m: (m.first.raised, m.first.id))
    hidden: list[Hidden] = [*truth.cells, *truth.climbs, *truth.shifts]
    outcomes = [_outcome(thing, [m for m in raised if _belongs(m, thing)]) for thing in hidden]
    if budget_days is not None:
        told = [thing if isinstance(thing, Cell) else None for thing in hidden]
        outcomes = [_with_oracle(o, cell, budget_days) for o, cell in zip(outcomes, told, strict=True)]
    false = [
        m.first.id
        for m in raised
        if not any(_belongs(m, thing) for thing in hidden) and not _over_by_then(m.first, truth)
    ]
    found = [outcome for outcome in outcomes if outcome.moment is not None]
    return Score(
        scenario=truth.scenario,
        seed=truth.seed,
        days=days,
        moments=len(raised),
        false=len(false),
        false_per_day=len(false) / days,
        found=len(found),
        missed=len(outcomes) - len(found),
        median_hours=_over(median, [o.hours for o in found]),
        median_acts=_over(median, [o.acts for o in found]),
        median_onset_error_hours=_over(median, [abs(o.onset_error_hours or 0.0) for o in found]),
        precision=_over(mean, [o.precision for o in found]),
        recall=_over(mean, [o.recall for o in found]),
        budget_days=budget_days,
        oracle=_comparison(outcomes),
        bands=tuple(band for what in WHAT for band in _bands([o for o in outcomes if o.what == what])),
        outcomes=tuple(outcomes),
        false_moments=tuple(false),
    )


def _moments(lines: Iterable[str], source: str, truth: Truth) -> list[_Raised]:
    def people(moment: Moment) -> frozenset[str]:
        return frozenset(truth.returns.get(subject, subject) for subject in moment.subjects)

    first: dict[str, Moment] = {}
    last: dict[str, Moment] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            moment = Moment.parse(line)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{source}, line {number}: not a moment ({type(error).__name__}: {error}); "
                "`lapwing watch` writes moments.jsonl"
            ) from error
        first.setdefault(moment.id, moment)
        last[moment.id] = moment
    return [_Raised(m, last[name], people(m), people(last[name])) for name, m in first.items()]


def _belongs(moment: _Raised, hidden: Hidden) -> bool:
    members = len(moment.named.intersection(hidden.members))
    return moment.first.raised >= hidden.onset and 2 * members > len(moment.named)


def _over_by_then(moment: Moment, truth: Truth) -> bool:
    over = sum(truth.ends.get(subject, truth.end) <= moment.raised for subject in moment.subjects)
    return 2 * over > len(moment.subjects)


def _outcome(hidden: Hidden, moments: list[_Raised]) -> Outcome:
    """What became of it, given the moments that belong to it in the order in which they were raised."""
    members = frozenset(hidden.members)
    what, label, strength = _described(hidden)
    for moment in moments:
        best = max(len(members & moment.named), len(members & moment.stands))
        if 2 * best >= len(members):
            delay = moment.first.raised - hidden.onset
            return Outcome(
                what,
                label,
                strength,
                len(members),
                hidden.onset,
                moment.first.id,
                hours=delay / HOUR,
                acts=bisect.bisect_right(hidden.acts, delay // 1_000_000),
                onset_error_hours=(moment.first.onset - hidden.onset) / HOUR,
                precision=len(members & moment.stands) / len(moment.stands),
                recall=len(members & moment.stands) / len(members),
                recall_raised=len(members & moment.named) / len(members),
            )
    return Outcome(what, label, strength, len(members), hidden.onset, None)


def _with_oracle(outcome: Outcome, cell: Cell | None, budget_days: float) -> Outcome:
    if cell is None:
        return outcome
    return replace(
        outcome,
        oracle=yardstick(cell, log2(budget_days) + cell.naming),
        unnamed=yardstick(cell, log2(budget_days)),
    )


def yardstick(cell: Cell, needed: float) -> Yardstick | None:
    """When the oracle's evidence of a cell first reached so many bits; None when it never did."""
    for act, bits in enumerate(accumulate(cell.told)):
        if bits >= needed:
            return Yardstick(act + 1, cell.acts[act] / 3600)
    return None


def _comparison(outcomes: list[Outcome]) -> Comparison | None:
    both = [(o.oracle, o.unnamed, o.efficiency) for o in outcomes if o.oracle and o.unnamed]
    if not both:
        return None
    return Comparison(
        cells=len(both),
        acts=median(named.acts for named, _, _ in both),
        hours=median(named.hours for named, _, _ in both),
        unnamed_acts=median(unnamed.acts for _, unnamed, _ in both),
        unnamed_hours=median(unnamed.hours for _, unnamed, _ in both),
        efficiency=median(efficiency or 0.0 for _, _, efficiency in both),
    )


def _described(hidden: Hidden) -> tuple[What, str, float]:
    """What it is, its strength in words, and its strength."""
    if isinstance(hidden, Cell):
        return "cell", f"copies {hidden.copy:.2f}", hidden.copy
    if isinstance(hidden, Climb):
        return "climb", f"climbs {hidden.share:.2f}", hidden.share
    if hidden.turn.startswith("x"):
        return "shift", f"rate {hidden.turn}", abs(log2(float(hidden.turn.removeprefix("x"))))
    return "shift", hidden.turn, 4.0 if hidden.turn == "dark" else 0.0


def _bands(outcomes: list[Outcome]) -> list[Band]:
    """Thirds by strength; fewer than three outcomes make fewer bands."""
    ordered = sorted(outcomes, key=lambda o: o.strength)
    count = min(3, len(ordered))
    bands = []
    for band in range(count):
        part = ordered[band * len(ordered) // count : (band + 1) * len(ordered) // count]
        found = [o for o in part if o.moment is not None]
        bands.append(
            Band(
                what=part[0].what,
                least=part[0].strength,
                greatest=part[-1].strength,
                hidden=len(part),
                found=len(found),
                median_hours=_over(median, [o.hours for o in found]),
                median_acts=_over(median, [o.acts for o in found]),
            )
        )
    return bands


def _over(average: Callable[[list[float]], float], values: Iterable[float | None]) -> float | None:
    """The average of the values there are; None when there are none."""
    known = [float(value) for value in values if value is not None]
    return average(known) if known else None
