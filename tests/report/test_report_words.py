"""Numbers, times and frequencies in plain words: what people read is on file."""

from __future__ import annotations

import math
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from report_sample import DAY, HOUR, MINUTE, ONSET, SECOND

from lapwing.report import words

FREQUENCIES = (
    0.0, 0.01, 0.3, 0.74, 0.75, 1, 1.49, 1.5, 7, 30, 89.4, 90, 200, 365, 700, 740, 1500, 4018, 36_525,
    4e5, 3.3e6, 8e7, 9e8, 3e11, 4e11, 1e300, math.inf,
)  # fmt: skip
LENGTHS = (
    0, SECOND, 59 * SECOND, MINUTE, 90 * SECOND, HOUR - SECOND, HOUR, 160 * MINUTE, DAY, DAY + MINUTE,
    DAY + 3 * HOUR, 40 * DAY, 729 * DAY, 731 * DAY, 3650 * DAY, -HOUR,
)  # fmt: skip


def test_words_are_those_on_file(golden: Callable[[str, str], None]) -> None:
    lines = [f"once_in {days:g}: {words.once_in(days)}" for days in FREQUENCIES]
    lines += [f"budget {days:g}: {words.budget(days)}" for days in (0.1, 0.5, 1, 2, 7.5, 30, 100)]
    lines += [f"duration {length // SECOND} s: {words.duration(length)}" for length in LENGTHS]
    lines += [f"later {at // SECOND} s: {words.later(at)}" for at in (-HOUR, 0, HOUR)]
    lines += [f"relative {at // SECOND} s: {words.relative(at, 'the onset')}" for at in (-HOUR, 0, HOUR)]
    lines += [f"counted {count}: {words.counted(count, 'tie')}" for count in (0, 1, 2, 12, 13, 1000, 915_000)]
    lines += [
        f"share {part} of 3000: {words.share(part, 3000)}" for part in (0, 1, 3, 29, 30, 31, 1500, 3000)
    ]
    lines += [f"bits {value:g}: {words.bits(value)}" for value in (-3, -0.04, 0, 0.04, 14.24, 12345)]
    lines += [f"signed {value:g}: {words.signed(value)}" for value in (-3.04, -0.04, 0, 0.04, 14.24)]
    lines += [f"listed: {words.listed(['a', 'b', 'c'][:size])}" for size in range(4)]
    lines += [
        f"moment_of: {words.moment_of(ONSET)}",
        f"moment_in_short: {words.moment_in_short(ONSET)}",
        f"minute_of: {words.minute_of(ONSET)}",
        f"second_of: {words.second_of(ONSET + 61 * SECOND)}",
        f"before 1970: {words.moment_of(-DAY)}",
        f"between on one day: {words.between(ONSET, ONSET + HOUR)}",
        f"between on two days: {words.between(ONSET, ONSET + DAY)}",
        f"span: {words.span(ONSET, ONSET + DAY)}",
    ]
    golden("words.txt", "\n".join(lines) + "\n")


@given(st.floats(min_value=1e-4, max_value=3e11))
def test_frequencies_are_said_to_within_their_rounding(days: float) -> None:
    text = words.once_in(days)
    if text.endswith("times a day"):
        said = 1 / float(text.split()[1].replace(",", ""))
    elif text in ("about once a day", "about once a year"):
        said = 1.0 if text.endswith("day") else 365.25
    else:
        *amount, unit = text.removeprefix("about once in ").split()
        size = {"days": 1, "months": 365.25 / 12, "years": 365.25}[unit]
        said = float(amount[0].replace(",", "")) * size * (1e6 if "million" in amount else 1)
    assert 0.66 <= said / days <= 1.5


@given(st.integers(0, 10**17))
def test_duration_is_said_to_within_a_twelfth(length: int) -> None:
    """Two units are kept, so what is left out is less than one of the smaller unit."""
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    text = words.duration(length)
    if "years" in text or text == "no time":
        return
    parts = text.split()
    said = sum(int(amount) * sizes[unit] for amount, unit in zip(parts[::2], parts[1::2], strict=True))
    seconds = round(length / SECOND)
    assert 0 <= seconds - said < sizes[parts[1]]
