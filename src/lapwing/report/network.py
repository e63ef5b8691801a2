"""The ties between members before and after the onset as geometry: one layout for both pictures."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import rustworkx as rx

from lapwing.moments.exhibit import Exhibit, Tie

_WIDTH, _HEIGHT = 420.0, 300.0
_PAD = 18.0
_GAP = 14.0
"""Room between grounds."""
_LABEL = 15.0
"""Room below a ground for its name."""
_STRETCH = 2.4
"""How far a small network may be drawn apart to fill its picture."""
NUMBERED_MOST = 60
"""Up to so many members, a node has room for its number."""
SINGLE_MOST = 150
"""Up to so many ties they are drawn one by one; more would be a smear, and are bundled between grounds."""
_SEED = 7
"""The layout starts from fixed random places, so that the same ties always give the same picture."""


@dataclass(frozen=True, slots=True)
class Node:
    """A member."""

    number: int
    subject: str
    circle: str | None
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground on which the members of one circle stand, or, in a bundled picture, those of none."""

    circle: str | None
    members: int
    x: float
    y: float
    r: float
    inner_before: int
    inner_after: int
    """Pairs with ties inside the ground."""


@dataclass(frozen=True, slots=True)
class Line:
    """A tie between two members."""

    a: int
    b: int
    """Numbers of the members, the smaller first."""
    path: str
    width: float
    new: bool
    """Whether the pair had no tie before the onset."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """All ties between the members of two grounds."""

    a: str | None
    b: str | None
    path: str
    width: float
    pairs: int
    new: bool
    """Whether no two members of these grounds had a tie before the onset."""


@dataclass(frozen=True, slots=True)
class Network:
    """All that the templates of the two pictures draw. Units are those of the pictures."""

    left: float
    top: float
    width: float
    height: float
    node_size: float
    numbered: bool
    bundled: bool
    nodes: tuple[Node, ...]
    grounds: tuple[Ground, ...]
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    """Single ties; none in a bundled picture."""
    before_bundles: tuple[Bundle, ...]
    after_bundles: tuple[Bundle, ...]
    nodes_left_out: int


def network(exhibit: Exhibit, numbers: Mapping[str, int], *, members_most: int) -> Network:
    """Lay out the members and their ties.

    Circles stand apart, each on a ground of its own; a spring layout of the ties between the grounds places
    them. Members without a circle stand alone. Large networks are summarised: ties are bundled between
    grounds, and members of no circle share one. ``numbers`` gives every member's number in the timeline.
    """
    members = list(numbers)[:members_most]
    before, after = _among(exhibit.ties_before, members), _among(exhibit.ties_after, members)
    numbered = len(members) <= NUMBERED_MOST
    bundled = not numbered or max(len(before), len(after)) > SINGLE_MOST
    size = 9.0 if numbered else 4.0

    groups = _groups(members, exhibit.circles, together=bundled)
    places = [_in_ground(len(group.members), size) for group in groups]
    radii = np.array(
        [
            reach + size + (6.0 if group.grounded else 2.0)
            for group, (_, reach) in zip(groups, places, strict=True)
        ]
    )
    of = {subject: at for at, group in enumerate(groups) for subject in group.members}
    centres = _spread(len(groups), radii, _between((*before, *after), of))

    at: dict[str, tuple[float, float]] = {}
    for group, (offsets, _), (x, y) in zip(groups, places, centres, strict=True):
        for subject, (dx, dy) in zip(group.members, offsets, strict=True):
            at[subject] = (round(float(x + dx), 1), round(float(y + dy), 1))
    inner_before, inner_after = _between(before, of), _between(after, of)
    left, top, width, height = _frame(centres, radii)
    return Network(
        left=left,
        top=top,
        width=width,
        height=height,
        node_size=size,
        numbered=numbered,
        bundled=bundled,
        nodes=tuple(
            Node(numbers[subject], subject, exhibit.circles.get(subject), *at[subject]) for subject in members
        ),
        grounds=tuple(
            Ground(
                circle=group.circle,
                members=len(group.members),
                x=round(float(x), 1),
                y=round(float(y), 1),
                r=round(float(radius), 1),
                inner_before=inner_before.get((index, index), 0),
                inner_after=inner_after.get((index, index), 0),
            )
            for index, (group, radius, (x, y)) in enumerate(zip(groups, radii, centres, strict=True))
            if group.grounded
        ),
        before=() if bundled else _lines(before, at, numbers, set()),
        after=() if bundled else _lines(after, at, numbers, {_pair(tie) for tie in before}),
        before_bundles=_bundles(inner_before, {}, groups, centres, radii) if bundled else (),
        after_bundles=_bundles(inner_after, inner_before, groups, centres, radii) if bundled else (),
        nodes_left_out=len(numbers) - len(members),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    circle: str | None
    members: tuple[str, ...]
    grounded: bool


def _among(ties: Iterable[Tie], members: Collection[str]) -> list[Tie]:
    inside = set(members)
    return [tie for tie in ties if tie.a in inside and tie.b in inside and tie.contexts > 0]


def _pair(tie: Tie) -> frozenset[str]:
    return frozenset((tie.a, tie.b))


def _groups(members: Sequence[str], circles: Mapping[str, str | None], *, together: bool) -> list[_Group]:
    by_circle: dict[str, list[str]] = {}
    alone: list[str] = []
    for subject in members:
        circle = circles.get(subject)
        (alone if circle is None else by_circle.setdefault(circle, [])).append(subject)
    groups = [_Group(circle, tuple(group), grounded=True) for circle, group in by_circle.items()]
    if together and len(alone) > 1:
        return [*groups, _Group(None, tuple(alone), grounded=True)]
    return [*groups, *(_Group(None, (subject,), grounded=False) for subject in alone)]


def _in_ground(count: int, size: float) -> tuple[list[tuple[float, float]], float]:
    """Places of members around the middle of their ground, and how far out they reach."""
    if count == 1:
        return [(0.0, 0.0)], 0.0
    apart = 2.7 * size
    if count <= 10:
        reach = apart / (2 * math.sin(math.pi / count))
        angles = [2 * math.pi * at / count - math.pi / 2 for at in range(count)]
        return [(reach * math.cos(angle), reach * math.sin(angle)) for angle in angles], reach
    # A sunflower fills a disc evenly whatever the count.
    golden = math.pi * (3 - math.sqrt(5))
    step = 0.62 * apart
    spiral = [(step * math.sqrt(at + 0.5), at * golden) for at in range(count)]
    return [(r * math.cos(angle), r * math.sin(angle)) for r, angle in spiral], spiral[-1][0]


def _between(ties: Iterable[Tie], of: Mapping[str, int]) -> dict[tuple[int, int], int]:
    """Pairs with ties between every two groups, and inside each."""
    pairs: dict[tuple[int, int], int] = {}
    for tie in ties:
        key = min(of[tie.a], of[tie.b]), max(of[tie.a], of[tie.b])
        pairs[key] = pairs.get(key, 0) + 1
    return pairs


def _spread(count: int, radii: np.ndarray, pairs: Mapping[tuple[int, int], int]) -> np.ndarray:
    """Centres of the groups, shape (groups, 2): near where ties are, and nowhere overlapping."""
    if count == 1:
        return np.zeros((1, 2))
    if count == 2:
        apart = float(radii.sum()) + 6 * _GAP
        return np.array([[-apart / 2, 0.0], [apart / 2, 0.0]])
    graph: rx.PyGraph[int, float] = rx.PyGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from([(a, b, 1 + math.log2(1 + n)) for (a, b), n in sorted(pairs.items()) if a != b])
    layout = rx.spring_layout(graph, seed=_SEED, weight_fn=float, num_iter=80)
    centres = np.array([layout[at] for at in range(count)])
    centres -= centres.mean(axis=0)
    # The picture is wider than it is high: so is the layout to be.
    if np.ptp(centres[:, 1]) > np.ptp(centres[:, 0]):
        centres = centres[:, ::-1]

    # Far-off singles would press the rest together: draw the distances closer, keep the directions.
    distance = np.hypot(centres[:, 0], centres[:, 1])
    distance[distance == 0] = 1.0
    centres *= ((distance / distance.max()) ** 0.6 / distance)[:, None]
    room = radii + _GAP / 2 + _LABEL / 2
    span = math.sqrt(float((room**2).sum()) * math.pi * 1.3)
    centres = _apart(centres * np.array([0.62, 0.44]) * span, room)

    free = np.array([_WIDTH, _HEIGHT - _LABEL]) - 2 * _PAD - 2 * float(radii.max())
    stretch = np.clip(free / np.maximum(np.ptp(centres, axis=0), 1.0), 1.0, _STRETCH)
    return np.asarray(centres * stretch)


def _apart(centres: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Push discs that overlap away from each other until none does (or nearly none: 120 rounds)."""
    least = room[:, None] + room[None, :]
    np.fill_diagonal(least, 0.0)
    for _ in range(120):
        delta = centres[:, None, :] - centres[None, :, :]
        distance = np.hypot(delta[..., 0], delta[..., 1])
        overlap = np.maximum(0.0, least - distance)
        np.fill_diagonal(overlap, 0.0)
        if overlap.max() < 0.5:
            break
        np.fill_diagonal(distance, 1.0)
        # Two discs at the very same place part along the first axis, the earlier one to the left.
        same = distance < 1e-9
        delta[same, 0] = np.where(np.tril(np.ones_like(same, dtype=bool))[same], 1.0, -1.0)
        distance[same] = 1.0
        centres = centres + 0.52 * (delta * (overlap / distance)[..., None]).sum(axis=1)
    return centres


