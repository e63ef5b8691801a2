"""A folder of checkpoints: what is written into it, and what a verification reads from it.

Each checkpoint is two files named after the number of entries it covers: the signed checkpoint, and the hashes of
the entries since the one before, one on a line. The hashes let a verification name the one entry that was
changed, where roots alone would name a range.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lapwing.desk.audit.error import KeptError
from lapwing.desk.audit.note import NoteError, TreeHead, unverified
from lapwing.desk.audit.tree import Frontier

FOLDER = "checkpoints"
"""The folder beside the database that a desk writes its checkpoints into."""

CHECKPOINT, LEAVES = ".checkpoint", ".leaves"
DIGITS = 12

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """One checkpoint of a folder."""

    file: Path
    note: str
    says: TreeHead
    """What it says; whether its signature holds is for the reader to check."""


def stem(size: int) -> str:
    """The name that the files of a checkpoint begin with."""
    return f"{size:0{DIGITS}}"


def write(folder: Path, size: int, note: str, leaves: Iterable[bytes]) -> None:
    """Write a checkpoint and the hashes since the one before; each file appears whole or not at all."""
    for ending, text in ((LEAVES, "".join(f"{leaf.hex()}\n" for leaf in leaves)), (CHECKPOINT, note)):
        file = folder / (stem(size) + ending)
        new = file.with_name(file.name + ".new")
        new.write_text(text, encoding="utf-8")
        new.replace(file)


def read(folder: Path) -> list[Kept]:
    """The checkpoints of a folder, the smallest first. Raises :class:`KeptError`."""
    if not folder.is_dir():
        raise KeptError(
            f"There is no folder {folder}: give the folder with the .checkpoint files of the desk."
        )
    found = []
    for file in sorted(folder.glob(f"*{CHECKPOINT}")):
        try:
            note = file.read_text(encoding="utf-8")
            says = unverified(note)
        except (OSError, UnicodeDecodeError, NoteError) as error:
            raise KeptError(
                f"{file} is not a checkpoint: {error}. Fetch it again from where it was kept, or take it out of the "
                "folder."
            ) from None
        if file.name != stem(says.size) + CHECKPOINT:
            raise KeptError(
                f"{file} says that it covers {says.size} entries, and its name says something else."
            )
        found.append(Kept(file, note, says))
    if not found:
        raise KeptError(
            f"There is no checkpoint in {folder}: give the folder with the .checkpoint files of the desk."
        )
    return found


def copy(source: Path, target: Path) -> tuple[int, list[str]]:
    """Copy checkpoints that are not there yet; what is there is compared and never written over.

    Returns how many checkpoints were copied, and a sentence for every one that differs or is gone from the source.

    Raises :class:`KeptError` when the source holds no checkpoint.
    """
    read(source)
    target.mkdir(parents=True, exist_ok=True)
    copied, wrong = 0, []
    # Hashes before the checkpoint they belong to: a copy that is interrupted has no checkpoint without them.
    for file in sorted((*source.glob(f"*{LEAVES}"), *source.glob(f"*{CHECKPOINT}")), key=_leaves_first):
        there = target / file.name
        if not there.exists():
            new = there.with_name(there.name + ".new")
            new.write_bytes(file.read_bytes())
            new.replace(there)
            copied += file.suffix == CHECKPOINT
        elif there.read_bytes() != file.read_bytes():
            wrong.append(
                f"{file} is not what was kept as {there}: the log was signed anew, or one of the files was changed. "
                "Keep both, and tell the overseer."
            )
    wrong += [
        f"{source / there.name} is gone, and was kept as {there}: the log was cut, or an older one put in its place. "
        "Keep both folders, and tell the overseer."
        for there in sorted(target.glob(f"*{CHECKPOINT}"))
        if not (source / there.name).exists()
    ]
    return copied, wrong


def _leaves_first(file: Path) -> tuple[str, bool]:
    return file.stem, file.suffix == CHECKPOINT


class Leaves:
    """The hashes that a folder keeps, asked for in the order of the log; one file at a time is in memory.

    A hash counts only as far as the signed roots confirm it, so hashes after a gap in the folder are not used.
    """

    def __init__(self, folder: Path, checkpoints: Sequence[Kept]) -> None:
        self._files = iter([(one.says, folder / (stem(one.says.size) + LEAVES)) for one in checkpoints])
        self._frontier = Frontier()
        self._first, self._hashes = 1, list[bytes]()
        self._ended = False

    def at(self, number: int) -> bytes | None:
        """The hash that was kept of an entry; None when there is none. Numbers are asked for in rising order."""
        while not self._ended and number >= self._first + len(self._hashes):
            self._next()
        place = number - self._first
        return self._hashes[place] if 0 <= place < len(self._hashes) else None

    def _next(self) -> None:
        says, file = next(self._files, (None, None))
        hashes = list(_hashes(file)) if file is not None and file.is_file() else []
        if says is None or says.size != self._frontier.size + len(hashes):
            self._ended = True
            return
        self._first, self._hashes = self._frontier.size + 1, hashes
        for leaf in hashes:
            self._frontier = self._frontier.appended(leaf)
        if self._frontier.root() != says.root:
            raise KeptError(
                f"{file} does not give the root of the checkpoint beside it: fetch both files again."
            )


def _hashes(file: Path) -> Iterator[bytes]:
    with file.open(encoding="utf-8", errors="replace") as opened:
        for at, line in enumerate(opened, 1):
            if not _HASH.fullmatch(line.rstrip("\n")):
                raise KeptError(
                    f"{file}, line {at}, is not a hash: fetch the file again from where it was kept."
                )
            yield bytes.fromhex(line.rstrip("\n"))
