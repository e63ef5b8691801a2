"""What an entry of the log says, and the bytes of it that are hashed.

The hash covers everything, but the words (reason and detail) through a digest of their own with random salt:

    leaf data = {"about", "action", "by", "number", "time", "words": SHA-256 of the words}
    words     = {"detail", "salt", "why"}

So an export can leave the words out and still be verified, and nobody can guess short words from their digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lapwing.desk.audit import canonical
from lapwing.desk.audit.canonical import JSON, CanonicalError
from lapwing.desk.audit.tree import leaf_hash

ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
LONGEST_ACTION = 64
LONGEST_ABOUT = 200
LONGEST_WORDS = 100_000
"""Bytes of reason and detail. What is larger belongs elsewhere, and its hash into the detail."""

SALT_BYTES = 16

LEAF_FIELDS = {"about", "action", "by", "number", "time", "words"}
WORD_FIELDS = {"detail", "salt", "why"}


class StatementError(ValueError):
    """An entry that cannot be recorded as it is. The text says which part, and what to give instead."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One entry, without what the tree adds to it."""

    number: int
    """From 1, without gaps."""
    time: datetime
    """Aware, UTC, to the microsecond."""
    by: str
    """Pseudonym of the person, or empty for the desk itself."""
    action: str
    about: str
    words: bytes
    """Reason and detail with their salt, in canonical form."""

    def fields(self) -> dict[str, Any]:
        """What is hashed, with the digest of the words in their place."""
        return {
            "about": self.about,
            "action": self.action,
            "by": self.by,
            "number": self.number,
            "time": stamp(self.time),
            "words": digest(self.words),
        }

    def data(self) -> bytes:
        """The bytes that the leaf is the hash of."""
        return canonical.rewritten(self.fields())

    def leaf(self) -> bytes:
        """The hash of the entry in the tree."""
        return leaf_hash(self.data())


def words(why: str, detail: Mapping[str, JSON], salt: bytes) -> bytes:
    """Reason and detail in canonical form. Raises :class:`StatementError`."""
    try:
        written = canonical.written({"detail": detail, "salt": salt.hex(), "why": why})
    except CanonicalError as error:
        raise StatementError(f"The detail of an audit entry cannot be kept: {error}.") from None
    if len(written) > LONGEST_WORDS:
        raise StatementError(
            f"Reason and detail of an audit entry are {len(written):,} bytes, more than {LONGEST_WORDS:,}: keep the "
            "content where it belongs and record its hash."
        )
    return written


def parsed_words(written: bytes) -> tuple[str, dict[str, Any]]:
    """Reason and detail. Raises :class:`~lapwing.desk.audit.canonical.CanonicalError`."""
    read = canonical.read(written)
    if (
        not isinstance(read, dict)
        or set(read) != WORD_FIELDS
        or not isinstance(read["why"], str)
        or not isinstance(read["detail"], dict)
    ):
        raise CanonicalError("it does not hold a reason, a detail and a salt")
    return read["why"], read["detail"]


def checked(action: str, about: str) -> None:
    """Refuse an action or a name that pages and exports could not show. Raises :class:`StatementError`."""
    if len(action) > LONGEST_ACTION or not ACTION.fullmatch(action):
        raise StatementError(
            f"The action {action!r} of an audit entry is not written as noun.verb in small "
            "letters, such as moment.look."
        )
    if len(about) > LONGEST_ABOUT:
        raise StatementError(
            f"What an audit entry is about is {len(about)} characters long, more than {LONGEST_ABOUT}: name the thing, "
            "such as mandate:17, and put the rest into the detail."
        )
    if not about.isprintable():
        raise StatementError(
            f"What an audit entry is about, {about!r}, holds characters that cannot be shown: name the thing, such as "
            "mandate:17, and put the rest into the detail."
        )


def stamp(time: datetime) -> str:
    """A time as it stands in the log: RFC 3339, UTC, with microseconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(words: bytes) -> str:
    """The digest by which a leaf stands for its words."""
    return hashlib.sha256(words).hexdigest()
