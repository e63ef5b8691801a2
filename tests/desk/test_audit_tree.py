"""The hash tree is that of RFC 9162, and its proofs show what they claim and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.desk.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    ProofError,
    completed,
    consistency_proof,
    continues,
    folded,
    includes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    peak_numbers,
    range_root,
    siblings,
    stored_nodes,
    subtree,
)

SIZES = st.integers(1, 70)


def entries(size: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(size)]


# --- the naive twin: the definitions of RFC 9162, word for word -------------------------------------------


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def mth(data: Sequence[bytes]) -> bytes:
    """Merkle tree hash, 2.1.1."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D_n), 2.1.3.1."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b), 2.1.4.1."""
    if m == len(data):
        return [] if whole else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], whole), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


# --- the tree as it is stored ---------------------------------------------------------------------------


def stored(data: Sequence[bytes]) -> dict[int, tuple[bytes, bytes]]:
    """What stands beside each entry, written one after the other as the log writes it."""
    rows: dict[int, tuple[bytes, bytes]] = {}
    for number, entry in enumerate(data, 1):
        leaf = leaf_hash(entry)
        rows[number] = leaf, subtree(leaf, [rows[before][1] for before in siblings(number)])
    return rows


def nodes(data: Sequence[bytes]) -> Node:
    rows = stored(data)

    def read(numbers: Sequence[int]) -> Mapping[int, tuple[bytes, bytes]]:
        return {number: rows[number] for number in numbers}

    return stored_nodes(read)


def grown(data: Sequence[bytes]) -> Frontier:
    frontier = Frontier()
    for entry in data:
        frontier = frontier.appended(leaf_hash(entry))
    return frontier


# --- structure ------------------------------------------------------------------------------------------


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root() == EMPTY_ROOT == folded(()) == mth([])


def test_a_leaf_and_a_node_of_the_same_bytes_differ() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_the_tree_of_seven_entries_is_that_of_the_rfc() -> None:
    a, b, c, d, e, f, j = (leaf_hash(entry) for entry in entries(7))
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k = node_hash(g, h)
    m = node_hash(i, j)
    node = nodes(entries(7))
    assert range_root(node, 0, 7) == node_hash(k, m)
    # The example of 2.1.5: inclusion of the entries 0, 3, 4 and 6, consistency of 3, 4 and 6 with 7.
    assert inclusion_proof(node, 0, 7) == (b, h, m)
    assert inclusion_proof(node, 3, 7) == (c, g, m)
    assert inclusion_proof(node, 4, 7) == (f, j, k)
    assert inclusion_proof(node, 6, 7) == (i, k)
    assert consistency_proof(node, 3, 7) == (c, d, g, m)
    assert consistency_proof(node, 4, 7) == (m,)
    assert consistency_proof(node, 6, 7) == (i, j, k)


def test_the_roots_of_the_first_eight_sizes_are_those_other_logs_compute() -> None:
    # The test vectors that implementations of this tree share, over eight short inputs.
    data = [
        bytes.fromhex(text)
        for text in (
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        )
    ]
    assert grown(data[:1]).root().hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert grown(data[:2]).root().hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert grown(data).root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(SIZES)
def test_a_tree_grown_entry_by_entry_is_the_tree_as_defined(size: int) -> None:
    data = entries(size)
    frontier = grown(data)
    rows = stored(data)
    assert frontier.root() == mth(data) == range_root(nodes(data), 0, size)
    assert len(frontier.peaks) == size.bit_count()
    assert frontier.peaks == tuple(rows[number][1] for number in peak_numbers(size))


@given(SIZES)
def test_every_entry_completes_the_subtrees_that_divide_its_number(number: int) -> None:
    assert number % 2 ** completed(number) == 0
    assert number % 2 ** (completed(number) + 1) != 0
    assert len(siblings(number)) == completed(number)


# --- proofs ---------------------------------------------------------------------------------------------


@given(st.data(), SIZES)
def test_an_inclusion_proof_is_that_of_the_rfc_and_holds(draw: st.DataObject, size: int) -> None:
    data = entries(size)
    index = draw.draw(st.integers(0, size - 1))
    proof = inclusion_proof(nodes(data), index, size)
    assert list(proof) == path(index, data)
    assert includes(mth(data), size, index, leaf_hash(data[index]), proof)


@given(st.data(), SIZES)
def test_an_inclusion_proof_holds_for_nothing_else(draw: st.DataObject, size: int) -> None:
    data = entries(size)
    index = draw.draw(st.integers(0, size - 1))
    proof = inclusion_proof(nodes(data), index, size)
    root, leaf = mth(data), leaf_hash(data[index])
    other = draw.draw(st.integers(-1, size).filter(lambda at: at != index))
    assert not includes(root, size, other, leaf, proof)
    assert not includes(root, size, index, leaf_hash(b"another"), proof)
    assert not includes(leaf_hash(b"another"), size, index, leaf, proof)
    assert not includes(root, size, index, leaf, (*proof, leaf))
    if proof:
        spoilt = draw.draw(st.integers(0, len(proof) - 1))
        assert not includes(root, size, index, leaf, proof[:-1])
        assert not includes(
            root, size, index, leaf, (*proof[:spoilt], flipped(proof[spoilt]), *proof[spoilt + 1 :])
        )


@given(st.data(), SIZES)
def test_a_consistency_proof_is_that_of_the_rfc_and_holds(draw: st.DataObject, size: int) -> None:
    data = entries(size)
    first = draw.draw(st.integers(1, size))
    proof = consistency_proof(nodes(data), first, size)
    assert list(proof) == subproof(first, data, True)
    assert continues(first, mth(data[:first]), size, mth(data), proof)


@given(st.data(), SIZES)
def test_no_consistency_proof_hides_that_the_past_was_changed(draw: st.DataObject, size: int) -> None:
    data = entries(size)
    first = draw.draw(st.integers(1, size))
    changed = draw.draw(st.integers(0, first - 1))
    rewritten = [*data[:changed], b"rewritten", *data[changed + 1 :]]
    proof = consistency_proof(nodes(rewritten), first, size)
    assert not continues(first, mth(data[:first]), size, mth(rewritten), proof)
    honest = consistency_proof(nodes(data), first, size)
    assert not continues(first, mth(data[:first]), size, mth(rewritten), honest)
    for at in range(len(honest)):
        spoilt = (*honest[:at], flipped(honest[at]), *honest[at + 1 :])
        assert not continues(first, mth(data[:first]), size, mth(data), spoilt)
    assert not continues(first, mth(data[:first]), size, mth(data), (*honest, mth(data)))


def flipped(hashed: bytes) -> bytes:
    return bytes([hashed[0] ^ 1]) + hashed[1:]


@pytest.mark.parametrize(("first", "size"), [(0, 3), (4, 3), (-1, 3)])
def test_a_tree_goes_on_from_none_but_its_own_sizes(first: int, size: int) -> None:
    assert not continues(first, EMPTY_ROOT, size, mth(entries(size)), ())
    with pytest.raises(ProofError) as refused:
        consistency_proof(nodes(entries(size)), first, size)
    assert str(refused.value) == f"A tree of 3 entries cannot go on from {first}; ask for one from 1 to 3."


def test_a_leaf_beyond_the_tree_has_no_proof() -> None:
    with pytest.raises(ProofError) as refused:
        inclusion_proof(nodes(entries(3)), 3, 3)
    assert str(refused.value) == "A tree of 3 entries has no leaf 3; ask for one from 0 to 2."
