"""The mark of an act: its shape tells the kind, so that nothing is told by colour alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

_PREFERRED: Mapping[str, str] = MappingProxyType(
    {
        "share": "disc",
        "repost": "triangle",
        "forward": "triangle",
        "reply": "wedge",
        "mention": "wedge",
        "tag": "square",
        "join": "diamond",
        "donate": "plus",
        "copy": "hourglass",
        "post": "bar",
    }
)
"""The shapes of the kinds met most, so that they look the same in every report."""

_FREE = (
    "wedge",
    "diamond",
    "triangle",
    "plus",
    "half",
    "right",
    "left",
    "hourglass",
    "bar",
    "square",
    "disc",
)
"""What the other kinds choose from, in this order."""

REST = "dash"
"""The shape of every kind beyond those that have a shape of their own."""


def shapes_of(kinds: Sequence[str]) -> dict[str, str]:
    """A shape for each kind, those first in the sequence choosing first.

    >>> shapes_of(["tag", "share", "follow"])
    {'tag': 'square', 'share': 'disc', 'follow': 'wedge'}
    """
    shapes: dict[str, str] = {}
    for kind in kinds:
        shape = _PREFERRED.get(kind)
        if shape is not None and shape not in shapes.values():
            shapes[kind] = shape
    free = [shape for shape in _FREE if shape not in shapes.values()]
    for kind in kinds:
        if kind not in shapes:
            shapes[kind] = free.pop(0) if free else REST
    return {kind: shapes[kind] for kind in kinds}


def mark(shape: str, x: float, y: float, size: float) -> str:
    """The outline of a mark around ``(x, y)`` as path data; ``size`` is half its width."""
    return _DRAWN[shape](x, y, size)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _disc(x: float, y: float, r: float) -> str:
    return f"M{_n(x - r)} {_n(y)}a{_n(r)} {_n(r)} 0 1 0 {_n(2 * r)} 0a{_n(r)} {_n(r)} 0 1 0 {_n(-2 * r)} 0z"


def _square(x: float, y: float, r: float) -> str:
    s = 0.9 * r
    return f"M{_n(x - s)} {_n(y - s)}h{_n(2 * s)}v{_n(2 * s)}h{_n(-2 * s)}z"


def _triangle(x: float, y: float, r: float) -> str:
    return f"M{_n(x)} {_n(y - 1.15 * r)}l{_n(1.1 * r)} {_n(2 * r)}h{_n(-2.2 * r)}z"


def _wedge(x: float, y: float, r: float) -> str:
    return f"M{_n(x)} {_n(y + 1.15 * r)}l{_n(1.1 * r)} {_n(-2 * r)}h{_n(-2.2 * r)}z"


def _diamond(x: float, y: float, r: float) -> str:
    s = 1.25 * r
    return f"M{_n(x)} {_n(y - s)}l{_n(s)} {_n(s)}l{_n(-s)} {_n(s)}l{_n(-s)} {_n(-s)}z"


def _plus(x: float, y: float, r: float) -> str:
    a, b = 0.4 * r, 0.75 * r
    return (
        f"M{_n(x - a)} {_n(y - a - b)}h{_n(2 * a)}v{_n(b)}h{_n(b)}v{_n(2 * a)}h{_n(-b)}v{_n(b)}"
        f"h{_n(-2 * a)}v{_n(-b)}h{_n(-b)}v{_n(-2 * a)}h{_n(b)}z"
    )


def _hourglass(x: float, y: float, r: float) -> str:
    return f"M{_n(x - r)} {_n(y - r)}h{_n(2 * r)}l{_n(-2 * r)} {_n(2 * r)}h{_n(2 * r)}z"


def _bar(x: float, y: float, r: float) -> str:
    a, b = 0.4 * r, 1.2 * r
    return f"M{_n(x - a)} {_n(y - b)}h{_n(2 * a)}v{_n(2 * b)}h{_n(-2 * a)}z"


def _half(x: float, y: float, r: float) -> str:
    return f"M{_n(x - 1.1 * r)} {_n(y + 0.6 * r)}a{_n(1.1 * r)} {_n(1.1 * r)} 0 0 1 {_n(2.2 * r)} 0z"


def _right(x: float, y: float, r: float) -> str:
    return f"M{_n(x - r)} {_n(y - 1.1 * r)}l{_n(2.1 * r)} {_n(1.1 * r)}l{_n(-2.1 * r)} {_n(1.1 * r)}z"


def _left(x: float, y: float, r: float) -> str:
    return f"M{_n(x + r)} {_n(y - 1.1 * r)}l{_n(-2.1 * r)} {_n(1.1 * r)}l{_n(2.1 * r)} {_n(1.1 * r)}z"


def _dash(x: float, y: float, r: float) -> str:
    a, b = 1.2 * r, 0.4 * r
    return f"M{_n(x - a)} {_n(y - b)}h{_n(2 * a)}v{_n(2 * b)}h{_n(-2 * a)}z"


_DRAWN: Mapping[str, Callable[[float, float, float], str]] = MappingProxyType(
    {
        "disc": _disc,
        "square": _square,
        "triangle": _triangle,
        "wedge": _wedge,
        "diamond": _diamond,
        "plus": _plus,
        "hourglass": _hourglass,
        "bar": _bar,
        "half": _half,
        "right": _right,
        "left": _left,
        "dash": _dash,
    }
)
