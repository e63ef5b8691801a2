"""Lengths of time as people write them: `90s`, `30min`, `12h`, `30d`, `2w`."""

from __future__ import annotations

import re

from lapwing.watch.error import SettingError

SECOND = 1_000_000
"""All lengths are microseconds."""
DAY = 86_400 * SECOND
UNITS = {"s": SECOND, "min": 60 * SECOND, "h": 3_600 * SECOND, "d": DAY, "w": 7 * DAY}


def microseconds(text: str) -> int:
    """A length of time in microseconds. Raises :class:`SettingError`.

    >>> microseconds("90s"), microseconds("1.5h")
    (90000000, 5400000000)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]+)", text.strip())
    if found is None or found[2] not in UNITS:
        raise SettingError(
            f"{text!r} is not a length of time.\n"
            f"Write a number and one of {', '.join(UNITS)}, such as 90s or 12h."
        )
    return round(float(found[1]) * UNITS[found[2]])
