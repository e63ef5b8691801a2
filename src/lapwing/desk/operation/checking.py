"""Reading a deployment and saying what about it is unsafe. Nothing is changed, and nothing is made that is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from lapwing import __version__
from lapwing.desk.operation.finding import Finding, fine, note, unsafe
from lapwing.desk.operation.finding import in_words as _
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
            note(
                _("There is no desk in %(folder)s yet.", folder=home.folder()),
                _("Begin one with `lapwing desk`."),
            ),
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
                _(
                    "The database cannot be read for this (%(look)s): %(error)s",
                    look=look.__name__.strip("_"),
                    error=str(error).strip(),
                ),
                _("See that it runs and that DATABASE_URL is right."),
            )
        ]


def _environment() -> Iterator[Finding]:
    try:
        deployment = Deployment.read(os.environ)
    except DeploymentError as error:
        yield unsafe(_("The environment is not one to start with."), str(error))
        return
    if deployment.demo:
        yield unsafe(
            _("LAPWING_DEMO is set: passwords are known and no second factor is asked for."),
            _("Unset it for anything but a demonstration on your own machine."),
        )
    if deployment.encrypted:
        yield fine(_("HTTPS: people open %(url)s.", url=deployment.url))
    else:
        yield note(
            _("HTTPS: none; %(url)s is reached from this machine only.", url=deployment.url),
            _("Before others work with it, put a server in front that speaks HTTPS, and set LAPWING_URL."),
        )


def _folder() -> Iterator[Finding]:
    data = home.folder()
    if not data.is_dir():
        yield note(_("The data folder %(data)s is not there yet.", data=data))
        return
    open_ = [path for path in (data, *sorted(data.iterdir())) if path.lstat().st_mode & home.OTHERS]
    if data in open_:
        yield unsafe(
            _("Others on this machine can look into the data folder %(data)s.", data=data),
            _("Run chmod 700 %(data)s", data=data),
        )
    elif open_:
        # The folder keeps others out; a file that is open is one moved mode away from being read.
        names = ", ".join(path.name for path in open_[:LISTED])
        yield note(
            _("The data folder is closed to others, and in it these are not: %(names)s.", names=names),
            _("Run chmod -R go= %(data)s", data=data),
        )
    else:
        yield fine(_("The data folder %(data)s is its owner's alone.", data=data))
    if data.stat().st_uid != os.geteuid():
        yield note(
            _(
                "The data folder %(data)s belongs to another account than the one that runs this check.",
                data=data,
            )
        )
    usage = shutil.disk_usage(data)
    if usage.free < LEAST_FREE or usage.free < usage.total / 20:
        yield unsafe(
            _(
                "The disk of %(data)s has %(free)s GiB left of %(total)s.",
                data=data,
                free=f"{usage.free / 2**30:.1f}",
                total=f"{usage.total / 2**30:.0f}",
            ),
            _(
                "Make room: a desk whose disk is full takes no events in, and can record nothing, so nobody can work."
            ),
        )
    else:
        yield fine(_("The disk has %(n)s GiB left.", n=f"{usage.free / 2**30:.0f}"))


def _keys() -> Iterator[Finding]:
    data = home.folder()
    try:
        home.secret_key()
    except UnsafeHomeError as error:
        yield unsafe(_("The key of sessions is not safe."), str(error))
    environment = dict(os.environ)
    if environment.get("LAPWING_DEMO") and (data / key.OF_DEMONSTRATION).exists():
        # It starts with the key that it has made itself.
        key.for_demonstration(data, environment)
    try:
        held = key.load(environment)
    except SealKeyError as error:
        yield unsafe(_("The seal key is not one to start with."), str(error))
    else:
        file = Path(environment.get(key.FILE, "/"))
        if data in file.resolve().parents:
            yield note(
                _("The seal key lies in the data folder, beside what it seals."),
                _("Keep it where a copy of the data folder does not take it along."),
            )
        else:
            yield fine(_("The seal key is there; new seals are made with %(current)s.", current=held.current))


def _settings() -> Iterator[Finding]:
    from django.conf import settings
    from django.core.checks import run_checks

    if settings.DEBUG:
        yield unsafe(
            _("DEBUG is on: errors show settings and data to whoever causes them."),
            _("Take it out of the settings."),
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield unsafe(_("ALLOWED_HOSTS takes any name."), _("Name the host in LAPWING_URL only."))
    checks = run_checks(include_deployment_checks=settings.DEPLOYMENT.encrypted)
    found = [one for one in checks if one.id not in OTHERS_DECISIONS]
    for one in found:
        yield unsafe(
            f"{one.id}: {one.msg}",
            str(one.hint or _("See the checks of Django's documentation.")),
        )
    if not found:
        yield fine(_("The settings pass Django's checks."))


def _database() -> Iterator[Finding]:
    from django.db import connection

    from lapwing.desk.audit import append_only
    from lapwing.desk.moments import unalterable
    from lapwing.desk.operation import schema
    from lapwing.desk.operation.schema import Standing

    found = schema.read()
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    if found.standing is Standing.CURRENT:
        yield fine(
            _("The database is %(name)s, of this version (%(version)s).", name=name, version=__version__)
        )
    elif found.standing is Standing.YOUNGER:
        yield unsafe(
            _("The database was written by a younger version than %(version)s.", version=__version__),
            _("Install the version that wrote it."),
        )
        return
    else:
        yield note(
            _("The database is not of this version yet."),
            _("`lapwing desk` makes a backup and brings it up to date."),
        )
        return
    absent = sorted(append_only.absent(connection))
    if absent:
        yield unsafe(
            _(
                "The audit log is not protected in the database: %(names)s are missing or switched off.",
                names=", ".join(absent),
            ),
            _("Somebody with rights to the database took them away. Verify the log, and tell the overseer."),
        )
    absent = sorted(unalterable.absent(connection, _recorded()))
    if absent:
        yield unsafe(
            _(
                "What was recorded of moments and cases is not protected in the database: %(names)s are missing "
                "or switched off.",
                names=_some(absent),
            ),
            _(
                "Somebody with rights to the database took them away. Compare with the last backup, and tell "
                "the overseer."
            ),
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
            _("The desk signs in to PostgreSQL as a superuser, which no trigger stops."),
            _("Give it a role of its own that owns its database and nothing else."),
        )
    if same is False and not encrypted:
        yield unsafe(
            _("The desk talks to PostgreSQL on another machine without encryption."),
            _("Add ?sslmode=verify-full to DATABASE_URL."),
        )


def _persons() -> Iterator[Finding]:
    from django.conf import settings

    from lapwing.desk.accounts.factor import factors, unreadable
    from lapwing.desk.accounts.models import Person
    from lapwing.desk.accounts.role import ROLES

    active = list(Person.objects.filter(is_active=True))
    have = set(factors().values_list("user_id", flat=True))
    needing = [person for person in active if person.needs_second_factor]
    without = sorted(person.username for person in needing if person.pk not in have)
    if settings.DEMO:
        # A demonstration asks nobody for one, which has been said.
        pass
    elif without:
        yield unsafe(
            _(
                "Second factors: %(without)s of %(needing)s persons whose role needs one have none: %(shown)s.",
                without=len(without),
                needing=len(needing),
                shown=_some(without),
            ),
            _("They are asked for one when they sign in next; close the accounts that nobody uses."),
        )
    elif needing:
        yield fine(_("Second factors: everybody whose role needs one has one (%(n)s).", n=len(needing)))
    lost = unreadable()
    if lost:
        yield unsafe(
            _(
                "Second factors: the authenticator apps of %(names)s were set up under another secret key.",
                names=_some(lost),
            ),
            _(
                "Put the old secret-key back into the data folder; without it they sign in with a security key, or an "
                "administrator resets how they sign in, whom `lapwing admit` lets in."
            ),
        )
    for role, why in (
        ("overseer", _("nobody sees how the desk is used, and nobody can start the machine again")),
        ("approver", _("no mandate can be approved and no seal opened")),
    ):
        if active and not any(role in person.roles for person in active):
            yield unsafe(
                _("Nobody is %(role)s: %(why)s.", role=ROLES[role].title, why=why),
                _("Let an administrator give the role to somebody."),
            )


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
                _("The audit key has never signed this log."),
                _("Restore the key that did: see `lapwing audit key`."),
            )
    except AuditError as error:
        yield unsafe(_("The audit log cannot be signed."), str(error))
    last = Checkpoint.objects.last()
    if last is None:
        yield note(_("The audit log has no checkpoint yet."), _("The desk makes one when it opens."))
        return
    waiting = checkpointing.waiting_since(last.size)
    if waiting is not None and now - waiting > OLDEST_CHECKPOINT:
        yield unsafe(
            _(
                "The audit log was last signed at %(time)s UTC, and entries have waited since %(waiting)s.",
                time=f"{last.time:%Y-%m-%d %H:%M}",
                waiting=f"{waiting:%Y-%m-%d %H:%M}",
            ),
            _("See whether the desk runs, and what it writes about checkpoints."),
        )
    if not (checkpointing.folder() / (stem(last.size) + CHECKPOINT)).exists():
        yield unsafe(
            _("The youngest checkpoint is not in %(folder)s.", folder=checkpointing.folder()),
            _("See that the desk can write there."),
        )
    try:
        holds = checkpointing.still_begins_with(last.note)
    except NoteError:
        holds = False
    if holds:
        yield fine(_("The audit log still begins as it was signed at entry %(size)s.", size=f"{last.size:,}"))
    else:
        yield unsafe(
            _("The audit log no longer begins as it was signed at entry %(size)s.", size=f"{last.size:,}"),
            _("Stop the desk, keep the database as it is, and tell the overseer."),
        )
    verified = Entry.objects.filter(action="audit.verify").last()
    if verified is not None and not verified.detail["whole"]:
        yield unsafe(_("The last verification found the audit log broken."), _("See the page Oversight."))
    elif not settings.DEMO and (verified is None or now - verified.time > OLDEST_VERIFICATION):
        yield note(
            _("The whole audit log was not verified within %(days)s days.", days=OLDEST_VERIFICATION.days),
            _("Let the overseer do it on the page Oversight, or verify an export."),
        )


def _retention() -> Iterator[Finding]:
    from lapwing.desk import clock
    from lapwing.desk.retention import shelf

    at = clock.now() - LONGEST_DUE
    looks = (
        (_("acts"), shelf.unrelated),
        (_("moments"), shelf.unconfirmed),
        (_("moments past the longest term"), shelf.oldest_moments),
        (_("cases past the longest term"), shelf.oldest_cases),
        (_("handles"), shelf.unwatched_handles),
    )
    late = [name for name, due in looks if due(at).exists()]
    if late:
        yield unsafe(
            _(
                "Erasure is overdue by more than %(days)s days: %(names)s.",
                days=LONGEST_DUE.days,
                names=", ".join(late),
            ),
            _("Let somebody confirm a sweep on the page Retention."),
        )
    else:
        yield fine(
            _("Nothing has waited for its erasure for more than %(days)s days.", days=LONGEST_DUE.days)
        )


def _backups() -> Iterator[Finding]:
    from django.conf import settings

    from lapwing.desk import clock
    from lapwing.desk.audit.models import Entry

    last = Entry.objects.filter(action="desk.backup").last()
    if last is not None and clock.now() - last.time <= OLDEST_BACKUP:
        yield fine(_("The last backup was made at %(time)s UTC.", time=f"{last.time:%Y-%m-%d %H:%M}"))
    elif not settings.DEMO:
        yield unsafe(
            _("There was never a backup.")
            if last is None
            else _("The last backup is of %(day)s.", day=f"{last.time:%Y-%m-%d}"),
            _("Run `lapwing backup DIR` every day, and keep the result on another machine."),
        )


def _machine() -> Iterator[Finding]:
    from lapwing.desk.oversight.machine import standing

    held = standing()
    if held is not None:
        yield note(
            _(
                "The machine is stopped since %(time)s UTC: no moment is raised.",
                time=f"{held.time:%Y-%m-%d %H:%M}",
            ),
            _("An overseer starts it again."),
        )


def _some(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    shown = ", ".join(names[:LISTED])
    if len(names) <= LISTED:
        return shown
    return _("%(shown)s and %(n)s more", shown=shown, n=len(names) - LISTED)
