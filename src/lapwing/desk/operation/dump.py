"""The database of the desk as a file, and back: SQLite by its online backup, PostgreSQL by its own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.db import connection

from lapwing.desk.operation.error import BackupError, OperationError, RestoreError

SQLITE_FILE, POSTGRESQL_FILE = "desk.sqlite3", "desk.dump"


def file_name() -> str:
    """The name of the dump of a database like this desk's."""
    return POSTGRESQL_FILE if connection.vendor == "postgresql" else SQLITE_FILE


def save(folder: Path) -> Path:
    """Write the database as it is at one moment, while others go on working. Raises :class:`BackupError`."""
    file = folder / file_name()
    if connection.vendor == "postgresql":
        _postgresql(BackupError, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={file}")
    else:
        copy_sqlite(Path(str(connection.settings_dict["NAME"])), file)
    return file


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite database as it is at one moment. Raises :class:`BackupError`."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}.") from error


def put_back(file: Path) -> None:
    """Fill an empty database from a dump. Raises :class:`RestoreError`; nothing is filled then."""
    if connection.vendor == "postgresql":
        connection.close()
        _postgresql(
            RestoreError,
            "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-acl",
            f"--dbname={connection.settings_dict['NAME']}",
            str(file),
        )
        return
    target = Path(str(connection.settings_dict["NAME"]))
    connection.close()
    for left in (target.with_name(target.name + "-wal"), target.with_name(target.name + "-shm")):
        left.unlink(missing_ok=True)
    new = target.with_name(target.name + ".new")
    shutil.copyfile(file, new)
    new.chmod(0o600)
    new.replace(target)


def _postgresql(kind: type[OperationError], tool: str, *arguments: str) -> None:
    path = shutil.which(tool)
    if path is None:
        raise kind(
            f"{tool} is not installed, and the database is PostgreSQL: install the client tools of its version, "
            "such as the package postgresql-client, and try again."
        )
    given = connection.settings_dict
    # By the environment: arguments can be read by everybody on the machine.
    environment = {
        **os.environ,
        **{
            name: str(given[key])
            for name, key in (
                ("PGHOST", "HOST"),
                ("PGPORT", "PORT"),
                ("PGUSER", "USER"),
                ("PGPASSWORD", "PASSWORD"),
                ("PGDATABASE", "NAME"),
            )
            if given[key]
        },
    }
    ran = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode:
        raise kind(
            f"{tool} ended with status {ran.returncode}: {ran.stderr.strip()[-500:] or 'it said nothing'}"
        )
