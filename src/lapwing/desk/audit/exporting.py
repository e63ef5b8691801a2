"""The log of this desk as an export, and its verification without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.db import transaction

from lapwing.desk import audit, clock
from lapwing.desk.audit import checkpointing, export_file
from lapwing.desk.audit.checkpoint import Checkpoint
from lapwing.desk.audit.entry import Entry, log_size
from lapwing.desk.audit.export_file import Header
from lapwing.desk.audit.note import PublicKey
from lapwing.desk.audit.statement import Statement
from lapwing.desk.audit.tree import range_root, stored_nodes
from lapwing.desk.audit.verdict import Verdict
from lapwing.desk.audit.verification import verify_entries

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

CHUNK = 2000


def export(by: Person | None, *, words: bool, why: str = "") -> Iterator[bytes]:
    """The lines of an export that holds all entries up to the one that tells of it, under a fresh checkpoint.

    `words` says whether reasons and details are in it; whoever takes it is `by`, and None at the command line.

    Raises
    ------
    AuditKeyError, RewrittenError
        When the log cannot be signed.
    """
    with transaction.atomic():
        audit.record(by, "audit.export", "audit", why=why, detail={"words": words})
    checkpointing.make()
    key = checkpointing.prepare()
    header = _header(words, checkpointing.public_keys())
    return export_file.lines(header, key, _entries(header.entries))


def verified(passing: Callable[[Iterator[bytes]], Iterator[bytes]] = iter) -> Verdict:
    """The log in the database, checked entry by entry, and against the checkpoints in the folder beside it.

    The lines go through `passing`, which may count them.
    """
    keys = checkpointing.public_keys()
    header = _header(True, keys)
    lines = (export_file.entry_line(one, leaf, True) for one, leaf in _entries(header.entries))
    folder = checkpointing.folder()
    kept = folder if header.checkpoints or folder.is_dir() else None
    return verify_entries(passing(lines), header, None, keys, True, kept)


def _header(words: bool, keys: list[PublicKey]) -> Header:
    size = log_size()
    return Header(
        origin=keys[0].name if keys else "",
        entries=size,
        root=range_root(stored_nodes(checkpointing.stored), 0, size),
        made=clock.now(),
        words=words,
        keys=tuple(one.text() for one in keys),
        checkpoints=tuple(Checkpoint.objects.filter(size__lte=size).values_list("note", flat=True)),
    )


def _entries(size: int) -> Iterator[tuple[Statement, bytes]]:
    rows = Entry.objects.filter(number__lte=size).values_list(
        "number", "time", "by_id", "action", "about", "words", "leaf"
    )
    for number, time, by, action, about, words, leaf in rows.iterator(chunk_size=CHUNK):
        yield Statement(number, time, str(by or ""), action, about, words.encode()), bytes(leaf)
