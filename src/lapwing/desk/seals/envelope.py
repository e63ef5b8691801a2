"""Protected text in an envelope that opens only with the right key, for the right field of the right record.

An envelope holds a data key of its own, wrapped by the key-encryption key of the desk, and the text under that
data key, both by AES-256-GCM. So a new key-encryption key means wrapping 32 bytes anew (:func:`rewrap`), and
never touching the text. In bytes:

| part | bytes | |
|---|---|---|
| version | 1 | 1 |
| length of the key id | 1 | 1 to 32 |
| key id | as said | which key-encryption key wrapped the data key |
| nonce of the wrapping | 12 | |
| wrapped data key | 48 | 32 and a tag of 16 |
| nonce of the text | 12 | |
| text | 32 n + 16 | padded to full 32 bytes, so that the length says little, and a tag |

Both encryptions are bound to the record and the field (as associated data): an envelope that was moved to
another record, or to another field of the same one, does not open. The first is bound to version and key id too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from lapwing.desk.seals.error import EnvelopeError, UnknownKeyError

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
BLOCK_BYTES = 32
LONGEST_KEY_ID = 32


@dataclass(frozen=True, slots=True)
class Place:
    """The one field of the one record that an envelope belongs to."""

    record: str
    """Such as ``subject:lark-204``."""
    field: str
    """Such as ``handle``."""

    def bound(self, purpose: bytes) -> bytes:
        """The associated data: unambiguous, since every part is preceded by its length."""
        parts = (b"lapwing seal", purpose, self.record.encode(), self.field.encode())
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

    def __str__(self) -> str:
        return f"{self.field} of {self.record}"


@dataclass(frozen=True, slots=True)
class _Parts:
    """An envelope taken apart; nothing in it has been verified yet."""

    key_id: str
    wrap_nonce: bytes
    wrapped: bytes
    nonce: bytes
    text: bytes


def seal(text: str, place: Place, keys: Mapping[str, bytes], key_id: str) -> bytes:
    """The envelope of ``text`` for ``place``, its data key wrapped by ``keys[key_id]`` (32 bytes)."""
    data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    padder = PKCS7(8 * BLOCK_BYTES).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(data_key).encrypt(nonce, padded, place.bound(b"text"))
    return _wrap(data_key, place, keys, key_id) + nonce + sealed


def open_(envelope: bytes, place: Place, keys: Mapping[str, bytes]) -> str:
    """The text in ``envelope``.

    Raises :class:`UnknownKeyError` when its key-encryption key is not among ``keys``, and
    :class:`EnvelopeError` when it is damaged, was altered, or belongs to another place.
    """
    parts = _parts(envelope, place)
    data_key = _unwrap(parts, place, keys)
    try:
        padded = AESGCM(data_key).decrypt(parts.nonce, parts.text, place.bound(b"text"))
    except InvalidTag:
        raise _altered(place) from None
    unpadder = PKCS7(8 * BLOCK_BYTES).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def rewrap(envelope: bytes, place: Place, keys: Mapping[str, bytes], key_id: str) -> bytes:
    """The same envelope with its data key wrapped by ``keys[key_id]``; the text is not decrypted.

    Raises like :func:`open_`, as far as the wrapped data key is concerned.
    """
    parts = _parts(envelope, place)
    data_key = _unwrap(parts, place, keys)
    return _wrap(data_key, place, keys, key_id) + parts.nonce + parts.text


def key_id_of(envelope: bytes, place: Place) -> str:
    """The id of the key-encryption key that ``envelope`` says it was wrapped with."""
    return _parts(envelope, place).key_id


def _wrap(data_key: bytes, place: Place, keys: Mapping[str, bytes], key_id: str) -> bytes:
    name = key_id.encode("ascii")
    header = bytes((VERSION, len(name))) + name
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(keys[key_id]).encrypt(nonce, data_key, place.bound(b"key " + header))


def _unwrap(parts: _Parts, place: Place, keys: Mapping[str, bytes]) -> bytes:
    key = keys.get(parts.key_id)
    if key is None:
        raise UnknownKeyError(
            f"The sealed {place} was wrapped with the key {parts.key_id!r}, which this desk does not have"
            f" (it has {', '.join(map(repr, keys))}).\n"
            "Add that key as a further line of the seal key, below the current one."
        )
    name = parts.key_id.encode("ascii")
    header = bytes((VERSION, len(name))) + name
    try:
        return AESGCM(key).decrypt(parts.wrap_nonce, parts.wrapped, place.bound(b"key " + header))
    except InvalidTag:
        raise _altered(place) from None


def _parts(envelope: bytes, place: Place) -> _Parts:
    shortest = 2 + 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES + NONCE_BYTES + BLOCK_BYTES + TAG_BYTES
    if len(envelope) < shortest:
        raise EnvelopeError(
            f"The sealed {place} breaks off: it has {len(envelope)} bytes, and the shortest envelope has"
            f" {shortest}.\nRestore this record from a backup; do not write over it."
        )
    if envelope[0] != VERSION:
        raise EnvelopeError(
            f"The sealed {place} is of version {envelope[0]}, and this desk reads version {VERSION}.\n"
            "A newer desk wrote it, or it was altered: upgrade, or restore this record from a backup."
        )
    length = envelope[1]
    name, rest = envelope[2 : 2 + length], envelope[2 + length :]
    wrapped_end = NONCE_BYTES + KEY_BYTES + TAG_BYTES
    blocks, odd = divmod(len(rest) - wrapped_end - NONCE_BYTES - TAG_BYTES, BLOCK_BYTES)
    if not 1 <= length <= LONGEST_KEY_ID or not name.isascii() or blocks < 1 or odd:
        raise _altered(place)
    return _Parts(
        key_id=name.decode("ascii"),
        wrap_nonce=rest[:NONCE_BYTES],
        wrapped=rest[NONCE_BYTES:wrapped_end],
        nonce=rest[wrapped_end : wrapped_end + NONCE_BYTES],
        text=rest[wrapped_end + NONCE_BYTES :],
    )


def _altered(place: Place) -> EnvelopeError:
    return EnvelopeError(
        f"The sealed {place} does not open: it was altered, damaged, or moved here from another record.\n"
        "Tell the overseer, and restore this record from a backup; do not write over it."
    )
