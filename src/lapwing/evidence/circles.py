"""Circles: subjects who moved together for long, learnt from who touched what.

Louvain communities of the unweighted bipartite graph of subjects and contexts (scikit-network), deterministic for a
seed, then a few rounds in which every subject goes where its contexts come from: a subject in the wrong circle
would look like a stranger among its own. Popular contexts say nothing about who belongs together and are left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lapwing.evidence.kernel import kernel
from lapwing.evidence.slots import empty, grown, little, slot_of

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

FEWEST, MOST = 2, 1000
"""Contexts touched by so many subjects link them."""
ACTS = 3
"""A subject with fewer links stays without a circle."""
ROUNDS = 3
LOYALTY = 0.25
"""A subject belongs to a circle that makes up at least this share of whom it shares contexts with, beyond the share
that it makes up of everybody: in a crowd everybody would be at home."""
SMALLEST = 5
"""A community of fewer subjects is no circle."""
_STRETCH = 1 << 17
"""Touches that are counted before the table of contexts is given more room."""


def learn_circles(subject: I32, context: I64, subjects: int, seed: int) -> I32:
    """The circle of every subject, or -1; shape ``(subjects,)``.

    ``subject`` and ``context`` are the first touches of a stretch, shape (touches,).
    """
    from sknetwork.clustering import Louvain

    circle = np.full(subjects, -1, np.int32)
    graph = _graph(subject, context, subjects)
    if graph.nnz == 0:
        return circle
    louvain = Louvain(random_state=seed, shuffle_nodes=False)
    louvain.fit(graph, force_bipartite=True)
    label = np.asarray(louvain.labels_row_, np.int64)
    label[np.asarray(graph.sum(axis=1)).ravel() < ACTS] = -1
    for _ in range(ROUNDS):
        label = _loyal(graph, label, np.arange(subjects))
    size = np.bincount(label[label >= 0], minlength=1)
    number = np.full(size.size, -1, np.int32)
    number[size >= SMALLEST] = np.arange(int((size >= SMALLEST).sum()), dtype=np.int32)
    placed = label >= 0
    circle[placed] = number[label[placed]]
    return circle


def place_newcomers(
    subject: I32, context: I64, circle: I32, used: int, limit: int, seed: int
) -> tuple[I32, int]:
    """Give a circle to subjects that have none, and move nobody: a subject that changes its company is not to be
    learnt away. Newcomers join the circle they share most with, or form circles among themselves, numbered from
    ``used`` on while there are fewer than ``limit``. Returns the circles and the next free number.
    """
    graph = _graph(subject, context, circle.size)
    if graph.nnz == 0:
        return circle, used
    new = np.flatnonzero(circle < 0)
    result = circle.copy()
    result[new] = _loyal(graph, circle.astype(np.int64), new)
    without = result[subject] < 0
    among = learn_circles(subject[without], context[without], circle.size, seed)
    among[(among >= 0) & (among + used >= limit)] = -1
    result = np.where(among >= 0, among + used, result).astype(np.int32)
    return result, used + int(among.max(initial=-1)) + 1


def rehomed(members: I32, subject: I32, context: I64, watched: NDArray[np.bool_], circle: I32) -> I32 | None:
    """The circles after a second look at a few subjects, or None if they are well where they are.

    Learnt circles are wrong about some: who is in the wrong one, or in none, looks like a stranger among its own, and
    one community may have been learnt as two. Each of the ``members`` goes where its contexts come from if that is
    somewhere else, and two of their circles become one if each has a member that is at home in the other as well.
    ``subject`` and ``context`` are the first touches to judge by, shape (touches,), of which those of ``watched``
    subjects count; ``circle`` is that of every subject.
    """
    at, by_circle, touches = _shared_with(members, subject, context, watched, circle)
    who, what = subject[at], np.unique(context[at], return_inverse=True)[1]
    touched = np.bincount(what)
    linking = ((touched >= FEWEST) & (touched <= MOST))[what]
    who, what = who[linking], what[linking]
    homes = np.unique(circle[who][circle[who] >= 0])
    if homes.size == 0:
        return None
    home = np.searchsorted(homes, circle[who])
    placed = circle[who] >= 0
    counts = np.zeros((touched.size, homes.size))
    np.add.at(counts, (what[placed], home[placed]), 1.0)
    usual = by_circle[homes] / touches
    needed = usual + LOYALTY * (1.0 - usual)
    result = circle.copy()
    at_home: dict[int, list[int]] = {}
    for member in members.tolist():
        mine = what[who == member]
        if mine.size < ACTS:
            continue
        others = counts[mine]
        if circle[member] >= 0:
            others[:, np.searchsorted(homes, circle[member])] -= 1.0
        share = (others / (touched[mine] - 1.0)[:, None]).mean(axis=0)
        best = int(np.argmax(share))
        if share[best] >= needed[best]:
            result[member] = homes[best]
        at_home.setdefault(int(result[member]), []).extend(homes[share >= needed].tolist())
    for one, others_too in sorted(at_home.items()):
        for other in sorted(set(others_too)):
            if one < other and one in at_home.get(other, []):
                result[result == other] = one
    return None if np.array_equal(result, circle) else result


@kernel
def _shared_with(
    members: I32, subject: I32, context: I64, watched: NDArray[np.bool_], circle: I32
) -> tuple[I64, I64, int]:
    """Which watched touches are of a context that one of the members touched; how many are by subjects of each circle;
    and how many there are."""
    inside = np.zeros(circle.shape[0], np.bool_)
    for member in members:
        inside[member] = True
    by_circle = np.zeros(circle.max() + 1, np.int64)
    touches, theirs = 0, 0
    for who in subject:
        if watched[who]:
            touches += 1
            theirs += inside[who]
            if circle[who] >= 0:
                by_circle[circle[who]] += 1
    table = little(1, theirs)
    for i in range(subject.shape[0]):
        if watched[subject[i]] and inside[subject[i]]:
            table[slot_of(table, context[i]), 0] = context[i]
    at = np.empty(touches, np.int64)
    found = 0
    for i in range(subject.shape[0]):
        if watched[subject[i]] and table[slot_of(table, context[i]), 0] != 0:
            at[found] = i
            found += 1
    return at[:found].copy(), by_circle, touches


def _graph(subject: I32, context: I64, subjects: int) -> sparse.csr_matrix:
    """Who touched what, without contexts that link too few or too many; shape (subjects, contexts)."""
    touched, used = empty(2), 0
    for start in range(0, context.size, _STRETCH):
        some = context[start : start + _STRETCH]
        touched = grown(touched, used, some.size)
        used += _count(touched, some)
    linking = np.sort(touched[(touched[:, 1] >= FEWEST) & (touched[:, 1] <= MOST), 0])
    rows, columns = _linked(touched, linking, subject, context)
    shape = (subjects, max(linking.size, 1))  # contexts without a link would be nodes that only take time
    graph = sparse.csr_matrix((np.ones(rows.size), (rows, columns)), shape=shape)
    graph.data[:] = 1.0
    return graph


@kernel
def _count(touched: I64, context: I64) -> int:
    """Count touches in the table of contexts; how many contexts were not yet in it."""
    new = 0
    for key in context:
        row = slot_of(touched, key)
        if touched[row, 0] == 0:
            touched[row, 0] = key
            new += 1
        touched[row, 1] += 1
    return new


@kernel
def _linked(touched: I64, linking: I64, subject: I32, context: I64) -> tuple[I32, I32]:
    """Subject, and place in ``linking``, of the touches of the contexts there. The table of contexts is used up."""
    touched[:, 1] = 0
    for number in range(linking.shape[0]):
        touched[slot_of(touched, linking[number]), 1] = number + 1
    rows, columns = np.empty(context.shape[0], np.int32), np.empty(context.shape[0], np.int32)
    found = 0
    for i in range(context.shape[0]):
        number = touched[slot_of(touched, context[i]), 1]
        if number > 0:
            rows[found], columns[found] = subject[i], number - 1
            found += 1
    return rows[:found].copy(), columns[:found].copy()


def _loyal(graph: sparse.csr_matrix, label: I64, asked: I64) -> I64:
    """Where most of the contexts of each subject that is ``asked`` for come from: the mean, over its contexts, of the
    share that each community has among the context's *other* touchers; -1 for a subject at home nowhere. Both have
    shape (asked,)."""
    placed = np.flatnonzero(label >= 0)
    if placed.size == 0:
        return label[asked]
    others = 1.0 / np.maximum(np.asarray(graph.sum(axis=0)).ravel() - 1.0, 1.0)
    weighted = graph[asked] @ sparse.diags(others)
    shape = (graph.shape[0], int(label.max()) + 1)
    home = sparse.csr_matrix((np.ones(placed.size), (placed, label[placed])), shape=shape)
    mine = np.flatnonzero(label[asked] >= 0)
    self_made = np.asarray(weighted.sum(axis=1)).ravel()
    votes = weighted @ (graph.T @ home) - sparse.csr_matrix(
        (self_made[mine], (mine, label[asked[mine]])), shape=(asked.size, shape[1])
    )
    contexts = np.asarray(graph.sum(axis=1)).ravel()
    votes.sum_duplicates()
    best, most = _heaviest(votes.indptr, votes.indices, votes.data)
    share = most / np.maximum(contexts[asked], 1.0)
    usual = np.bincount(label[placed], weights=contexts[placed], minlength=shape[1]) / max(
        contexts.sum(), 1.0
    )
    needed = usual[best] + LOYALTY * (1.0 - usual[best])
    best[(share < needed) | (contexts[asked] < ACTS)] = -1
    return best


@kernel
def _heaviest(indptr: I32, indices: I32, data: F64) -> tuple[I64, F64]:
    """Of every row of a sparse matrix, in its canonical form, the first column with the largest number, and this; 0 and
    0 where none is above 0."""
    rows = indptr.shape[0] - 1
    best, most = np.zeros(rows, np.int64), np.zeros(rows)
    for row in range(rows):
        for at in range(indptr[row], indptr[row + 1]):
            if data[at] > most[row]:
                best[row], most[row] = indices[at], data[at]
    return best, most


def keep_names(new: I32, old: I32, used: int, limit: int) -> tuple[I32, int]:
    """Give new circles the numbers of the old ones they mostly consist of, so that a circle stays itself.

    Both have shape (subjects,), -1 for none. Circles without a forerunner get numbers from ``used`` on; beyond
    ``limit`` numbers they are dissolved. Returns the circles and the next free number.
    """
    result = np.full(new.shape, -1, np.int32)
    both = (new >= 0) & (old >= 0)
    pairs, shared = np.unique(np.stack([new[both], old[both]], axis=1), axis=0, return_counts=True)
    named: dict[int, int] = {}
    taken: set[int] = set()
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], -shared)):
        fresh, earlier = int(pairs[at, 0]), int(pairs[at, 1])
        if fresh not in named and earlier not in taken:
            named[fresh] = earlier
            taken.add(earlier)
    for fresh in range(int(new.max(initial=-1)) + 1):
        if fresh not in named and used < limit:
            named[fresh] = used
            used += 1
        if fresh in named:
            result[new == fresh] = named[fresh]
    return result, used
