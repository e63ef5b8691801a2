"""The budget: how often the team accepts a false alarm."""

from __future__ import annotations

import re

from lapwing.watch.duration import DAY, microseconds
from lapwing.watch.error import SettingError

LEAST, MOST = 1 / 24, 100_000.0
"""Days per false alarm that can be asked for: from one an hour to one in some 270 years."""


def days_per_false_alarm(text: str) -> float:
    """A budget such as `1/30d` (one false alarm in 30 days) as days per false alarm.

    Raises :class:`SettingError`.

    >>> days_per_false_alarm("1/30d"), days_per_false_alarm("2/7d"), days_per_false_alarm("1/12h")
    (30.0, 3.5, 0.5)
    """
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\S+)\s*", text)
    if found is None:
        raise SettingError(
            f"{text!r} is not a budget.\n"
            "Write how many false alarms you accept in how long: 1/30d is one in 30 days, 2/7d two a week, "
            "1/12h one in twelve hours."
        )
    alarms, length = int(found[1]), microseconds(found[2])
    if alarms == 0 or length == 0:
        raise SettingError(
            f"A budget of {text} cannot be kept: no threshold is never crossed by chance.\n"
            "Name a rare false alarm instead, such as 1/365d for one a year."
        )
    days = length / DAY / alarms
    if not LEAST <= days <= MOST:
        raise SettingError(
            f"A budget of {text} is one false alarm in {days:,.4g} days.\n"
            f"Choose one between one an hour and one in {MOST:,.0f} days."
        )
    return days
