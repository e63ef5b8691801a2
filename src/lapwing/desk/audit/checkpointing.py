"""Signing the log: the key, and checkpoints that are made while it grows and written outside the database.

A checkpoint is made every 1000 entries and, while there is something new, every ten minutes. Before signing,
what the entries say is hashed again and what was signed last is compared: a desk never signs a past that was
changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from lapwing.desk import audit, clock
from lapwing.desk.accounts.person import LETTERS
from lapwing.desk.audit import kept, key_file
from lapwing.desk.audit.checkpoint import Checkpoint
from lapwing.desk.audit.entry import Entry, log_size
from lapwing.desk.audit.error import AuditKeyError, RewrittenError
from lapwing.desk.audit.note import NoteError, PrivateKey, PublicKey, TreeHead, checkpoint
from lapwing.desk.audit.recording import EVERY, wait_for_other_writers
from lapwing.desk.audit.tree import (
    Frontier,
    consistency_proof,
    continues,
    peak_numbers,
    range_root,
    stored_nodes,
)

OLDEST = timedelta(minutes=10)
"""How long an entry waits for the next checkpoint at most."""

KEY_ADDED = "audit.key"
"""The entry by which a key comes into use."""


def key_path() -> Path:
    """The file of the private key."""
    return Path(settings.HOME) / "audit-key"


def folder() -> Path:
    """The folder that checkpoints are written into, besides the database."""
    return Path(settings.HOME) / kept.FOLDER


def public_keys() -> list[PublicKey]:
    """The keys that have signed this log, in the order in which they came into use.

    An entry that was changed in the database gives no key; what was signed with that key then does not hold.
    """
    keys = []
    for entry in Entry.objects.filter(action=KEY_ADDED):
        with suppress(NoteError):
            keys.append(PublicKey.parse(str(entry.detail.get("key", ""))))
    return keys


def prepare() -> PrivateKey:
    """The key that the log is signed with. A log that was never signed gets one; any other must have kept its own.

    Raises
    ------
    AuditKeyError
        When the key is missing, unsafe or not the log's, so that the desk must not start.
    """
    known = public_keys()
    if not known and not key_path().exists():
        name = f"{settings.DEPLOYMENT.host}/audit-{''.join(secrets.choice(LETTERS) for _ in range(8))}"
        return _into_use(key_file.make(key_path(), name))
    key = key_file.load(key_path())
    if not known:
        return _into_use(key)
    if key.public not in known:
        raise AuditKeyError(
            f"The audit key {key_path()} has never signed this log, whose last key has the fingerprint "
            f"{known[-1].fingerprint()}. Restore that key; if it is lost, move this file away and run "
            "`lapwing audit key` for a new one, and the log says so."
        )
    return key


def replace_key() -> PrivateKey:
    """Make a new key for a log whose key is lost or was read by others; the log says so.

    Raises :class:`~lapwing.desk.audit.key_file.AuditKeyError` while the old file is still there.
    """
    known = public_keys()
    if not known:
        return prepare()
    return _into_use(key_file.make(key_path(), known[0].name))


def _into_use(key: PrivateKey) -> PrivateKey:
    with transaction.atomic():
        audit.record(
            None,
            KEY_ADDED,
            "audit",
            why="the log is signed with this key from here on",
            detail={"key": key.public.text(), "fingerprint": key.public.fingerprint()},
        )
    return key


def waiting_since(signed: int) -> datetime | None:
    """Since when entries wait for a checkpoint, when the last one covers so many; None when none does."""
    waiting = Entry.objects.filter(number__gt=signed).order_by("number")
    return waiting.values_list("time", flat=True).first()


def due(now: datetime) -> bool:
    """Whether entries have waited long enough for a checkpoint."""
    last = Checkpoint.objects.last()
    since = waiting_since(last.size if last else 0)
    return since is not None and now - since >= OLDEST


def make_due() -> Checkpoint | None:
    """Make a checkpoint if one is due; see :func:`make`."""
    return make() if due(clock.now()) else None


def make() -> Checkpoint | None:
    """Sign the log as it is now and write the checkpoint outside the database; None when the log is empty.

    Raises
    ------
    AuditKeyError
        When there is no safe key to sign with.
    RewrittenError
        When the log is not what was signed before, or an entry not what was recorded. Nothing is signed then.
    """
    key = prepare()
    with transaction.atomic():
        wait_for_other_writers()
        last = Checkpoint.objects.last()
        frontier = _signed_before(last)
        for entry in Entry.objects.filter(number__gt=frontier.size).iterator(chunk_size=EVERY):
            leaf = entry.statement().leaf()
            if entry.number != frontier.size + 1 or leaf != bytes(entry.leaf):
                raise RewrittenError(
                    f"Entry {frontier.size + 1} of the audit log is not what was recorded, so the log is not signed "
                    "any more. Stop the desk, keep the database as it is, and tell the overseer."
                )
            frontier = frontier.appended(leaf)
        if frontier.size > (last.size if last else 0):
            now = clock.now()
            head = TreeHead(key.name, frontier.size, frontier.root(), now)
            last = Checkpoint.objects.create(size=frontier.size, time=now, note=key.signed(head.text()))
    write_missing()
    return last


def write_missing() -> None:
    """Write the checkpoints that the database has and the folder has not; a crash may have left out the youngest."""
    folder().mkdir(mode=0o700, exist_ok=True)
    behind, sizes = 0, list(Checkpoint.objects.values_list("size", flat=True))
    for size in sizes:
        if not (folder() / (kept.stem(size) + kept.CHECKPOINT)).exists():
            leaves = Entry.objects.filter(number__gt=behind, number__lte=size).values_list("leaf", flat=True)
            note = Checkpoint.objects.get(size=size).note
            kept.write(folder(), size, note, (bytes(leaf) for leaf in leaves))
        behind = size


def still_begins_with(note: str) -> bool:
    """Whether the log still begins as a checkpoint says, shown by a consistency proof: quick at any size.

    Raises :class:`~lapwing.desk.audit.note.NoteError` when none of the log's keys has signed the checkpoint.
    """
    head = checkpoint(note, public_keys())
    size = log_size()
    if head.size > size:
        return False
    node = stored_nodes(stored)
    proof = consistency_proof(node, head.size, size)
    return continues(head.size, head.root, size, range_root(node, 0, size), proof)


def stored(numbers: Sequence[int]) -> dict[int, tuple[bytes, bytes]]:
    """The leaf and the largest subtree that stand beside each of these entries."""
    rows = Entry.objects.filter(number__in=numbers).values_list("number", "leaf", "subtree")
    return {number: (bytes(leaf), bytes(subtree)) for number, leaf, subtree in rows}


def _signed_before(last: Checkpoint | None) -> Frontier:
    """The tree as it was signed last, if the log still begins with it."""
    written = max((int(file.stem) for file in folder().glob(f"*{kept.CHECKPOINT}")), default=0)
    if written > (last.size if last else 0):
        raise RewrittenError(
            f"{folder()} holds a checkpoint of {written} entries, and the database none that is as young: entries "
            "were cut off, or an old database was put in the place of a younger one. Nothing is signed any more. "
            "Stop the desk, keep both as they are, and tell the overseer."
        )
    if last is None:
        return Frontier()
    numbers = peak_numbers(last.size)
    held = stored(numbers)
    head = checkpoint(last.note, public_keys())
    frontier = Frontier(last.size, tuple(held[number][1] for number in numbers if number in held))
    if head.size != last.size or frontier.root() != head.root:
        raise RewrittenError(
            f"The first {last.size} entries of the audit log are not those that were signed on "
            f"{last.time:%Y-%m-%d %H:%M} UTC, so the log is not signed any more. Stop the desk, keep the database "
            "as it is, tell the overseer, and compare with the checkpoints kept elsewhere."
        )
    return frontier
