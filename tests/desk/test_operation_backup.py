"""A backup is whole or not there, holds no key, and gives back a desk whose audit log is whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_databases import own_databases
from desk_folder import new_desk

from lapwing.desk.operation import backup
from lapwing.desk.operation.error import BackupError

URL = os.environ.get("DATABASE_URL", "")

PREAMBLE = """
import sys
from pathlib import Path
from lapwing.desk.project.start import start
"""

FILL = """
start(Path(sys.argv[1]))
from django.db import transaction
from lapwing.desk import audit
from lapwing.desk.accounts.models import Person
from lapwing.desk.operation import opening
opening.for_serving()
person = Person.objects.create_person("analyst", ["analyst"])
for at in range(20):
    with transaction.atomic():
        audit.record(person, "moment.look", f"moment:m-{at}", why="a reason")
print(person.pseudonym)
"""

AGAIN = """
start(Path(sys.argv[1]))
from lapwing.desk.audit.exporting import verified
from lapwing.desk.audit.models import Entry
from lapwing.desk.operation import opening
opening.for_serving()
found = verified()
print(found.whole, Entry.objects.filter(action="moment.look", by=sys.argv[2]).count(),
      list(Entry.objects.filter(action__startswith="desk.").values_list("action", flat=True)))
"""


class Place:
    """A data folder, with a database of its own."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DATABASE_URL": self.url, "LAPWING_HOME": str(self.home)}
        if command[1:3] == ("-m", "lapwing.cli"):
            # Neither backing up nor restoring makes or opens a seal.
            del environment["LAPWING_SEAL_KEY"]
        return subprocess.run(
            command, env=environment, text=True, capture_output=True, timeout=120, check=False
        )

    def script(self, text: str, *arguments: str) -> str:
        ran = self.run(sys.executable, "-c", PREAMBLE + text, str(self.home), *arguments)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def lapwing(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "lapwing.cli", *arguments, "--home", str(self.home))


@pytest.fixture(scope="module")
def urls() -> Iterator[tuple[str, str]]:
    """Databases for a desk and for the one that is restored: files, or beside the PostgreSQL database given."""
    with own_databases("lapwing_backed_up", "lapwing_restored") as (backed_up, restored):
        yield backed_up, restored


