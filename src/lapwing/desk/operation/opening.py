"""Opening a desk: the one way in, for the server and for every command that works on a desk that exists."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from django.core.management import call_command
from django.db import transaction

from lapwing import __version__
from lapwing.desk import audit, clock
from lapwing.desk.audit import checkpointing
from lapwing.desk.operation import backup, logs, schema
from lapwing.desk.operation.error import SchemaError
from lapwing.desk.operation.schema import Schema, Standing
from lapwing.desk.project import home

PRIVATE = 0o077
"""What is made from here on can be read by its owner only: databases, journals, checkpoints, backups."""

BACKUPS = "backups"
"""The folder in the data folder for the backups that upgrades make."""

log = logging.getLogger(__name__)


def for_serving() -> None:
    """Bring the database to this version, after a backup, and see that the log can be signed; Django is ready.

    Raises
    ------
    SchemaError
        When the database is of a younger version.
    BackupError
        When the backup before an upgrade cannot be made; nothing is upgraded then.
    AuditKeyError
        When the audit key is missing or unsafe.
    RewrittenError
        When the log is not what was signed.
    """
    os.umask(PRIVATE)
    logs.configure()
    found = schema.read()
    _refuse_younger(found)
    if found.standing is Standing.OLDER:
        made = backup.make(home.folder() / BACKUPS / f"{clock.now():%Y-%m-%dT%H%M%SZ}-before-{__version__}")
        log.warning("the database is upgraded after a backup")
        upgrade(made.folder)
    elif found.standing is Standing.EMPTY:
        migrate()
    checkpointing.prepare()
    checkpointing.make()
    with transaction.atomic():
        audit.record(None, "desk.open", "desk", detail={"version": __version__})


def for_work() -> None:
    """See that there is a desk of this version; Django is ready.

    Raises :class:`~lapwing.desk.operation.error.SchemaError` when there is none, or one of another version.
    """
    os.umask(PRIVATE)
    found = schema.read()
    _refuse_younger(found)
    if found.standing is Standing.EMPTY:
        raise SchemaError(
            f"There is no desk in {home.folder()} yet. Name the folder of one with --home, or begin one there with "
            "`lapwing desk`."
        )
    if found.standing is Standing.OLDER:
        raise SchemaError(
            f"The database is of an older version than this one ({__version__}): it lacks {_listed(found.missing)}. "
            "Start `lapwing desk` once, which makes a backup and upgrades it, or use the older version."
        )


def upgrade(saved: Path) -> None:
    """Migrate a database of an older version, and say so in the log."""
    try:
        migrate()
    except Exception as error:
        raise SchemaError(
            f"The database could not be upgraded to {__version__}: {type(error).__name__}: {error}. As it was before, "
            f"it is in {saved}: put it back with `lapwing restore {saved}` under the older version."
        ) from error
    with transaction.atomic():
        audit.record(None, "desk.upgrade", "desk", detail={"version": __version__, "backup": saved.name})


def migrate() -> None:
    """Bring the tables to this version."""
    call_command("migrate", interactive=False, verbosity=0)


def _refuse_younger(found: Schema) -> None:
    if found.standing is Standing.YOUNGER:
        raise SchemaError(
            f"The database is of a younger version than this one ({__version__}), which does not know "
            f"{_listed(found.unknown)} and could spoil what it does not understand. Install the version that wrote it, "
            "or restore a backup from before."
        )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
