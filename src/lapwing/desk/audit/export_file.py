"""An export of the log: a header line and one line for every entry, each in canonical JSON.

The header says how many entries there are, the root over them, the checkpoints and the keys, and is signed
itself. A line is an entry as it was hashed, with its hash beside it; where the words are left out, their digest stands
in their place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lapwing.desk.audit import canonical
from lapwing.desk.audit.canonical import CanonicalError
from lapwing.desk.audit.note import NoteError, PrivateKey, PublicKey, opened
from lapwing.desk.audit.statement import LEAF_FIELDS, WORD_FIELDS, Statement, digest, stamp
from lapwing.desk.audit.tree import HASH_BYTES, leaf_hash

FORMAT = "lapwing-audit-1"
HEADER_FIELDS = {
    "checkpoints", "entries", "format", "keys", "made", "origin", "root", "signature", "words"
}  # fmt: skip

_HASH = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class ExportError(ValueError):
    """A line of an export that is not what it must be. The text says in what."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line."""

    origin: str
    """The name of the log."""
    entries: int
    root: bytes
    """The root over all of them."""
    made: datetime
    words: bool
    """Whether reasons and details are in the file; otherwise their digests are."""
    keys: tuple[str, ...]
    """The public keys of the log, the first one first."""
    checkpoints: tuple[str, ...]
    """The signed checkpoints, the smallest first."""

    def fields(self) -> dict[str, Any]:
        """As it is written, without the signature."""
        return {
            "checkpoints": list(self.checkpoints),
            "entries": self.entries,
            "format": FORMAT,
            "keys": list(self.keys),
            "made": stamp(self.made),
            "origin": self.origin,
            "root": self.root.hex(),
            "words": self.words,
        }

    def line(self, key: PrivateKey) -> bytes:
        """The line, signed."""
        signature = key.signed(_header_text(self.fields()))
        return canonical.written({**self.fields(), "signature": signature}) + b"\n"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it stands in an export."""

    number: int
    time: str
    leaf: bytes
    """The hash of what the line says."""
    stated: bytes
    """The hash that the line states."""


def entry_line(statement: Statement, leaf: bytes, words: bool) -> bytes:
    """The line of an entry, with the hash the log keeps of it."""
    fields = {**statement.fields(), "leaf": leaf.hex()}
    if words:
        try:
            fields["words"] = canonical.read(statement.words)
        except CanonicalError:
            # Changed in the database: as text they are no words of an entry, and the verification says so.
            fields["words"] = statement.words.decode(errors="replace")
    return canonical.rewritten(fields) + b"\n"


def lines(header: Header, key: PrivateKey, entries: Iterable[tuple[Statement, bytes]]) -> Iterator[bytes]:
    """The lines of an export, of which the log's entries are the statements and hashes given."""
    yield header.line(key)
    for statement, leaf in entries:
        yield entry_line(statement, leaf, header.words)


def parse_header(line: bytes, trusted: Sequence[PublicKey]) -> tuple[Header, list[PublicKey]]:
    """The header and the keys it was checked with: the trusted ones, or its own when none are given.

    Raises :class:`ExportError`.
    """
    read = _object(line)
    if read.get("format") != FORMAT:
        raise ExportError(f"it does not begin an export of the form {FORMAT}")
    if set(read) != HEADER_FIELDS or not _header_types(read):
        raise ExportError("it does not say what the header of an export says")
    header = Header(
        origin=read["origin"],
        entries=read["entries"],
        root=bytes.fromhex(read["root"]),
        made=_time(read["made"]),
        words=read["words"],
        keys=tuple(read["keys"]),
        checkpoints=tuple(read["checkpoints"]),
    )
    try:
        keys = list(trusted) or [PublicKey.parse(text) for text in header.keys]
        text = opened(read["signature"], keys)
    except NoteError as error:
        raise ExportError(str(error)) from None
    if text != _header_text(header.fields()) or read["signature"].count("\n— ") != 1:
        raise ExportError("its signature does not hold")
    return header, keys


def parse_entry(line: bytes, words: bool | None) -> Line:
    """An entry; `words` says whether its words belong there, None when that is not known.

    Raises :class:`ExportError`.
    """
    read = _object(line)
    if set(read) != LEAF_FIELDS | {"leaf"}:
        raise ExportError("it does not have the fields of an entry")
    said = read["words"]
    if words is not None and isinstance(said, str) is words:
        raise ExportError(
            "its words are missing" if words else "it holds words, and the header says they are left out"
        )
    if isinstance(said, Mapping) and set(said) == WORD_FIELDS:
        said = digest(canonical.rewritten(said))
    texts = ("about", "action", "by", "leaf", "time")
    if (
        not isinstance(said, str)
        or not all(isinstance(read[name], str) for name in texts)
        or not isinstance(read["number"], int)
        or not _HASH.fullmatch(read["leaf"])
    ):
        raise ExportError("its fields do not hold what they must")
    data = canonical.rewritten({**{name: read[name] for name in LEAF_FIELDS}, "words": said})
    return Line(read["number"], read["time"], leaf_hash(data), bytes.fromhex(read["leaf"]))


def _header_text(fields: Mapping[str, Any]) -> str:
    # Its first line is no log's name, so a signed header can never be taken for a checkpoint.
    return f"header of {FORMAT}\n{hashlib.sha256(canonical.written(fields)).hexdigest()}\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        read = canonical.read(line)
    except CanonicalError as error:
        raise ExportError(str(error)) from None
    if not isinstance(read, dict):
        raise ExportError("it is not a JSON object")
    return read


def _header_types(read: Mapping[str, Any]) -> bool:
    return (
        all(isinstance(read[name], str) for name in ("made", "origin", "root", "signature"))
        and all(
            isinstance(read[name], list) and all(isinstance(text, str) for text in read[name])
            for name in ("checkpoints", "keys")
        )
        and isinstance(read["words"], bool)
        and isinstance(read["entries"], int)
        and not isinstance(read["entries"], bool)
        and read["entries"] >= 0
        and bool(_HASH.fullmatch(read["root"]))
        and len(read["root"]) == 2 * HASH_BYTES
        and bool(_TIME.fullmatch(read["made"]))
    )


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise ExportError("the time in it is none") from None
