"""Moments against the truth of a world: what was found, when, and what was false."""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from lapwing.moments.moment import Moment
from lapwing.worlds.truth import Cell, Truth, read_truth

HOUR = 3_600_000_000
"""Microseconds."""


@dataclass(frozen=True, slots=True)
class CellScore:
    """What became of one cell. All but the first four are None when it was missed."""

    copy: float
    """Its strength: the chance that an act after the onset copied another member."""
    size: int
    onset: int
    """Microseconds since 1970-01-01 UTC."""
    moment: str | None
    """Id of the moment that found it."""
    hours: float | None = None
    """From the onset to the raise."""
    acts: int | None = None
    """Acts of the members from the onset to the raise."""
    onset_error_hours: float | None = None
    """Onset of the moment as raised, minus the true one: below 0 when it was dated too early."""
    precision: float | None = None
    """Members among the subjects of the moment as it stands."""
    recall: float | None = None
    """Members of the cell that the moment names as it stands."""
    recall_raised: float | None = None
    """Members of the cell that the moment named when it was raised."""


@dataclass(frozen=True, slots=True)
class Band:
    """Cells of like strength."""

    least: float
    greatest: float
    cells: int
    found: int
    median_hours: float | None
    median_acts: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """How the moments of one run compare with the truth. Medians are over the cells found."""

    scenario: str
    seed: int
    days: float
    """Days in which moments could be raised: the world's length without the days of learning."""
    moments: int
    false: int
    """Moments that name no cell; see :func:`score`."""
    false_per_day: float
    found: int
    missed: int
    median_hours: float | None
    median_acts: float | None
    median_onset_error_hours: float | None
    """Median of the absolute errors."""
    precision: float | None
    recall: float | None
    """Means over the cells found of the moments as they stand."""
    bands: tuple[Band, ...]
    """Three bands of like strength, weakest first."""
    cells: tuple[CellScore, ...]
    """In the order of the truth."""
    false_moments: tuple[str, ...]
    """Ids, in the order in which they were raised."""

    def json(self) -> str:
        """The score as JSON, one object."""
        return json.dumps(asdict(self), indent=1)


@dataclass(frozen=True, slots=True)
class _Raised:
    """A moment as it was raised and as it stands."""

    first: Moment
    last: Moment


def score_file(moments: Path, truth: Path, *, learning_days: float = 0.0) -> Score:
    """Score the moments of `moments.jsonl` against `truth.json`.

    Raises ``ValueError`` naming the file and line that is not a moment, or the file that is not a truth.
    """
    with moments.open(encoding="utf-8") as lines:
        return score(lines, read_truth(truth), learning_days=learning_days, source=str(moments))


def score(
    lines: Iterable[str], truth: Truth, *, learning_days: float = 0.0, source: str = "moments.jsonl"
) -> Score:
    """Score lines of `moments.jsonl` against the truth of the world they were raised in.

    The rule is a majority, both ways:

    * A moment *belongs to* a cell when it was raised at the onset or later and more than half of the subjects
      it named when it was raised are members. A moment that belongs to no cell is *false*.
    * A cell is *found* by the earliest of its moments that names at least half of its members, when raised or
      as it stands (moments grow while their evidence does). Delay and onset error are those of that moment
      when it was raised, and it need not have named half of the members then.

    ``learning_days`` are days at the start in which nothing can be raised, so false moments are counted over
    the others. Raises ``ValueError`` naming ``source`` and the line that is not a moment.
    """
    raised = sorted(_moments(lines, source), key=lambda m: (m.first.raised, m.first.id))
    cells, false = [], []
    owners = {m.first.id: [c for c in truth.cells if _belongs(m.first, c)] for m in raised}
    for cell in truth.cells:
        found = next((m for m in raised if cell in owners[m.first.id] and _names_half(m, cell)), None)
        cells.append(_cell_score(cell, found))
    false = [m.first.id for m in raised if not owners[m.first.id]]
    days = (truth.end - truth.start) / HOUR / 24 - learning_days
    if days <= 0:
        raise ValueError(f"{learning_days} days of learning leave nothing of this world to score; give fewer")
    hit = [c for c in cells if c.moment is not None]
    return Score(
        scenario=truth.scenario,
        seed=truth.seed,
        days=days,
        moments=len(raised),
        false=len(false),
        false_per_day=len(false) / days,
        found=len(hit),
        missed=len(cells) - len(hit),
        median_hours=_median([c.hours for c in hit]),
        median_acts=_median([c.acts for c in hit]),
        median_onset_error_hours=_median([abs(c.onset_error_hours or 0.0) for c in hit]),
        precision=_mean([c.precision for c in hit]),
        recall=_mean([c.recall for c in hit]),
        bands=_bands(cells),
        cells=tuple(cells),
        false_moments=tuple(false),
    )


def _moments(lines: Iterable[str], source: str) -> list[_Raised]:
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
    return [_Raised(moment, last[name]) for name, moment in first.items()]


def _belongs(moment: Moment, cell: Cell) -> bool:
    members = len(set(moment.subjects) & set(cell.members))
    return moment.raised >= cell.onset and 2 * members > len(set(moment.subjects))


def _names_half(moment: _Raised, cell: Cell) -> bool:
    named = max(len(set(state.subjects) & set(cell.members)) for state in (moment.first, moment.last))
    return 2 * named >= len(cell.members)


def _cell_score(cell: Cell, moment: _Raised | None) -> CellScore:
    if moment is None:
        return CellScore(cell.copy, len(cell.members), cell.onset, None)
    members, now = set(cell.members), set(moment.last.subjects)
    return CellScore(
        copy=cell.copy,
        size=len(cell.members),
        onset=cell.onset,
        moment=moment.first.id,
        hours=(moment.first.raised - cell.onset) / HOUR,
        acts=bisect.bisect_right(cell.acts, (moment.first.raised - cell.onset) // 1_000_000),
        onset_error_hours=(moment.first.onset - cell.onset) / HOUR,
        precision=len(members & now) / len(now),
        recall=len(members & now) / len(members),
        recall_raised=len(members & set(moment.first.subjects)) / len(members),
    )


def _bands(cells: list[CellScore]) -> tuple[Band, ...]:
    """Thirds of the cells by strength; fewer than three cells make fewer bands."""
    ordered = sorted(cells, key=lambda c: c.copy)
    count = min(3, len(ordered))
    bands = []
    for band in range(count):
        part = ordered[band * len(ordered) // count : (band + 1) * len(ordered) // count]
        hit = [c for c in part if c.moment is not None]
        bands.append(
            Band(
                least=part[0].copy,
                greatest=part[-1].copy,
                cells=len(part),
                found=len(hit),
                median_hours=_median([c.hours for c in hit]),
                median_acts=_median([c.acts for c in hit]),
            )
        )
    return tuple(bands)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
