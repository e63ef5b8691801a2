"""Names of the circles that the team or the events give, by number."""

from __future__ import annotations

from collections.abc import Sequence


class CircleNames:
    """Names get numbers as they come."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        """By number."""
        self._numbers = {name: number for number, name in enumerate(self.names)}

    def number(self, name: str | None) -> int:
        """The number of a circle, a new one for a new name; -1 for no circle."""
        if name is None:
            return -1
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names = (*self.names, name)
        return self._numbers[name]


def name_of(number: int, names: Sequence[str]) -> str | None:
    """What a circle is called: as given in ``names``, or by its number if circles are learnt; None for no circle."""
    if number < 0:
        return None
    return names[number] if names else f"learnt {number + 1}"
