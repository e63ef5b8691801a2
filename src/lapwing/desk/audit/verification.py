"""Checking an export of the log against its hashes, its checkpoints, and checkpoints that were kept elsewhere.

Nothing here needs a database or Django. The file is read once, from front to end, in constant memory. What is
checked of an entry, in this order: its place (numbers have no gaps), its form (one way to write it), its hash
beside it, the hash that was kept of it elsewhere, and the roots that were signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lapwing.desk.audit.error import NotAnExportError
from lapwing.desk.audit.export_file import FORMAT, ExportError, Header, Line, parse_entry, parse_header
from lapwing.desk.audit.kept import Kept, Leaves, read
from lapwing.desk.audit.note import NoteError, PublicKey, TreeHead, checkpoint
from lapwing.desk.audit.statement import LONGEST_WORDS
from lapwing.desk.audit.tree import Frontier
from lapwing.desk.audit.verdict import Fault, Verdict

LONGEST_LINE = LONGEST_WORDS + 8192
LONGEST_HEADER = 256 << 20
"""Bytes of the header, which holds every checkpoint: far above what a log of 100 million entries needs."""


def verify_file(file: Path, keys: Sequence[PublicKey] = (), checkpoints: Path | None = None) -> Verdict:
    """Verify an export.

    Parameters
    ----------
    file
        The export.
    keys
        The public keys of the log, from a source one trusts; without them those in the file are used, and the verdict
        says so.
    checkpoints
        A folder with checkpoints that were kept elsewhere.

    Raises
    ------
    NotAnExportError
        When the file cannot be read, or is none.
    KeptError
        When the folder holds no checkpoints, or damaged ones.
    """
    try:
        with file.open("rb") as opened:
            if not opened.read(1):
                raise NotAnExportError(
                    f"{file} is empty: give a file that `lapwing audit export` has written."
                )
            opened.seek(0)
            if not _of_an_export(_lines(opened)):
                raise NotAnExportError(
                    f"{file} is no export of the audit log: its first line is not the header of one, and no line in it "
                    "is an entry. Give a file that `lapwing audit export` has written."
                )
            opened.seek(0)
            return verify(_lines(opened), keys, checkpoints)
    except OSError as error:
        raise NotAnExportError(f"{error.filename or file} cannot be read: {error.strerror}.") from error


def verify(
    lines: Iterable[bytes], keys: Sequence[PublicKey] = (), checkpoints: Path | None = None
) -> Verdict:
    """Verify the lines of an export; see :func:`verify_file`."""
    source = iter(lines)
    header, problem, known = _header(next(source, b""), keys)
    if header is not None and header.origin not in {key.name for key in known}:
        problem = f"it names the log {header.origin}, and no key of that name has signed it"
    return verify_entries(source, header, problem, known, bool(keys), checkpoints)


def verify_entries(
    lines: Iterator[bytes],
    header: Header | None,
    problem: str | None,
    known: Sequence[PublicKey],
    trusted: bool,
    checkpoints: Path | None,
) -> Verdict:
    """Verify the lines of entries against a header, as far as there is one.

    `problem` is what is wrong with the header, if anything; `known` are the keys to check signatures with, and
    `trusted` says whether they are from a source of one's own.
    """
    kept = read(checkpoints) if checkpoints is not None else None
    leaves = Leaves(checkpoints, kept) if checkpoints is not None and kept is not None else None
    run = _Run(header, _heads(header, known), kept or [], leaves)
    aside = _signatures(kept or [], known)
    run.read(lines)
    return Verdict(
        entries=run.frontier.size,
        root=run.frontier.root(),
        first_time=run.first_time,
        last_time=run.last_time,
        header=problem or run.forged,
        faults=tuple(run.faults),
        aside=tuple(aside),
        proven=run.proven,
        checkpoints=run.held,
        kept=None if kept is None else run.kept_held,
        keys=tuple(f"{key.name}, fingerprint {key.fingerprint()}" for key in known),
        trusted=trusted,
    )


@dataclass(slots=True)
class _Run:
    """One pass over the entries of an export."""

    header: Header | None
    heads: list[TreeHead] | str
    """The checkpoints of the file, or why they cannot be used."""
    kept: list[Kept]
    leaves: Leaves | None
    frontier: Frontier = field(default_factory=Frontier)
    faults: list[Fault] = field(default_factory=list)
    forged: str | None = None
    first_time: str = ""
    last_time: str = ""
    proven: int = 0
    kept_proven: int = 0
    held: int = 0
    kept_held: int = 0
    _roots_hold: bool = True

    def read(self, lines: Iterator[bytes]) -> None:
        """Take every entry, up to the first after which nothing can be told."""
        heads = self.heads if isinstance(self.heads, list) else []
        self.forged = self.heads if isinstance(self.heads, str) else None
        at = {head.size: [(head, False)] for head in heads}
        for one in self.kept:
            at.setdefault(one.says.size, []).append((one.says, True))
        number = 0
        for number, line in enumerate(lines, 1):
            if not self._take(number, line):
                return
            for head, elsewhere in at.pop(number, ()):
                self._compare(head, elsewhere)
        self._end(number, max(at, default=0))

    def _take(self, number: int, line: bytes) -> bool:
        """Take one line; False when those after it cannot be told apart any more."""
        if self.header is not None and number > self.header.entries:
            self._fault(
                number, f"it stands after the last entry: the header says there are {self.header.entries}"
            )
            return False
        try:
            if not line.endswith(b"\n"):
                raise ExportError("it is cut off, or longer than an entry can be")
            entry = parse_entry(line[:-1], self.header.words if self.header else None)
        except ExportError as error:
            self._fault(number, f"it was changed: {error}")
            return False
        if entry.number != number:
            self._fault(
                number,
                f"it is missing: entry {entry.number} stands in its place"
                if entry.number > number
                else f"it is not there: entry {entry.number} stands in its place, which came before",
            )
            return False
        # With the hash that was recorded, signed roots still show whether the entries around it are as they were.
        self.frontier = self.frontier.appended(self._recorded(entry))
        self.first_time = self.first_time or entry.time
        self.last_time = entry.time
        return True

    def _recorded(self, entry: Line) -> bytes:
        """The hash that was recorded of an entry, as far as one can tell; what speaks against the entry is noted."""
        kept = self.leaves.at(entry.number) if self.leaves is not None else None
        if entry.leaf != entry.stated:
            says, recorded = _apart(entry.leaf, entry.stated if kept in (None, entry.leaf) else kept)
            self._fault(
                entry.number,
                f"it was changed: what it says has the hash {says}, and the one that was recorded is {recorded}",
            )
        elif kept is not None and kept != entry.leaf:
            says, recorded = _apart(entry.leaf, kept)
            self._fault(
                entry.number,
                f"it was changed, and its hash with it: {says} is not {recorded}, which was kept elsewhere",
            )
        return kept or entry.stated

    def _compare(self, head: TreeHead, elsewhere: bool) -> None:
        if head.root == self.frontier.root():
            self.held += not elsewhere
            self.kept_held += elsewhere
            if self._roots_hold:
                self.proven = head.size
                self.kept_proven = head.size if elsewhere else self.kept_proven
        elif self._roots_hold:
            self._roots_hold = False
            if elsewhere:
                # The file may have been signed anew: what was kept elsewhere counts, and nothing else.
                self.proven = self.kept_proven
            first = self.proven + 1
            if not any(first <= fault.first <= head.size for fault in self.faults):
                where = "kept elsewhere" if elsewhere else "in the file"
                self.faults.append(
                    Fault(
                        first,
                        head.size,
                        first + 1 if first == head.size else None,
                        f"they do not give the root that was signed at entry {head.size} (checkpoint {where})"
                        if first != head.size
                        else f"it does not give the root that was signed with it (checkpoint {where})",
                    )
                )

    def _end(self, count: int, promised: int) -> None:
        stated = self.header.entries if self.header is not None else 0
        if count < max(stated, promised):
            who = (
                f"a checkpoint was signed at entry {promised}"
                if promised > stated
                else f"the header says there are {stated}"
            )
            before = f"after entry {count}" if count else "before the first entry"
            self.faults.append(
                Fault(count + 1, count + 1, None, f"it is missing: the file ends {before}, and {who}")
            )
        elif self.header is not None and self.header.root != self.frontier.root() and not self.faults:
            first = min(self.proven + 1, count)
            self.faults.append(
                Fault(
                    first,
                    count,
                    first + 1 if first == count else None,
                    "the root over them is not the one in the header",
                )
                if count
                else Fault(1, 1, None, "the root in the header is not that of an empty log")
            )

    def _fault(self, number: int, what: str) -> None:
        self.faults.append(Fault(number, number, number + 1, what))


def _header(line: bytes, trusted: Sequence[PublicKey]) -> tuple[Header | None, str | None, list[PublicKey]]:
    try:
        if not line.endswith(b"\n"):
            raise ExportError("it is cut off")
        header, known = parse_header(line[:-1], trusted)
    except ExportError as error:
        return None, str(error), list(trusted)
    return header, None, known


def _heads(header: Header | None, known: Sequence[PublicKey]) -> list[TreeHead] | str:
    """The checkpoints that stand in the header, or what is wrong with them."""
    heads: list[TreeHead] = []
    for at, note in enumerate(header.checkpoints if header else (), 1):
        try:
            head = checkpoint(note, known)
        except NoteError as error:
            return f"checkpoint {at} in it: {error}"
        if heads and head.size <= heads[-1].size:
            return f"checkpoint {at} in it is not larger than the one before"
        heads.append(head)
    return heads


def _signatures(kept: Sequence[Kept], known: Sequence[PublicKey]) -> Iterator[str]:
    """What is wrong with the signatures of checkpoints that were kept elsewhere."""
    if kept and not known:
        yield "whether the checkpoints kept elsewhere are signed cannot be told without a key: give --key"
        return
    for one in kept:
        try:
            checkpoint(one.note, known)
        except NoteError as error:
            yield f"{one.file}: {error}"


def _lines(opened: BinaryIO) -> Iterator[bytes]:
    limit = LONGEST_HEADER
    while line := opened.readline(limit):
        yield line
        limit = LONGEST_LINE


def _of_an_export(lines: Iterator[bytes]) -> bool:
    """Whether a file is an export, whole or broken: its first line names the form, or some line is an entry."""
    return FORMAT.encode() in next(lines, b"") or any(map(_is_entry, lines))


def _is_entry(line: bytes) -> bool:
    try:
        parse_entry(line.removesuffix(b"\n"), None)
    except ExportError:
        return False
    return True


def _apart(one: bytes, other: bytes) -> tuple[str, str]:
    """Two hashes, as short as one sees that they differ."""
    if one[:8] == other[:8]:
        return one.hex(), other.hex()
    return f"{one[:8].hex()}…", f"{other[:8].hex()}…"
