"""The ties between members before and after the onset as geometry: one layout for both pictures."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import rustworkx as rx

from lapwing.moments.exhibit import Exhibit, Tie

_WIDTH, _HEIGHT = 420.0, 300.0
_PAD = 16.0
_GAP = 12.0
"""Room between circles."""
_LABEL = 15.0
"""Room below a circle for its name."""
NUMBERED_MOST = 60
"""Up to so many members, a node has room for its number."""
NODES_MOST = 200
TIES_MOST = 400
"""Ties beyond this would be a smear: the strongest are drawn, the picture says how many are not."""
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
class Disc:
    """The ground on which the members of one circle stand."""

    circle: str
    x: float
    y: float
    r: float


@dataclass(frozen=True, slots=True)
class Line:
    """A tie between two members."""

    a: int
    b: int
    """Numbers of the members, the smaller first."""
    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    contexts: int
    new: bool
    """Whether the pair had no tie before the onset."""


@dataclass(frozen=True, slots=True)
class Network:
    """All that the templates of the two pictures draw. Units are those of the pictures."""

    left: float
    top: float
    width: float
    height: float
    node_size: float
    numbered: bool
    nodes: tuple[Node, ...]
    discs: tuple[Disc, ...]
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    before_left_out: int
    after_left_out: int
    nodes_left_out: int


def network(exhibit: Exhibit, numbers: Mapping[str, int]) -> Network:
    """Lay out the members and their ties.

    Circles stand apart as discs, placed by a spring layout of the ties between them; members without a
    circle stand alone. ``numbers`` gives every member's number in the timeline.
    """
    members = list(numbers)[:NODES_MOST]
    size = 9.0 if len(members) <= NUMBERED_MOST else 4.5
    groups = _groups(members, exhibit.circles)
    places = [_in_disc(len(group.members), size) for group in groups]
    radii = np.array(
        [
            reach + size + (6.0 if group.circle is not None else 2.0)
            for group, (_, reach) in zip(groups, places, strict=True)
        ]
    )
    centres = _spread(groups, radii, (*exhibit.ties_before, *exhibit.ties_after))

    at: dict[str, tuple[float, float]] = {}
    discs: list[Disc] = []
    for group, (offsets, _), radius, (x, y) in zip(groups, places, radii, centres, strict=True):
        for subject, (dx, dy) in zip(group.members, offsets, strict=True):
            at[subject] = (round(float(x + dx), 1), round(float(y + dy), 1))
        if group.circle is not None:
            discs.append(Disc(group.circle, round(float(x), 1), round(float(y), 1), round(float(radius), 1)))

    left, top, width, height = _frame(centres, radii)
    known = {frozenset((tie.a, tie.b)) for tie in exhibit.ties_before}
    before, before_left_out = _lines(exhibit.ties_before, at, numbers, known)
    after, after_left_out = _lines(exhibit.ties_after, at, numbers, known)
    return Network(
        left=left,
        top=top,
        width=width,
        height=height,
        node_size=size,
        numbered=len(members) <= NUMBERED_MOST,
        nodes=tuple(
            Node(numbers[subject], subject, exhibit.circles.get(subject), *at[subject]) for subject in members
        ),
        discs=tuple(discs),
        before=before,
        after=after,
        before_left_out=before_left_out,
        after_left_out=after_left_out,
        nodes_left_out=len(numbers) - len(members),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    circle: str | None
    members: tuple[str, ...]


def _groups(members: Sequence[str], circles: Mapping[str, str | None]) -> list[_Group]:
    together: dict[str, list[str]] = {}
    alone: list[_Group] = []
    for subject in members:
        circle = circles.get(subject)
        if circle is None:
            alone.append(_Group(None, (subject,)))
        else:
            together.setdefault(circle, []).append(subject)
    return [_Group(circle, tuple(group)) for circle, group in together.items()] + alone


def _in_disc(count: int, size: float) -> tuple[list[tuple[float, float]], float]:
    """Places of members around the middle of their disc, and how far out they reach."""
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


def _spread(groups: Sequence[_Group], radii: np.ndarray, ties: Sequence[Tie]) -> np.ndarray:
    """Centres of the groups, shape (groups, 2): near where ties are, and nowhere overlapping."""
    if len(groups) == 1:
        return np.zeros((1, 2))
    of = {subject: at for at, group in enumerate(groups) for subject in group.members}
    weights: dict[tuple[int, int], int] = {}
    for tie in ties:
        a, b = of.get(tie.a), of.get(tie.b)
        if a is not None and b is not None and a != b:
            key = (min(a, b), max(a, b))
            weights[key] = weights.get(key, 0) + tie.contexts
    graph: rx.PyGraph[int, float] = rx.PyGraph()
    graph.add_nodes_from(range(len(groups)))
    graph.add_edges_from([(a, b, 1 + math.log2(1 + weight)) for (a, b), weight in sorted(weights.items())])
    layout = rx.spring_layout(graph, seed=_SEED, weight_fn=float, num_iter=80)
    centres = np.array([layout[at] for at in range(len(groups))])
    centres -= centres.mean(axis=0)

    # Far-off singles would press the rest together: draw the distances closer, keep the directions.
    distance = np.hypot(centres[:, 0], centres[:, 1])
    distance[distance == 0] = 1.0
    centres *= ((distance / distance.max()) ** 0.6 / distance)[:, None]
    room = radii + _GAP / 2 + _LABEL / 2
    span = math.sqrt(float((room**2).sum()) * math.pi * 1.3)
    centres *= np.array([0.62, 0.44]) * span
    return _apart(centres, room)


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
    ties: Sequence[Tie],
    at: Mapping[str, tuple[float, float]],
    numbers: Mapping[str, int],
    known: Collection[frozenset[str]],
) -> tuple[tuple[Line, ...], int]:
    usable = [tie for tie in ties if tie.a in at and tie.b in at and tie.contexts > 0]
    usable.sort(key=lambda tie: (-tie.contexts, numbers[tie.a], numbers[tie.b]))
    lines: list[Line] = []
    for tie in usable[:TIES_MOST]:
        a, b = sorted((tie.a, tie.b), key=numbers.__getitem__)
        lines.append(
            Line(
                numbers[a],
                numbers[b],
                *at[a],
                *at[b],
                width=round(min(4.5, 1 + 0.7 * math.log2(tie.contexts)), 1),
                contexts=tie.contexts,
                new=frozenset((a, b)) not in known,
            )
        )
    return tuple(lines), len(ties) - len(lines)
