"""The hash tree over the log: RFC 9162 section 2.1, with SHA-256.

A tree over n entries is split at the largest power of two below n. A leaf is hashed with the prefix 0x00 and
a node with 0x01, so that nobody can pass off one as the other:

    leaf(d) = SHA-256(0x00 || d)        node(l, r) = SHA-256(0x01 || l || r)

Only complete subtrees are ever stored. Entry n (counted from 1) completes the subtrees of 1, 2, 4, ... up to
the largest power of two that divides n; the largest of them stands beside the entry, and from those hashes
every root and every proof is made with as many reads as the size of the tree has digits, squared at worst.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

HASH_BYTES = 32

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without entries (RFC 9162, 2.1.1)."""

Node = Callable[[int, int], bytes]
"""The hash of a complete subtree: ``node(level, index)`` covers leaves ``[index << level, (index + 1) << level)``."""


class ProofError(ValueError):
    """A proof was asked for that no tree of this size has."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """What has to be remembered of a tree in order to go on: the complete subtrees it consists of."""

    size: int = 0
    """Entries so far."""
    peaks: tuple[bytes, ...] = ()
    """Roots of the complete subtrees, the largest first: one for every binary 1 of the size."""

    def appended(self, leaf: bytes) -> Frontier:
        """The tree with one more leaf."""
        peaks = list(self.peaks)
        for _ in range(completed(self.size + 1)):
            leaf = node_hash(peaks.pop(), leaf)
        return Frontier(self.size + 1, (*peaks, leaf))

    def root(self) -> bytes:
        """The root of the whole tree."""
        return folded(self.peaks)


def completed(number: int) -> int:
    """How many levels of complete subtrees end with entry `number` (from 1), its leaf not counted."""
    return (number & -number).bit_length() - 1


def peak_numbers(size: int) -> list[int]:
    """The entries (from 1) beside which the complete subtrees of a tree stand, the largest subtree first."""
    numbers = []
    while size:
        numbers.append(size)
        size &= size - 1
    return numbers[::-1]


def siblings(number: int) -> list[int]:
    """The entries (from 1) whose stored subtrees are joined when entry `number` comes, the smallest first."""
    return [number - (1 << level) for level in range(completed(number))]


def subtree(leaf: bytes, before: Sequence[bytes]) -> bytes:
    """The largest complete subtree that a leaf ends; `before` are the hashes stored beside its `siblings`."""
    for left in before:
        leaf = node_hash(left, leaf)
    return leaf


def folded(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, given the largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def stored_nodes(read: Callable[[Sequence[int]], Mapping[int, tuple[bytes, bytes]]]) -> Node:
    """Every complete subtree, from what stands beside the entries.

    `read` takes numbers of entries (from 1) and gives for each its leaf and the largest subtree it completes.
    """

    def node(level: int, index: int) -> bytes:
        end = (index + 1) << level
        if completed(end) == level:
            return read([end])[end][1]
        left = [end - (1 << below) for below in range(level)]
        held = read([end, *left])
        return subtree(held[end][0], [held[number][1] for number in left])

    return node


def range_root(node: Node, start: int, stop: int) -> bytes:
    """The root over the leaves ``[start, stop)`` of a larger tree, where a subtree of that tree begins at `start`."""
    size = stop - start
    if size == 0:
        return EMPTY_ROOT
    level = size.bit_length() - 1
    if size == 1 << level:
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(range_root(node, start, middle), range_root(node, middle, stop))


def inclusion_proof(node: Node, index: int, size: int) -> tuple[bytes, ...]:
    """The hashes that lead from leaf `index` (from 0) up to the root of a tree (RFC 9162, 2.1.3.1).

    Raises :class:`ProofError` when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"A tree of {size} entries has no leaf {index}; ask for one from 0 to {size - 1}.")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(range_root(node, middle, stop))
            stop = middle
        else:
            path.append(range_root(node, start, middle))
            start = middle
    return tuple(reversed(path))


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of this root and size holds the leaf at `index` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for hashed in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(hashed, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, hashed)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(node: Node, first: int, size: int) -> tuple[bytes, ...]:
    """The hashes that show that a tree begins with its first `first` entries (RFC 9162, 2.1.4.1).

    Raises :class:`ProofError` unless ``0 < first <= size``.
    """
    if not 0 < first <= size:
        raise ProofError(f"A tree of {size} entries cannot go on from {first}; ask for one from 1 to {size}.")
    path: list[bytes] = []
    start, stop, whole = 0, size, True
    while first != stop:
        middle = start + _split(stop - start)
        if first <= middle:
            path.append(range_root(node, middle, stop))
            stop = middle
        else:
            path.append(range_root(node, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(node, start, stop))
    return tuple(reversed(path))


def continues(first: int, first_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `size` entries begins with that of `first` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= size:
        return False
    if first == size:
        return not proof and first_root == root
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    at, last = first - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for hashed in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(hashed, old), node_hash(hashed, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, hashed)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
