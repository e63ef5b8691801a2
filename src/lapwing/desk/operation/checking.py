"""Reading a deployment and saying what about it is unsafe. Nothing is changed, and nothing is made that is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from lapwing import __version__
from lapwing.desk.operation.finding import Finding, fine, note, unsafe
from lapwing.desk.project import home
from lapwing.desk.project.deployment import Deployment, DeploymentError
from lapwing.desk.project.home import UnsafeHomeError
from lapwing.desk.seals import key
from lapwing.desk.seals.error import SealKeyError

if TYPE_CHECKING:
    from lapwing.desk.moments.unalterable import Unalterable

LEAST_FREE = 2 << 30
"""Bytes below which a disk is as good as full."""
OLDEST_BACKUP = timedelta(days=7)
OLDEST_CHECKPOINT = timedelta(hours=1)
OLDEST_VERIFICATION = timedelta(days=7)
LONGEST_DUE = timedelta(days=7)
"""How long what is due to be erased may wait for somebody to confirm the sweep."""
LISTED = 5
OTHERS_DECISIONS = {"security.W005", "security.W021"}
"""Checks of Django about subdomains and preload lists: the whole organisation decides about those, and not a desk."""


def check() -> list[Finding]:
    """All findings about the desk that the environment names, in the order in which they were looked at."""
    findings = [*_environment(), *_folder(), *_keys()]
    if not (home.folder() / "secret-key").exists():
        return [
            *findings,
            note(f"There is no desk in {home.folder()} yet.", "Begin one with `lapwing desk`."),
        ]
    try:
        _start()
    except (DeploymentError, UnsafeHomeError):
        # What is wrong has been said above; without settings nothing more can be read.
        return findings
    findings += [*_kept_going(_settings), *_kept_going(_database)]
    if _current():
        for look in (_persons, _log, _retention, _backups, _machine):
            findings += _kept_going(look)
    return findings


def _current() -> bool:
    """Whether the database is of this version, so that more can be read from it."""
    from django.db import DatabaseError

    from lapwing.desk.operation import schema

    try:
        return schema.read().standing is schema.Standing.CURRENT
    except DatabaseError:
        return False


def _start() -> None:
    import django

    from lapwing.desk.project.start import SETTINGS

    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    django.setup()


def _kept_going(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """What a look finds; that it failed is a finding too."""
    from django.db import DatabaseError

    try:
        return list(look())
    except DatabaseError as error:
        return [
            unsafe(
                f"The database cannot be read for this ({look.__name__.strip('_')}): {str(error).strip()}",
                "See that it runs and that DATABASE_URL is right.",
            )
        ]


def _environment() -> Iterator[Finding]:
    try:
        deployment = Deployment.read(os.environ)
    except DeploymentError as error:
        yield unsafe("The environment is not one to start with.", str(error))
        return
    if deployment.demo:
        yield unsafe(
            "LAPWING_DEMO is set: passwords are known and no second factor is asked for.",
            "Unset it for anything but a demonstration on your own machine.",
        )
    if deployment.encrypted:
        yield fine(f"HTTPS: people open {deployment.url}.")
    else:
        yield note(
            f"HTTPS: none; {deployment.url} is reached from this machine only.",
            "Before others work with it, put a server in front that speaks HTTPS, and set LAPWING_URL.",
        )


def _folder() -> Iterator[Finding]:
    data = home.folder()
    if not data.is_dir():
        yield note(f"The data folder {data} is not there yet.")
        return
    open_ = [path for path in (data, *sorted(data.iterdir())) if path.lstat().st_mode & home.OTHERS]
    if data in open_:
        yield unsafe(f"Others on this machine can look into the data folder {data}.", f"Run chmod 700 {data}")
    elif open_:
        # The folder keeps others out; a file that is open is one moved mode away from being read.
        names = ", ".join(path.name for path in open_[:LISTED])
        yield note(
            f"The data folder is closed to others, and in it these are not: {names}.",
            f"Run chmod -R go= {data}",
        )
    else:
        yield fine(f"The data folder {data} is its owner's alone.")
    if data.stat().st_uid != os.geteuid():
        yield note(f"The data folder {data} belongs to another account than the one that runs this check.")
    usage = shutil.disk_usage(data)
    if usage.free < LEAST_FREE or usage.free < usage.total / 20:
        yield unsafe(
            f"The disk of {data} has {usage.free / 2**30:.1f} GiB left of {usage.total / 2**30:.0f}.",
            "Make room: a desk whose disk is full takes no events in, and can record nothing, so nobody can work.",
        )
    else:
        yield fine(f"The disk has {usage.free / 2**30:.0f} GiB left.")


def _keys() -> Iterator[Finding]:
    data = home.folder()
    try:
        home.secret_key()
    except UnsafeHomeError as error:
        yield unsafe("The key of sessions is not safe.", str(error))
    try:
        held = key.load(os.environ)
    except SealKeyError as error:
        yield unsafe("The seal key is not one to start with.", str(error))
    else:
        file = Path(os.environ.get(key.FILE, "/"))
        if data in file.resolve().parents:
            yield note(
                "The seal key lies in the data folder, beside what it seals.",
                "Keep it where a copy of the data folder does not take it along.",
            )
        else:
            yield fine(f"The seal key is there; new seals are made with {held.current}.")


def _settings() -> Iterator[Finding]:
    from django.conf import settings
    from django.core.checks import run_checks

    if settings.DEBUG:
        yield unsafe(
            "DEBUG is on: errors show settings and data to whoever causes them.",
            "Take it out of the settings.",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield unsafe("ALLOWED_HOSTS takes any name.", "Name the host in LAPWING_URL only.")
    checks = run_checks(include_deployment_checks=settings.DEPLOYMENT.encrypted)
    found = [one for one in checks if one.id not in OTHERS_DECISIONS]
    for one in found:
        yield unsafe(f"{one.id}: {one.msg}", str(one.hint or "See the checks of Django's documentation."))
    if not found:
        yield fine("The settings pass Django's checks.")


def _database() -> Iterator[Finding]:
    from django.db import connection

    from lapwing.desk.audit import append_only
    from lapwing.desk.moments import unalterable
    from lapwing.desk.operation import schema
    from lapwing.desk.operation.schema import Standing

    found = schema.read()
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    if found.standing is Standing.CURRENT:
        yield fine(f"The database is {name}, of this version ({__version__}).")
    elif found.standing is Standing.YOUNGER:
        yield unsafe(
            f"The database was written by a younger version than {__version__}.",
            "Install the version that wrote it.",
        )
        return
    else:
        yield note(
            "The database is not of this version yet.",
            "`lapwing desk` makes a backup and brings it up to date.",
        )
        return
    absent = sorted(append_only.absent(connection))
    if absent:
        yield unsafe(
            f"The audit log is not protected in the database: {', '.join(absent)} are missing or switched off.",
            "Somebody with rights to the database took them away. Verify the log, and tell the overseer.",
        )
    absent = sorted(unalterable.absent(connection, _recorded()))
    if absent:
        yield unsafe(
            "What was recorded of moments and cases is not protected in the database: "
            f"{', '.join(absent[:LISTED])}{f' and {len(absent) - LISTED} more' if len(absent) > LISTED else ''} "
            "are missing or switched off.",
            "Somebody with rights to the database took them away. Compare with the last backup, and tell the overseer.",
        )
    if connection.vendor == "postgresql":
        yield from _postgresql()


def _recorded() -> list[Unalterable]:
    """The tables that migrations have made unalterable."""
    names = (
        "lapwing.desk.moments.migrations.0002_unalterable",
        "lapwing.desk.cases.migrations.0002_unalterable",
    )
    return [table for name in names for table in import_module(name).TABLES]


def _postgresql() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), "
            "(SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), inet_server_addr() = inet_client_addr()"
        )
        superuser, encrypted, same = cursor.fetchone()
    if superuser:
        yield note(
            "The desk signs in to PostgreSQL as a superuser, which no trigger stops.",
            "Give it a role of its own that owns its database and nothing else.",
        )
    if same is False and not encrypted:
        yield unsafe(
            "The desk talks to PostgreSQL on another machine without encryption.",
            "Add ?sslmode=verify-full to DATABASE_URL.",
        )


def _persons() -> Iterator[Finding]:
    from django.conf import settings

    from lapwing.desk.accounts.factor import factors
    from lapwing.desk.accounts.models import Person

    active = list(Person.objects.filter(is_active=True))
    have = set(factors().values_list("user_id", flat=True))
    needing = [person for person in active if person.needs_second_factor]
    without = sorted(person.username for person in needing if person.pk not in have)
    if settings.DEMO:
        # A demonstration asks nobody for one, which has been said.
        pass
    elif without:
        shown = ", ".join(without[:LISTED]) + (
            f" and {len(without) - LISTED} more" if len(without) > LISTED else ""
        )
        yield unsafe(
            f"Second factors: {len(without)} of {len(needing)} persons whose role needs one have none: {shown}.",
            "They are asked for one when they sign in next; close the accounts that nobody uses.",
        )
    elif needing:
        yield fine(f"Second factors: all {len(needing)} persons whose role needs one have one.")
    for role, why in (
        ("overseer", "nobody sees how the desk is used, and nobody can start the machine again"),
        ("approver", "no mandate can be approved and no seal opened"),
    ):
        if active and not any(role in person.roles for person in active):
            yield unsafe(f"Nobody is {role}: {why}.", "Let an administrator give the role to somebody.")


def _log() -> Iterator[Finding]:
    from django.conf import settings

    from lapwing.desk import clock
    from lapwing.desk.audit import checkpointing, key_file
    from lapwing.desk.audit.error import AuditError
    from lapwing.desk.audit.kept import CHECKPOINT, stem
    from lapwing.desk.audit.models import Checkpoint, Entry
    from lapwing.desk.audit.note import NoteError

    now = clock.now()
    try:
        signing = key_file.load(checkpointing.key_path())
        if signing.public not in checkpointing.public_keys():
            yield unsafe(
                "The audit key has never signed this log.",
                "Restore the key that did: see `lapwing audit key`.",
            )
    except AuditError as error:
        yield unsafe("The audit log cannot be signed.", str(error))
    last = Checkpoint.objects.last()
    if last is None:
        yield note("The audit log has no checkpoint yet.", "The desk makes one when it opens.")
        return
    waiting = checkpointing.waiting_since(last.size)
    if waiting is not None and now - waiting > OLDEST_CHECKPOINT:
        yield unsafe(
            f"The audit log was last signed at {last.time:%Y-%m-%d %H:%M} UTC, and entries have waited since "
            f"{waiting:%Y-%m-%d %H:%M}.",
            "See whether the desk runs, and what it writes about checkpoints.",
        )
    if not (checkpointing.folder() / (stem(last.size) + CHECKPOINT)).exists():
        yield unsafe(
            f"The youngest checkpoint is not in {checkpointing.folder()}.",
            "See that the desk can write there.",
        )
    try:
        holds = checkpointing.still_begins_with(last.note)
    except NoteError:
        holds = False
    if holds:
        yield fine(f"The audit log still begins as it was signed at entry {last.size:,}.")
    else:
        yield unsafe(
            f"The audit log no longer begins as it was signed at entry {last.size:,}.",
            "Stop the desk, keep the database as it is, and tell the overseer.",
        )
    verified = Entry.objects.filter(action="audit.verify").last()
    if verified is not None and not verified.detail["whole"]:
        yield unsafe("The last verification found the audit log broken.", "See the page Oversight.")
    elif not settings.DEMO and (verified is None or now - verified.time > OLDEST_VERIFICATION):
        yield note(
            f"The whole audit log was not verified within {OLDEST_VERIFICATION.days} days.",
            "Let the overseer do it on the page Oversight, or verify an export.",
        )


def _retention() -> Iterator[Finding]:
    from lapwing.desk import clock
    from lapwing.desk.retention import shelf

    at = clock.now() - LONGEST_DUE
    looks = (
        ("acts", shelf.unrelated),
        ("moments", shelf.unconfirmed),
        ("moments past the longest term", shelf.oldest_moments),
        ("cases past the longest term", shelf.oldest_cases),
        ("handles", shelf.unwatched_handles),
    )
    late = [name for name, due in looks if due(at).exists()]
    if late:
        yield unsafe(
            f"Erasure is overdue by more than {LONGEST_DUE.days} days: {', '.join(late)}.",
            "Let somebody confirm a sweep on the page Retention.",
        )
    else:
        yield fine(f"Nothing has waited for its erasure for more than {LONGEST_DUE.days} days.")


def _backups() -> Iterator[Finding]:
    from django.conf import settings

    from lapwing.desk import clock
    from lapwing.desk.audit.models import Entry

    last = Entry.objects.filter(action="desk.backup").last()
    if last is not None and clock.now() - last.time <= OLDEST_BACKUP:
        yield fine(f"The last backup was made at {last.time:%Y-%m-%d %H:%M} UTC.")
    elif not settings.DEMO:
        yield unsafe(
            "There was never a backup." if last is None else f"The last backup is of {last.time:%Y-%m-%d}.",
            "Run `lapwing backup DIR` every day, and keep the result on another machine.",
        )


def _machine() -> Iterator[Finding]:
    from lapwing.desk.oversight.machine import standing

    held = standing()
    if held is not None:
        yield note(
            f"The machine is stopped since {held.time:%Y-%m-%d %H:%M} UTC: no moment is raised.",
            "An overseer starts it again.",
        )
