"""The curve: false moments counted against false moments promised, on logarithmic axes, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape

from lapwing.calibration.promise import Calibration, Kept
from lapwing.report import words

_WIDTH, _HEIGHT = 560.0, 400.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 96.0, 20.0, 20.0, 58.0
_TICKS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)
"""Days."""

_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#586268;dominant-baseline:central}"
    ".ground{fill:#fbfbf9}.within{fill:#e9ebe7}.grid{stroke:#d8dbd7}.promise{stroke:#1b2124;stroke-dasharray:6 3}"
    ".interval{stroke:#586268;stroke-width:1.5;fill:none}.counted{fill:#1b2124;stroke:#1b2124}"
    ".none{fill:#fbfbf9;stroke:#1b2124;stroke-width:1.5}.ink{fill:#1b2124}"
    "@media screen and (prefers-color-scheme:dark){text{fill:#9ca7ab}.ground{fill:#15191b}.within{fill:#2a3034}"
    ".grid{stroke:#343b3f}.promise{stroke:#e5e8e6}.interval{stroke:#9ca7ab}"
    ".counted{fill:#e5e8e6;stroke:#e5e8e6}.none{fill:#15191b;stroke:#e5e8e6}.ink{fill:#e5e8e6}}"
)
"""The tokens of the report's style sheet, so that the picture can stand alone."""


def curve(calibration: Calibration) -> str:
    """One point for each budget; below the line the promise is kept. Where nothing was counted the point is
    hollow, and lies at the end of the interval."""
    rows = calibration.kept()
    times = [one.budget_days for one in rows]
    times += [one.days / end for one in rows for end in (one.low, one.high) if end > 0]
    shortest, longest = min(times) / 1.25, max(times) * 1.25
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    span = math.log(longest / shortest)

    def x(days: float) -> float:
        return _LEFT + (right - _LEFT) * math.log(longest / days) / span

    def y(days: float) -> float:
        return _TOP + (bottom - _TOP) * math.log(days / shortest) / span

    said = escape(summary(calibration))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="calibration" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" '
        f'role="img" aria-labelledby="calibration-title"><title id="calibration-title">{said}</title>'
        f'<style>{_STYLE}</style><rect class="ground" width="{_WIDTH:g}" height="{_HEIGHT:g}"/>'
        f'<path class="within" d="M{_LEFT} {bottom}L{right} {_TOP}V{bottom}z"/>'
    ]
    for days in (tick for tick in _TICKS if shortest <= tick <= longest):
        label = f"{words.number(days)} {'day' if days == 1 else 'days'}"
        parts.append(
            f'<path class="grid" d="M{_LEFT} {y(days):.1f}H{right}M{x(days):.1f} {_TOP}V{bottom}"/>'
            f'<text x="{_LEFT - 8}" y="{y(days):.1f}" text-anchor="end">{label}</text>'
            f'<text x="{x(days):.1f}" y="{bottom + 16}" text-anchor="middle">{label}</text>'
        )
    parts.append(
        f'<path class="promise" d="M{_LEFT} {bottom}L{right} {_TOP}"/>'
        f'<text class="ink" x="{right - 8}" y="{bottom - 14}" text-anchor="end">within the promise</text>'
        f'<text x="{(_LEFT + right) / 2:g}" y="{bottom + 40}" text-anchor="middle">'
        "promised: one false moment in</text>"
        f'<text x="{_LEFT - 8}" y="9" text-anchor="end">counted: one in</text>'
    )
    parts += [_point(one, x(one.budget_days), y, bottom) for one in rows]
    return "".join(parts) + "</svg>\n"


def _point(one: Kept, x: float, y: Callable[[float], float], bottom: float) -> str:
    high = y(one.days / one.high)
    low = y(one.days / one.low) if one.low > 0 else bottom
    ends = f"M{x - 4:.1f} {high:.1f}h8M{x:.1f} {high:.1f}V{low:.1f}"
    if one.low > 0:
        ends += f"M{x - 4:.1f} {low:.1f}h8"
    kind, at = ("counted", y(one.days / one.counted)) if one.counted else ("none", high)
    return (
        f'<path class="interval" d="{ends}"/><circle class="{kind}" cx="{x:.1f}" cy="{at:.1f}" r="4.5">'
        f"<title>{escape(said(one))}</title></circle>"
    )


def one_in(days: float) -> str:
    """A budget in few words.

    >>> one_in(30.0), one_in(1.0), one_in(0.5)
    ('one in 30 days', 'one a day', '2 a day')
    """
    if days <= 1:
        return "one a day" if days == 1 else f"{words.plain(1 / days)} a day"
    return f"one in {words.plain(days)} days"


def said(one: Kept) -> str:
    """One budget in a sentence."""
    return (
        f"{words.capitalised(one_in(one.budget_days))} allows {words.plain(one.allowed)}; counted "
        f"{one.counted}, so to be expected {words.plain(one.low)} to {words.plain(one.high)}."
    )


def summary(calibration: Calibration) -> str:
    """What came of it, in one sentence."""
    rows = calibration.kept()
    broken = [one for one in rows if one.verdict == "broken"]
    if broken:
        budgets = words.listed([one_in(one.budget_days) for one in broken])
        return (
            f"The promise does not hold for {budgets}: a safety factor of {calibration.safety_bits:.1f} bits "
            "would be needed."
        )
    kept = [one for one in rows if one.verdict == "kept"]
    if len(kept) == len(rows):
        return "The promise holds for every budget."
    if kept:
        budgets = words.listed([one_in(one.budget_days) for one in kept])
        return f"The promise holds for {budgets}; for the other budgets too few days were counted to tell."
    return "Nothing speaks against the promise, but too few days were counted to confirm it."
