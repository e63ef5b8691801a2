"""The check names what is unsafe, says what to do next, and changes nothing."""

from __future__ import annotations

import base64
import os
import shutil
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.urls import reverse

from lapwing.desk import clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit import append_only, checkpointing
from lapwing.desk.moments.unalterable import absent
from lapwing.desk.operation import checking
from lapwing.desk.operation.checking import check
from lapwing.desk.operation.finding import Finding, Level, fine, note, text, unsafe
from lapwing.desk.oversight import machine
from lapwing.desk.project import home

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder as the desk makes it."""
    data = tmp_path / "desk"
    monkeypatch.setenv(home.ENVIRONMENT, str(data))
    settings.HOME = data
    home.prepare()
    return data


def found(part: str) -> Finding:
    """The one finding that says this."""
    matching = [one for one in check() if part in one.what]
    assert len(matching) == 1, [one.what for one in check()]
    return matching[0]


def says(part: str) -> bool:
    return any(part in one.what for one in check())


def test_the_text_has_what_is_unsafe_on_top_and_says_how_much_that_is() -> None:
    said = text(
        [
            fine("The disk has room."),
            note("It is old.", "Renew it."),
            unsafe("A key is open.", "Close it.\nNow."),
        ]
    )
    assert said == (
        "unsafe  A key is open.\n"
        "        Close it.\n"
        "        Now.\n"
        "note    It is old.\n"
        "        Renew it.\n"
        "fine    The disk has room.\n"
        "\n"
        "1 thing is unsafe."
    )
    assert text([fine("x")]).endswith("\nNothing is unsafe.")


def test_a_check_makes_nothing_that_is_missing(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(home.ENVIRONMENT, str(tmp_path / "nowhere"))
    assert says("There is no desk in")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_others_can_look_into_is_unsafe(db: None, folder: Path) -> None:
    assert found("is its owner's alone").level is Level.FINE
    (folder / "journal.sqlite3").touch(0o644)
    (folder / "journal.sqlite3").chmod(0o644)
    assert found("these are not: journal.sqlite3").level is Level.NOTE
    folder.chmod(0o755)
    one = found("Others on this machine can look into the data folder")
    assert (one.level, one.do) == (Level.UNSAFE, f"Run chmod 700 {folder}")


def test_a_key_of_sessions_that_others_can_read_is_unsafe(db: None, folder: Path) -> None:
    (folder / "secret-key").chmod(0o644)
    one = found("The key of sessions is not safe.")
    assert one.level is Level.UNSAFE
    assert "can be read by others" in one.do


def test_a_seal_key_that_is_missing_or_lies_beside_the_data_is_said(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found("The seal key is there").level is Level.FINE
    monkeypatch.delenv("LAPWING_SEAL_KEY")
    assert found("The seal key is not one to start with.").level is Level.UNSAFE
    file = folder / "seal-key"
    file.write_text("a:" + base64.b64encode(bytes(range(32))).decode())
    file.chmod(0o600)
    assert found("The seal key is not one to start with.").level is Level.UNSAFE
    with monkeypatch.context() as demonstration:
        demonstration.setenv("LAPWING_DEMO", "1")
        assert found("The seal key lies in the data folder").level is Level.NOTE
    monkeypatch.setenv("LAPWING_SEAL_KEY_FILE", str(file))
    assert found("The seal key lies in the data folder").level is Level.NOTE


@pytest.mark.parametrize(
    ("name", "value", "part", "level"),
    [
        ("LAPWING_URL", "http://desk.example.org", "The environment is not one to start with.", Level.UNSAFE),
        ("LAPWING_DEMO", "1", "LAPWING_DEMO is set", Level.UNSAFE),
        (
            "LAPWING_URL",
            "https://desk.example.org",
            "HTTPS: people open https://desk.example.org.",
            Level.FINE,
        ),
        ("LAPWING_URL", "http://localhost:8000", "HTTPS: none", Level.NOTE),
    ],
)
def test_the_environment_is_read(
    db: None, monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str, level: Level
) -> None:
    monkeypatch.setenv(name, value)
    assert found(part).level is level


def test_settings_that_give_things_away_are_unsafe(db: None, settings: Settings) -> None:
    assert says("The settings pass Django's checks.")
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    assert found("DEBUG is on").level is Level.UNSAFE
    assert found("ALLOWED_HOSTS takes any name.").level is Level.UNSAFE


def test_a_full_disk_is_unsafe(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(total=100 << 30, used=99 << 30, free=1 << 30)
    monkeypatch.setattr(checking.shutil, "disk_usage", lambda path: usage)
    assert found("has 1.0 GiB left of 100").level is Level.UNSAFE


def test_missing_second_factors_are_named(db: None, everybody: dict[str, Person], settings: Settings) -> None:
    one = found("Second factors:")
    assert one.level is Level.UNSAFE
    assert one.what.startswith(
        "Second factors: 6 of 6 persons whose role needs one have none: the-administrator, "
    )
    assert "and 1 more" in one.what
    for person in everybody.values():
        TOTP.activate(person, generate_totp_secret())
    assert found("Second factors: everybody whose role needs one has one (6).").level is Level.FINE
    assert not says("another secret key")
    settings.SECRET_KEY = "a key that was made anew" * 3
    lost = found("were set up under another secret key.")
    assert lost.level is Level.UNSAFE
    assert "the-administrator, the-analyst" in lost.what
    assert "Put the old secret-key back" in lost.do


def test_a_desk_without_overseer_or_approver_is_unsafe(db: None, analyst: Person) -> None:
    assert found("Nobody is overseer: nobody sees how the desk is used").level is Level.UNSAFE
    assert found("Nobody is approver: no mandate can be approved").level is Level.UNSAFE


def test_the_log_is_looked_at(db: None, folder: Path) -> None:
    assert found("The audit log cannot be signed.").level is Level.UNSAFE
    checkpointing.make()
    assert found("The audit log still begins as it was signed at entry 1.").level is Level.FINE
    with clock.moved(timedelta(hours=2)):
        assert not says("entries have waited")
    for file in (folder / "checkpoints").iterdir():
        file.unlink()
    assert found("The youngest checkpoint is not in").level is Level.UNSAFE


def test_entries_that_wait_too_long_for_a_checkpoint_are_unsafe(db: None, overseer: Person) -> None:
    checkpointing.make()
    machine.stop(overseer, "why")
    with clock.moved(timedelta(hours=2)):
        one = found("entries have waited since")
    assert one.level is Level.UNSAFE
    assert found("The machine is stopped since").level is Level.NOTE


@pytest.mark.django_db(transaction=True)
def test_triggers_that_were_dropped_are_unsafe() -> None:
    append_only.remove(connection)
    try:
        assert found("The audit log is not protected in the database").level is Level.UNSAFE
    finally:
        append_only.install(connection)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", ["moments", "cases"])
def test_records_that_can_be_changed_are_unsafe(room: str) -> None:
    tables = import_module(f"lapwing.desk.{room}.migrations.0002_unalterable").TABLES
    assert absent(connection, tables) == set()
    tables[0].remove(connection)
    try:
        one = found("What was recorded of moments and cases is not protected in the database")
        assert one.level is Level.UNSAFE
        assert f"{tables[0].table}_kept, {tables[0].table}_unchanged are missing" in one.what
    finally:
        tables[0].install(connection)


def test_erasure_that_is_overdue_is_unsafe(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("Nothing has waited for its erasure").level is Level.FINE
    # Whatever is there may stand for what is overdue.
    monkeypatch.setattr("lapwing.desk.retention.shelf.unconfirmed", lambda at: ContentType.objects.all())
    one = found("Erasure is overdue by more than 7 days: moments.")
    assert (one.level, one.do) == (Level.UNSAFE, "Let somebody confirm a sweep on the page Retention.")


def test_a_desk_without_backups_is_unsafe(db: None) -> None:
    one = found("There was never a backup.")
    assert (one.level, one.do) == (
        Level.UNSAFE,
        "Run `lapwing backup DIR` every day, and keep the result on another machine.",
    )


def test_the_page_says_the_same_to_whoever_runs_the_machine(
    as_administrator: Client, as_analyst: Client
) -> None:
    page = as_administrator.get(reverse("operation:page")).content.decode()
    assert "There was never a backup." not in page, "a demonstration needs none"
    assert "Is this machine safe to work on?" in page
    assert as_analyst.get(reverse("operation:page")).status_code == 403


def test_the_environment_is_as_it_was_before(db: None) -> None:
    before = dict(os.environ)
    check()
    assert dict(os.environ) == before
