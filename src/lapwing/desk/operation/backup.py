"""A backup of a desk: everything but the keys, in one folder that can be checked.

What is copied, in this order, so that a desk at work can be copied and goes on from the copy without a loss: the
state of the watch, the database, the journal, the checkpoints. The watch goes on from an older state by reading the
journal again; the journal has every event that the database has.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.db import connection, transaction

from lapwing import __version__
from lapwing.desk import audit, clock
from lapwing.desk.audit import checkpointing, kept
from lapwing.desk.audit.statement import stamp
from lapwing.desk.operation import dump, schema
from lapwing.desk.operation.error import BackupError
from lapwing.desk.operation.schema import Standing
from lapwing.desk.project import home

FORMAT = "lapwing-backup-1"
MANIFEST = "backup.json"
WATCH, JOURNAL = "watch", "journal.sqlite3"

KEYS = "secret-key, audit-key and the seal key"
"""What is never in a backup: with it, whoever finds the backup could open the seals and sign a log."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says about itself."""

    folder: Path
    version: str
    made: str
    database: str
    """`sqlite` or `postgresql`."""
    applied: tuple[str, ...]
    """The migrations of its database."""
    entries: int
    """Entries of the audit log that are in it at least."""
    audit_keys: tuple[str, ...]
    """Fingerprints of the keys that have signed the log; the last one is needed to go on."""
    files: Mapping[str, str]
    """SHA-256 of every file, by its path in the folder."""

    @property
    def dump(self) -> Path:
        """The file of the database."""
        return self.folder / (dump.POSTGRESQL_FILE if self.database == "postgresql" else dump.SQLITE_FILE)


def make(folder: Path) -> Backup:
    """Back the desk up into a folder that does not exist yet, and say so in the log.

    The folder appears when the backup is whole. Raises :class:`BackupError`.
    """
    if folder.exists():
        raise BackupError(
            f"{folder} exists already: name a folder that does not, such as one with today's date."
        )
    unfinished = folder.with_name(folder.name + ".unfinished")
    if unfinished.exists():
        raise BackupError(
            f"{unfinished} is left of a backup that was not finished: remove it, and try again."
        )
    try:
        unfinished.mkdir(parents=True, mode=0o700)
        _fill(unfinished)
        made = read(unfinished)
        unfinished.rename(folder)
    except OSError as error:
        raise BackupError(f"{folder} cannot be written: {error.strerror} ({error.filename}).") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return replace(made, folder=folder)


def read(folder: Path) -> Backup:
    """What a backup says, once every file of it is found to be as it was written. Raises :class:`BackupError`."""
    file = folder / MANIFEST
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BackupError(
            f"There is no {MANIFEST} in {folder}: name the folder of a finished backup."
        ) from None
    except (OSError, ValueError) as error:
        raise BackupError(f"{file} cannot be read: {error}.") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BackupError(f"{file} is not of the form {FORMAT}: this version cannot read it.")
    for name, expected in said["files"].items():
        if not (folder / name).is_file():
            raise BackupError(f"{folder / name} is missing: the backup is not whole, use another one.")
        if _digest(folder / name) != expected:
            raise BackupError(f"{folder / name} was changed since the backup was made: use another one.")
    return Backup(
        folder=folder,
        version=said["version"],
        made=said["made"],
        database=said["database"],
        applied=tuple(said["applied"]),
        entries=said["entries"],
        audit_keys=tuple(said["audit_keys"]),
        files=said["files"],
    )


def _fill(folder: Path) -> None:
    found = schema.read()
    if found.standing is Standing.EMPTY:
        raise BackupError(f"There is no desk in {home.folder()} yet, and nothing to back up.")
    keys: tuple[str, ...] = ()
    if found.standing is Standing.CURRENT:
        # An older database is left as it is: this version writes into no table it has not brought up to date.
        with transaction.atomic():
            audit.record(
                None, "desk.backup", "desk", detail={"folder": folder.name.removesuffix(".unfinished")}
            )
        checkpointing.make()
        keys = tuple(key.fingerprint() for key in checkpointing.public_keys())
    data = home.folder()
    if (data / WATCH).is_dir():
        shutil.copytree(data / WATCH, folder / WATCH, ignore=shutil.ignore_patterns("*.unfinished", "*.lock"))
    dump.save(folder)
    if (data / JOURNAL).is_file():
        dump.copy_sqlite(data / JOURNAL, folder / JOURNAL)
    if (data / kept.FOLDER).is_dir():
        shutil.copytree(data / kept.FOLDER, folder / kept.FOLDER, ignore=shutil.ignore_patterns("*.new"))
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in files:
        file.chmod(0o600)
    made = Backup(
        folder=folder,
        version=__version__,
        made=stamp(clock.now()),
        database=connection.vendor,
        applied=found.applied,
        entries=_entries(),
        audit_keys=keys,
        files={str(file.relative_to(folder)): _digest(file) for file in files},
    )
    said = {"format": FORMAT, **{name: value for name, value in asdict(made).items() if name != "folder"}}
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    manifest.chmod(0o600)


def _entries() -> int:
    # Not by the model, which may know columns that an older database has not.
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(number), 0) FROM audit_entry")
        return int(cursor.fetchone()[0])


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
