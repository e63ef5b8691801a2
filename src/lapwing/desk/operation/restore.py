"""Putting a backup back, into an empty place, and seeing that the audit log in it is whole."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from lapwing import __version__
from lapwing.desk import audit
from lapwing.desk.audit import kept
from lapwing.desk.audit.exporting import verified
from lapwing.desk.audit.verdict import Verdict
from lapwing.desk.operation import backup, dump, schema
from lapwing.desk.operation.backup import JOURNAL, WATCH, Backup
from lapwing.desk.operation.error import RestoreError
from lapwing.desk.operation.schema import Standing
from lapwing.desk.project import home


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    backup: Backup
    found: Verdict | None
    """The verification of the log; None while the database is of an older version, which `lapwing desk` upgrades."""


def put_back(folder: Path) -> Restored:
    """Put a backup into the data folder and the database of this desk, both empty. Django is ready.

    Raises
    ------
    BackupError
        When the backup is not whole.
    RestoreError
        When the place is not empty, of another kind, or this version older than the one that made the backup.
    """
    saved = backup.read(folder)
    _refuse_unfit(saved)
    data = home.folder()
    dump.put_back(saved.dump)
    for name in (WATCH, kept.FOLDER):
        if (saved.folder / name).is_dir():
            shutil.copytree(saved.folder / name, data / name)
            (data / name).chmod(0o700)
    if (saved.folder / JOURNAL).is_file():
        shutil.copyfile(saved.folder / JOURNAL, data / JOURNAL)
        (data / JOURNAL).chmod(0o600)
    if schema.read().standing is not Standing.CURRENT:
        return Restored(saved, None)
    found = verified()
    with transaction.atomic():
        audit.record(None, "desk.restore", "desk", detail={"made": saved.made, "version": __version__})
    return Restored(saved, found)


def _refuse_unfit(saved: Backup) -> None:
    data = home.folder()
    if saved.database != connection.vendor:
        raise RestoreError(
            f"The backup is of a {saved.database} database, and this desk has {connection.vendor}: "
            + (
                "unset DATABASE_URL."
                if saved.database == "sqlite"
                else "set DATABASE_URL to an empty database."
            )
        )
    found = schema.read()
    taken = [name for name in (WATCH, JOURNAL, kept.FOLDER) if (data / name).exists()]
    if found.standing is not Standing.EMPTY or taken:
        what = (
            "The database is not empty"
            if found.standing is not Standing.EMPTY
            else f"{data / taken[0]} is there"
        )
        raise RestoreError(
            f"{what}: a backup is put into an empty place only, so that nothing is written over. Name an empty data "
            "folder with --home (the keys may lie in it already), or move the old one away."
        )
    unknown = sorted(set(saved.applied) - set(found.missing))
    if unknown:
        raise RestoreError(
            f"The backup was made by Lapwing {saved.version}, which is younger than this one ({__version__}): install "
            "that version, and restore with it."
        )
