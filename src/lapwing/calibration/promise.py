"""The promise: how many false moments a budget allows, against how many were counted.

Moments raised where nothing can have begun are false. In ``d`` days a budget of one in ``A`` days allows ``d / A``
of them. What was counted is taken as a draw from a Poisson distribution, whose mean lies in the exact interval of
Garwood (1936), 95 in 100 times::

    low = chi2.ppf(0.025, 2 n) / 2,    high = chi2.ppf(0.975, 2 n + 2) / 2
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["kept", "open", "broken"]
"""Kept: the whole interval is within what is allowed. Broken: all of it lies above. Open: neither."""

CONFIDENCE = 0.95
STEP = 0.1
"""Safety factors are rounded up to so many bits."""


@dataclass(frozen=True, slots=True)
class Round:
    """One stream in which nothing can have begun, watched."""

    seed: int
    days: float
    """Days in which moments could be raised."""
    nets: tuple[float, ...]
    """The most net bits of every moment raised, largest first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How one budget kept its promise, over all rounds together."""

    budget_days: float
    days: float
    counted: int
    low: float
    """Of the interval of the expected count."""
    high: float
    safety_bits: float
    """By so much the threshold would have to rise for the count to be within what is allowed; 0 when it is."""

    @property
    def allowed(self) -> float:
        """False moments that the budget allows in these days."""
        return self.days / self.budget_days

    @property
    def verdict(self) -> Verdict:
        """What the count says about the promise."""
        if self.low > self.allowed:
            return "broken"
        return "kept" if self.high <= self.allowed else "open"


@dataclass(frozen=True, slots=True)
class Calibration:
    """All rounds, and the budgets they are held against."""

    source: str
    """What was watched, in words."""
    version: str
    """Of Lapwing."""
    exchanged: float | None
    """Share of the acts that could fall to another subject; None when the streams were nulls by themselves."""
    rounds: tuple[Round, ...]
    budgets: tuple[float, ...]
    """Days per false alarm, loosest first. The watch ran at the first."""

    @property
    def days(self) -> float:
        """Days in which moments could be raised, all rounds together."""
        return sum(one.days for one in self.rounds)

    def kept(self) -> tuple[Kept, ...]:
        """How each budget kept its promise."""
        nets = sorted((net for one in self.rounds for net in one.nets), reverse=True)
        return tuple(held(nets, self.days, budget) for budget in self.budgets)

    @property
    def safety_bits(self) -> float:
        """The safety factor that would make up for every budget whose promise was broken, bits; 0 if none was."""
        return max((one.safety_bits for one in self.kept() if one.verdict == "broken"), default=0.0)

    def json(self) -> str:
        """The calibration as one JSON object."""
        data = asdict(self)
        data["days"] = self.days
        data["safety_bits"] = self.safety_bits
        data["kept"] = [asdict(one) | {"allowed": one.allowed, "verdict": one.verdict} for one in self.kept()]
        return json.dumps(data, indent=1) + "\n"


def held(nets: Sequence[float], days: float, budget_days: float) -> Kept:
    """Hold moments with these net bits (largest first), raised in so many days, against a budget.

    >>> one = held([9.1, 6.0, 5.2, 0.4], days=60.0, budget_days=30.0)
    >>> one.counted, one.allowed, one.verdict, one.safety_bits
    (3, 2.0, 'open', 0.3)
    """
    threshold = math.log2(budget_days)
    counted = sum(net >= threshold for net in nets)
    low, high = interval(counted)
    allowed = math.floor(days / budget_days)
    over = nets[allowed] - threshold if counted > allowed else -STEP
    return Kept(budget_days, days, counted, low, high, round((math.floor(over / STEP) + 1) * STEP, 1))


def interval(counted: int) -> tuple[float, float]:
    """The interval of a Poisson mean of which so many were counted.

    >>> [round(end, 2) for end in interval(0)], [round(end, 2) for end in interval(10)]
    ([0.0, 3.69], [4.8, 18.39])
    """
    from scipy.stats import chi2

    tail = (1.0 - CONFIDENCE) / 2.0
    low = float(chi2.ppf(tail, 2 * counted)) / 2.0 if counted else 0.0
    return low, float(chi2.ppf(1.0 - tail, 2 * counted + 2)) / 2.0