@pytest.fixture(scope="module")
def desk(urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A desk with something in it, and a backup of it beside."""
    root = tmp_path_factory.mktemp("desk")
    place = Place(root / "home", urls[0])
    (root / "pseudonym").write_text(place.script(FILL))
    made = place.lapwing("backup", str(root / "backup"))
    assert made.returncode == 0, made.stderr
    (root / "said").write_text(made.stdout)
    return place


@pytest.fixture
def saved(desk: Place, tmp_path: Path) -> Path:
    """A copy of the backup that a test may spoil."""
    return Path(shutil.copytree(desk.home.parent / "backup", tmp_path / "saved"))


def test_it_says_what_is_in_it_and_what_is_not(desk: Place) -> None:
    said = (desk.home.parent / "said").read_text().splitlines()
    assert said[0].startswith(f"Backup: {desk.home.parent / 'backup'}, ")
    assert said[1] == (
        "Not in it: secret-key, audit-key and the seal key. Keep them elsewhere: without them the backup cannot be "
        "used,"
    )


def test_no_key_is_in_it_and_nobody_else_can_read_it(desk: Place) -> None:
    folder = desk.home.parent / "backup"
    keys = [(desk.home / name).read_bytes().strip() for name in ("secret-key", "audit-key")]
    assert folder.stat().st_mode & 0o077 == 0
    for file in folder.rglob("*"):
        assert file.stat().st_mode & 0o077 == 0 or file.is_dir()
        assert not file.is_file() or not any(key in file.read_bytes() for key in keys)


def test_it_gives_back_the_desk_and_its_log_is_whole(
    desk: Place, urls: tuple[str, str], tmp_path: Path
) -> None:
    place = Place(tmp_path / "new", urls[1])
    place.home.mkdir(mode=0o700)
    shutil.copy2(desk.home / "audit-key", place.home / "audit-key")
    done = place.lapwing("restore", str(desk.home.parent / "backup"))
    assert done.returncode == 0, done.stderr
    assert "The log is whole: 23 entries." in done.stdout
    assert f"Put the old one into {place.home / 'secret-key'} before the desk starts;" in done.stdout
    assert "if it is lost, `lapwing admit` lets an administrator in." in done.stdout
    pseudonym = (desk.home.parent / "pseudonym").read_text()
    assert place.script(AGAIN, pseudonym) == (
        "True 20 ['desk.open', 'desk.backup', 'desk.restore', 'desk.open']"
    )
    again = place.lapwing("restore", str(desk.home.parent / "backup"))
    assert again.returncode == 2
    assert "The database is not empty: a backup is put into an empty place only" in again.stderr


def test_a_folder_that_exists_is_not_written_over(desk: Place) -> None:
    again = desk.lapwing("backup", str(desk.home.parent / "backup"))
    assert again.returncode == 2
    assert again.stderr == (
        f"lapwing: {desk.home.parent / 'backup'} exists already: name a folder that does not, such as one with "
        "today's date.\n"
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "journal.sqlite3").unlink(), "is missing: the backup is not whole, use another one."),
        (lambda folder: (folder / "journal.sqlite3").write_bytes(b"x"), "was changed since the backup was made"),
        (lambda folder: (folder / "backup.json").unlink(), "name the folder of a finished backup."),
        (lambda folder: change(folder, format="other"), "is not of the form lapwing-backup-1"),
    ],
)  # fmt: skip
def test_a_backup_that_is_not_whole_is_not_read(
    spoil: Callable[[Path], object], message: str, saved: Path
) -> None:
    (saved / "journal.sqlite3").write_bytes(b"events")
    change(saved, files={"journal.sqlite3": hashlib.sha256(b"events").hexdigest()})
    assert backup.read(saved).version
    spoil(saved)
    with pytest.raises(BackupError, match=re.escape(message)):
        backup.read(saved)


@pytest.mark.skipif(bool(URL), reason="the same for both databases")
@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"database": "postgresql", "files": {}}, "set DATABASE_URL to an empty database."),
        ({"applied": ["audit.0099_later"]}, "which is younger than this one"),
    ],
)
def test_a_backup_that_does_not_fit_is_not_put_back(
    said: dict[str, object], message: str, saved: Path, tmp_path: Path
) -> None:
    change(saved, **said)
    place = Place(tmp_path / "new", "")
    refused = place.lapwing("restore", str(saved))
    assert refused.returncode == 2
    assert message in refused.stderr
    assert not (place.home / "checkpoints").exists()


def change(folder: Path, **fields: object) -> None:
    file = folder / "backup.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


@pytest.mark.skipif(bool(URL), reason="the same for both databases")
def test_a_backup_that_was_tampered_with_throughout_is_seen_by_its_log(saved: Path, tmp_path: Path) -> None:
    with sqlite3.connect(saved / "desk.sqlite3") as base:
        base.execute("DROP TRIGGER audit_entry_unchanged")
        base.execute("UPDATE audit_entry SET about = 'moment:other' WHERE number = 7")
    file = json.loads((saved / "backup.json").read_text())
    file["files"]["desk.sqlite3"] = hashlib.sha256((saved / "desk.sqlite3").read_bytes()).hexdigest()
    (saved / "backup.json").write_text(json.dumps(file))
    done = Place(tmp_path / "new", "").lapwing("restore", str(saved))
    assert done.returncode == 1
    assert "The log is broken. First bad entry: 7" in done.stdout
    assert "The audit key with the fingerprint" in done.stdout


# --- versions --------------------------------------------------------------------------------------------

RECORD = "INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '0099_later', '2030-01-01')"


@pytest.fixture
def small(tmp_path: Path) -> Place:
    """A desk of its own, with nothing in it."""
    return Place(new_desk(tmp_path / "home"), "")


@pytest.mark.skipif(bool(URL), reason="the same for both databases")
def test_a_database_of_a_younger_version_is_not_touched(small: Place, tmp_path: Path) -> None:
    with sqlite3.connect(small.home / "desk.sqlite3") as base:
        base.execute(RECORD)
    refused = small.lapwing("backup", str(tmp_path / "b"))
    assert refused.returncode == 2
    assert "of a younger version than this one" in refused.stderr
    assert "does not know audit.0099_later" in refused.stderr


@pytest.mark.skipif(bool(URL), reason="the same for both databases")
def test_a_database_of_an_older_version_is_upgraded_after_a_backup(small: Place, tmp_path: Path) -> None:
    with sqlite3.connect(small.home / "desk.sqlite3") as base:
        base.execute("DROP TABLE oversight_stop")
        base.execute("DELETE FROM django_migrations WHERE app = 'oversight'")
    refused = small.lapwing("backup", str(tmp_path / "b"))
    assert "is of an older version than this one" in refused.stderr
    assert "Start `lapwing desk` once, which makes a backup and upgrades it" in refused.stderr
    small.script(
        "start(Path(sys.argv[1]))\n"
        "from lapwing.desk import oversight\n"
        "from lapwing.desk.operation import opening\n"
        "opening.for_serving()\n"
        "oversight.stopped()"
    )
    made = list((small.home / "backups").iterdir())
    assert [folder.name.partition("-before-")[1] for folder in made] == ["-before-"]
    assert (made[0] / "backup.json").is_file()


@pytest.mark.skipif(bool(URL), reason="the same for both databases")
def test_where_there_is_no_desk_it_is_said(tmp_path: Path) -> None:
    refused = Place(tmp_path / "nothing", "").lapwing("backup", str(tmp_path / "b"))
    assert refused.returncode == 2
    assert "There is no desk in" in refused.stderr
