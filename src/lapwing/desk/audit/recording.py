"""Appending an entry to the log, in the transaction of the act it tells of."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import connection, transaction

from lapwing.desk import clock
from lapwing.desk.audit.canonical import JSON
from lapwing.desk.audit.entry import Entry, log_size
from lapwing.desk.audit.statement import SALT_BYTES, Statement, checked, words
from lapwing.desk.audit.tree import siblings, subtree

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

_WRITERS = 0x6C61_7077_696E_67
"""The advisory lock that writers of the log take one after the other (PostgreSQL)."""


EVERY = 1000
"""Entries after which a checkpoint is made at once."""


class OutsideTransactionError(RuntimeError):
    """An entry was to be recorded apart from the act it tells of."""


def append(by: Person | None, action: str, about: str, why: str, detail: Mapping[str, JSON]) -> Entry:
    """Append one entry; see :func:`lapwing.desk.audit.record`."""
    checked(action, about)
    said = words(why, detail, secrets.token_bytes(SALT_BYTES))
    if not connection.in_atomic_block:
        raise OutsideTransactionError(
            f"The audit entry {action} about {about or 'nothing'} was recorded outside a transaction. Put it and the "
            "act it tells of into one `with transaction.atomic():`, so that neither is kept without the other."
        )
    wait_for_other_writers()
    number = log_size() + 1
    statement = Statement(number, clock.now(), by.pseudonym if by else "", action, about, said)
    leaf = statement.leaf()
    entry = Entry.objects.create(
        number=number,
        time=statement.time,
        by=by,
        action=action,
        about=about,
        words=said.decode(),
        leaf=leaf,
        subtree=subtree(leaf, _stored(siblings(number))),
    )
    if number % EVERY == 0:
        # Robust: what was done stays done, and the next round tries again, when a checkpoint cannot be made.
        transaction.on_commit(_make_checkpoint, robust=True)
    return entry


def _make_checkpoint() -> None:
    from lapwing.desk.audit import checkpointing

    checkpointing.make()


def wait_for_other_writers() -> None:
    """Let nobody else append to the log until this transaction ends."""
    # On SQLite a transaction begins IMMEDIATE and has the only right to write; on PostgreSQL this lock is held
    # until the transaction ends, so the next writer reads the number that this one wrote, or none of it.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITERS])


def _stored(numbers: Sequence[int]) -> list[bytes]:
    if not numbers:
        return []
    held = dict(Entry.objects.filter(number__in=numbers).values_list("number", "subtree"))
    return [bytes(held[number]) for number in numbers]
