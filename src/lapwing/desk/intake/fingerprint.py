"""Fingerprints of rows: how a row that is sent twice is known again without keeping it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

KEY_BYTES = 32


def of_row(key: bytes, subject: str | None, kind: str, context: str, id_: str) -> int:
    """The fingerprint of a row with an id: a keyed 64-bit hash of its id, subject, kind and context.

    Among ten million rows the chance that a new one is mistaken for another is 5e-13.
    """
    return _signed(key, (b"row", id_.encode(), (subject or "").encode(), kind.encode(), context.encode()))


def of_line(key: bytes, post: str, line: int) -> int:
    """The fingerprint of a row without an id, by the post it came in and its line there."""
    return _signed(key, (b"line", post.encode(), str(line).encode()))


def of_act(key: bytes, subject: str, id_: str) -> str:
    """What stands for the id of an act whose subject is removed: it holds the act's rows together and tells
    nobody whose it was.
    """
    return hashlib.blake2b(
        _joined((b"act", subject.encode(), id_.encode())), key=key, digest_size=10
    ).hexdigest()


def _signed(key: bytes, parts: Sequence[bytes]) -> int:
    digest = hashlib.blake2b(_joined(parts), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _joined(parts: Sequence[bytes]) -> bytes:
    """Parts one after the other, so that no two sequences of parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
