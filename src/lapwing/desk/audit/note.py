"""Signed notes and checkpoints in the form that transparency logs share (C2SP signed-note and tlog-checkpoint).

A note is text, an empty line, and signature lines; a checkpoint is a note that says how many entries a log has and
what the root over them is. Any tool that reads these forms can check the desk's log without the desk:

    desk.example.org/audit-5kq7
    20852
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    time 2026-03-01T09:00:00.000000Z

    — desk.example.org/audit-5kq7 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+...

A public key is `name+id+base64(0x01 || key)`, where the id is the first four bytes of
SHA-256(name || 0x0A || 0x01 || key); a private key is the same with `PRIVATE+KEY+` before it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lapwing.desk.audit.statement import stamp
from lapwing.desk.audit.tree import HASH_BYTES

ED25519 = b"\x01"
NAME = re.compile(r"[!-*,-~]{1,120}")
"""Printable ASCII without spaces and plus signs."""

_SECRET = "PRIVATE+KEY+"  # noqa: S105 - the mark that says what follows
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})")


class NoteError(ValueError):
    """A note, a checkpoint or a key that cannot be read, or a signature that does not hold. Says what is wrong."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key by which signatures of a log are checked."""

    name: str
    """The log's origin."""
    key: bytes
    """Ed25519, 32 bytes."""

    @property
    def id(self) -> bytes:
        """Four bytes that say which key a signature belongs to."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    def text(self) -> str:
        """The key on one line."""
        return f"{self.name}+{self.id.hex()}+{_encoded(ED25519 + self.key)}"

    def fingerprint(self) -> str:
        """Short enough to be read out and compared by telephone: 64 bits of the key's hash."""
        digits = hashlib.sha256(ED25519 + self.key).hexdigest()[:16]
        return " ".join(digits[at : at + 4] for at in range(0, 16, 4))

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read a key. Raises :class:`NoteError`."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _decoded(encoded)
        if len(data) != 1 + HASH_BYTES or data[:1] != ED25519 or not NAME.fullmatch(name):
            raise NoteError(f"{text[:60]!r} is not a public key of the form name+id+base64")
        key = cls(name, data[1:])
        if key.id.hex() != key_id:
            raise NoteError(f"the public key {text[:60]!r} does not belong to its name and id")
        return key

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made this signature of this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """The key that signs for a log. Its ``repr`` shows the public part only."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.text()!r})"

    @classmethod
    def new(cls, name: str) -> PrivateKey:
        """A fresh key for a log of this name. Raises :class:`NoteError` when the name cannot be one."""
        if not NAME.fullmatch(name):
            raise NoteError(
                f"{name!r} cannot name a log: it takes 1 to 120 letters, digits and signs, no space, no plus"
            )
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> PublicKey:
        """What others check signatures with."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(self.name, key)

    def text(self) -> str:
        """The key on one line, for its file and nothing else."""
        return f"{_SECRET}{self.name}+{self.public.id.hex()}+{_encoded(ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> PrivateKey:
        """Read a key. Raises :class:`NoteError`, which never quotes it."""
        name, _, rest = text.removeprefix(_SECRET).partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _decoded(encoded)
        if not text.startswith(_SECRET) or len(data) != 1 + HASH_BYTES or not NAME.fullmatch(name):
            raise NoteError("it does not hold a private key")
        key = cls(name, data[1:])
        if key.public.id.hex() != key_id:
            raise NoteError("its private key is damaged")
        return key

    def signed(self, text: str) -> str:
        """A note of this text, which ends with a newline, signed with this key."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {_encoded(self.public.id + signature)}\n"


def opened(note: str, keys: Sequence[PublicKey]) -> str:
    """The text of a note that one of the keys has signed. Raises :class:`NoteError`.

    Signatures by others, such as witnesses, may stand below it and are passed over, as the form asks for.
    """
    text, divider, below = note.rpartition("\n\n")
    lines = [_SIGNATURE.fullmatch(line) for line in below.removesuffix("\n").split("\n")]
    if not divider or not below.endswith("\n") or not all(lines):
        raise NoteError("it is not a signed note")
    text += "\n"
    named = False
    for line in lines:
        signature = _decoded(line[2]) if line else b""
        for key in keys:
            if line and line[1] == key.name and signature[:4] == key.id:
                named = True
                if key.holds(text.encode(), signature[4:]):
                    return text
    raise NoteError("its signature does not hold" if named else "it is signed by none of the known keys")


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes
    time: datetime

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\ntime {stamp(self.time)}\n"

    @classmethod
    def parse(cls, text: str) -> TreeHead:
        """Read the text of a checkpoint. Raises :class:`NoteError`."""
        try:
            origin, size, root, time = text.removesuffix("\n").split("\n")
            at = datetime.strptime(time, "time %Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            head = cls(origin, int(size), _decoded(root), at)
        except ValueError:
            raise NoteError("it does not say what a checkpoint says") from None
        if head.text() != text or head.size < 1 or len(head.root) != HASH_BYTES:
            raise NoteError("it does not say what a checkpoint says")
        return head


def checkpoint(note: str, keys: Sequence[PublicKey]) -> TreeHead:
    """What a checkpoint says, once one of the keys is found to have signed it. Raises :class:`NoteError`."""
    head = TreeHead.parse(opened(note, keys))
    if head.origin not in {key.name for key in keys}:
        raise NoteError(f"it belongs to another log, {head.origin}")
    return head


def unverified(note: str) -> TreeHead:
    """What a checkpoint says, whoever signed it. Raises :class:`NoteError`."""
    return TreeHead.parse(note.partition("\n\n")[0] + "\n")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """The bytes of base64 in its one proper form; nothing for any other text."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if _encoded(data) == text else b""