def _frame(centres: np.ndarray, radii: np.ndarray) -> tuple[float, float, float, float]:
    left = float((centres[:, 0] - radii).min()) - _PAD
    right = float((centres[:, 0] + radii).max()) + _PAD
    top = float((centres[:, 1] - radii).min()) - _PAD
    bottom = float((centres[:, 1] + radii).max()) + _PAD + _LABEL
    width, height = max(_WIDTH, right - left), max(_HEIGHT, bottom - top)
    width, height = max(width, height * _WIDTH / _HEIGHT), max(height, width * _HEIGHT / _WIDTH)
    return (
        round((left + right - width) / 2, 1),
        round((top + bottom - height) / 2, 1),
        round(width, 1),
        round(height, 1),
    )


def _lines(
    ties: Iterable[Tie],
    at: Mapping[str, tuple[float, float]],
    numbers: Mapping[str, int],
    known: Collection[frozenset[str]],
) -> tuple[Line, ...]:
    lines = []
    for tie in ties:
        a, b = sorted((tie.a, tie.b), key=numbers.__getitem__)
        (x1, y1), (x2, y2) = at[a], at[b]
        width = round(min(4.5, 1 + 0.7 * math.log2(tie.contexts)), 1)
        path = f"M{x1:g} {y1:g}L{x2:g} {y2:g}"
        lines.append(Line(numbers[a], numbers[b], path, width, _pair(tie) not in known))
    return tuple(lines)


def _bundles(
    pairs: Mapping[tuple[int, int], int],
    known: Collection[tuple[int, int]],
    groups: Sequence[_Group],
    centres: np.ndarray,
    radii: np.ndarray,
) -> tuple[Bundle, ...]:
    bundles = []
    most = max((n for (a, b), n in pairs.items() if a != b), default=1)
    for (a, b), n in sorted(pairs.items()):
        if a == b:
            continue
        # From rim to rim, so that no bundle runs over the members of its own ends.
        start, end = centres[a], centres[b]
        length = max(1.0, float(np.hypot(*(end - start))))
        start, end = start + (end - start) * radii[a] / length, end - (end - start) * radii[b] / length
        path = f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
        width = round(0.6 + 5 * n / most, 1)
        bundles.append(Bundle(groups[a].circle, groups[b].circle, path, width, n, (a, b) not in known))
    return tuple(bundles)
