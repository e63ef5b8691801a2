"""An entry is kept with its act or not at all, in order, without gaps, and the database lets nobody touch it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from desk_databases import own_databases
from desk_folder import OPEN, new_desk
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from lapwing.desk import audit, clock
from lapwing.desk.accounts.models import Person
from lapwing.desk.audit import append_only, checkpointing, kept
from lapwing.desk.audit.error import AuditKeyError, RewrittenError
from lapwing.desk.audit.exporting import export, verified
from lapwing.desk.audit.models import Checkpoint, Entry
from lapwing.desk.audit.recording import OutsideTransactionError
from lapwing.desk.audit.statement import StatementError
from lapwing.desk.audit.tree import Frontier
from lapwing.desk.audit.verification import verify

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def unprotected(transactional_db: None) -> Iterator[None]:
    """A database whose owner has dropped the triggers."""
    append_only.remove(connection)
    yield
    append_only.install(connection)


def said(count: int, by: Person | None = None) -> None:
    for number in range(count):
        with transaction.atomic():
            audit.record(by, "moment.look", f"moment:m-{number}")


def failing(about: str) -> None:
    with transaction.atomic():
        audit.record(None, "moment.decide", about)
        raise ZeroDivisionError


def numbers() -> list[int]:
    return list(Entry.objects.values_list("number", flat=True))


# --- with the act or not at all --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransactionError) as refused:
        audit.record(None, "mandate.approve", "mandate:17")
    assert str(refused.value) == (
        "The audit entry mandate.approve about mandate:17 was recorded outside a transaction. Put it and the act it "
        "tells of into one `with transaction.atomic():`, so that neither is kept without the other."
    )
    assert numbers() == []


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_neither_entry_nor_gap() -> None:
    said(2)
    with pytest.raises(ZeroDivisionError):
        failing("moment:m-1")
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            failing("moment:m-2")
        audit.record(None, "moment.decide", "moment:m-3")
    assert numbers() == [1, 2, 3]
    assert Entry.objects.get(number=3).about == "moment:m-3"


def test_an_entry_says_who_did_what_to_what_when_and_why(analyst: Person) -> None:
    before = clock.now()
    with transaction.atomic():
        entry = audit.record(
            analyst,
            "moment.decide",
            "moment:m-3f",
            why="reasons\u0000 é",
            detail={"bits": 12.5, "with": ["a", None]},
        )
    kept_entry = Entry.objects.get(number=entry.number)
    assert kept_entry.by == analyst
    assert kept_entry.by_id == analyst.pseudonym
    assert before <= kept_entry.time <= clock.now()
    assert (kept_entry.why, kept_entry.detail) == ("reasons\u0000 é", {"bits": 12.5, "with": ["a", None]})
    assert kept_entry.statement().leaf() == bytes(kept_entry.leaf) == entry.statement().leaf()


@pytest.mark.parametrize(
    ("action", "about", "message"),
    [
        ("Moment", "moment:1", "The action 'Moment' of an audit entry is not written as noun.verb in small letters, "
         "such as moment.look."),
        ("moment.look", "a\u202eb", "What an audit entry is about, 'a\\u202eb', holds characters that cannot be shown: "
         "name the thing, such as mandate:17, and put the rest into the detail."),
        ("moment.look", "x" * 201, "What an audit entry is about is 201 characters long, more than 200: name the "
         "thing, such as mandate:17, and put the rest into the detail."),
    ],
)  # fmt: skip
def test_what_pages_could_not_show_is_refused(db: None, action: str, about: str, message: str) -> None:
    with pytest.raises(StatementError) as refused, transaction.atomic():
        audit.record(None, action, about)
    assert str(refused.value) == message


def test_what_is_too_large_is_refused(db: None) -> None:
    with pytest.raises(StatementError, match="keep the content where it belongs and record its hash"):
        audit.record(None, "moment.look", "moment:1", detail={"text": "x" * 100_001})
    with pytest.raises(StatementError, match=r"cannot be kept: detail.at is of the type datetime: only text"):
        audit.record(None, "moment.look", "moment:1", detail={"at": clock.now()})  # type: ignore[dict-item]


def test_two_entries_that_say_the_same_have_different_hashes(db: None) -> None:
    with transaction.atomic():
        first = audit.record(None, "moment.look", "moment:1", why="short")
        second = audit.record(None, "moment.look", "moment:1", why="short")
    assert first.statement().words != second.statement().words


class AnyText(TestCase):
    @settings(max_examples=30, deadline=None)
    @given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
    def test_any_text_is_kept_as_it_was_given(self, why: str, detail: dict[str, str]) -> None:
        with transaction.atomic():
            entry = audit.record(None, "moment.look", "moment:1", why=why, detail=detail)
        kept_entry = Entry.objects.get(number=entry.number)
        assert (kept_entry.why, kept_entry.detail) == (why, detail)
        assert kept_entry.statement().leaf() == bytes(kept_entry.leaf)


def test_the_tree_grows_with_the_log(db: None) -> None:
    said(21)
    frontier = Frontier()
    for entry in Entry.objects.all():
        frontier = frontier.appended(entry.statement().leaf())
        assert bytes(entry.subtree) == frontier.peaks[-1]


# --- several at once -------------------------------------------------------------------------------------


WRITER = """
import sys
from pathlib import Path
from lapwing.desk.project.start import start
start(Path(sys.argv[1]))
from django.db import transaction
from lapwing.desk import audit
for at in range(20):
    try:
        with transaction.atomic():
            audit.record(None, "moment.look", f"moment:{sys.argv[2]}-{at}")
            if at % 4 == 0:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
"""

READER = """
import sys
from pathlib import Path
from lapwing.desk.project.start import start
start(Path(sys.argv[1]))
from lapwing.desk.audit.exporting import verified
from lapwing.desk.audit.models import Entry
print(list(Entry.objects.values_list("number", flat=True)) == list(range(1, 48)), verified().faults)
"""


def test_numbers_have_no_gap_with_processes_that_write_at_once_and_fail(
    database_url: str, tmp_path: Path
) -> None:
    def run(*arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "DATABASE_URL": database_url}
        command = [sys.executable, "-c", *arguments]
        return subprocess.Popen(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    home = str(tmp_path / "desk" if database_url else new_desk(tmp_path / "desk"))
    if database_url:
        made = run(OPEN, home)
        assert made.wait(60) == 0, made.communicate()[1]
    writers = [run(WRITER, home, str(name)) for name in range(3)]
    for writer in writers:
        assert writer.wait(60) == 0, writer.communicate()[1]
    assert run(READER, home).communicate()[0] == "True ()\n"


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database of its own, of the kind that the tests run with: a file, or beside the PostgreSQL database given."""
    with own_databases("lapwing_writers") as (writers,):
        yield writers


# --- append-only -----------------------------------------------------------------------------------------


def test_the_database_changes_and_removes_no_entry(db: None) -> None:
    said(3)
    for act in (
        lambda: Entry.objects.filter(number=2).update(about="moment:other"),
        lambda: Entry.objects.filter(number=3).delete(),
        lambda: Entry.objects.get(number=1).delete(),
        lambda: Entry.objects.get(number=1).save(),
        lambda: execute("UPDATE audit_entry SET action = action"),
        lambda: execute("DELETE FROM audit_entry"),
    ):
        with pytest.raises(IntegrityError, match="the audit log is append-only"), transaction.atomic():
            act()
    assert numbers() == [1, 2, 3]


def test_the_database_leaves_out_no_number(db: None) -> None:
    said(2)
    entry = Entry.objects.get(number=2)
    for number in (2, 1, 4, 0):
        entry.number = number
        with pytest.raises(IntegrityError, match="the audit log has no gaps"), transaction.atomic():
            entry.save(force_insert=True)


def test_checkpoints_are_kept_as_well(db: None) -> None:
    checkpointing.make()
    for act in (
        lambda: Checkpoint.objects.update(note="another"),
        lambda: Checkpoint.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="the audit log is append-only"), transaction.atomic():
            act()
    with pytest.raises(IntegrityError, match="covers more entries than the one before"), transaction.atomic():
        Checkpoint.objects.create(size=1, time=clock.now(), note="")


@pytest.mark.django_db(transaction=True)
def test_truncating_is_refused_too() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    for table in ("audit_entry", "audit_checkpoint"):
        with pytest.raises(IntegrityError, match="the audit log is append-only"):
            execute(f"TRUNCATE {table}")


@pytest.mark.django_db(transaction=True)
def test_triggers_that_were_dropped_are_missed() -> None:
    assert append_only.absent(connection) == set()
    append_only.remove(connection)
    try:
        assert append_only.absent(connection) == append_only.NAMES
    finally:
        append_only.install(connection)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


# --- signing ---------------------------------------------------------------------------------------------


def test_an_empty_log_gets_a_key_and_says_so(db: None, home: Path) -> None:
    key = checkpointing.prepare()
    assert [entry.action for entry in Entry.objects.all()] == ["audit.key"]
    assert checkpointing.public_keys() == [key.public]
    assert checkpointing.prepare() == key
    assert numbers() == [1]


def test_a_log_without_its_key_does_not_go_on(db: None, home: Path) -> None:
    checkpointing.make()
    checkpointing.key_path().unlink()
    with pytest.raises(AuditKeyError, match="does not exist, so the log cannot be signed"):
        checkpointing.prepare()
    with pytest.raises(AuditKeyError):
        checkpointing.make()


def test_the_key_of_another_log_does_not_sign_this_one(db: None, home: Path) -> None:
    mine = checkpointing.prepare().public
    checkpointing.key_path().unlink()
    checkpointing.key_file.make(checkpointing.key_path(), mine.name)
    with pytest.raises(AuditKeyError, match="has never signed this log, whose last key has the fingerprint"):
        checkpointing.prepare()


def test_a_lost_key_is_replaced_and_the_log_says_so(db: None, home: Path) -> None:
    checkpointing.make()
    first = checkpointing.prepare()
    with pytest.raises(AuditKeyError, match="There is an audit key already"):
        checkpointing.replace_key()
    checkpointing.key_path().unlink()
    second = checkpointing.replace_key()
    assert checkpointing.public_keys() == [first.public, second.public]
    checkpointing.make()
    assert verified().whole, verified().text()
    assert verify(export(None, words=True), [first.public, second.public]).whole


@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_is_made_after_a_thousand_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lapwing.desk.audit.recording.EVERY", 10)
    checkpointing.prepare()
    said(22)
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [10, 20]
    assert [one.says.size for one in kept.read(checkpointing.folder())] == [10, 20]


def test_a_checkpoint_is_made_when_entries_have_waited(db: None) -> None:
    checkpointing.make()
    assert checkpointing.make_due() is None
    said(1)
    assert checkpointing.make_due() is None
    with clock.moved(timedelta(minutes=11)):
        made = checkpointing.make_due()
    assert made is not None
    assert made.size == 2


def test_a_checkpoint_that_a_crash_kept_from_the_folder_is_written_later(db: None) -> None:
    checkpointing.make()
    said(3)
    checkpointing.make()
    for file in checkpointing.folder().iterdir():
        file.unlink()
    checkpointing.write_missing()
    assert [one.says.size for one in kept.read(checkpointing.folder())] == [1, 4]
    assert verified().whole


def test_a_log_that_still_begins_as_it_was_signed_is_told_quickly(db: None) -> None:
    said(5)
    checkpointing.prepare()
    first = checkpointing.make()
    said(8)
    assert first is not None
    assert checkpointing.still_begins_with(first.note)


# --- somebody who owns the database ----------------------------------------------------------------------


def grown() -> None:
    checkpointing.make()
    said(6)
    checkpointing.make()
    said(3)


@pytest.mark.parametrize(
    ("change", "bad", "seen_before_signing"),
    [
        # What was signed already is compared by its roots; what it says is read again by a verification.
        ("UPDATE audit_entry SET about = 'moment:other' WHERE number = 4", 4, False),
        ("UPDATE audit_entry SET by_id = NULL, time = '2020-01-01 00:00:00' WHERE number = 5", 5, False),
        ("DELETE FROM audit_entry WHERE number = 3", 3, False),
        ("UPDATE audit_entry SET action = 'moment.decide' WHERE number = 9", 9, True),
        ("UPDATE audit_entry SET words = 'nonsense' WHERE number = 3", 3, False),
        ("UPDATE audit_entry SET words = REPLACE(words, ':', ': ') WHERE number = 9", 9, True),
        ("UPDATE audit_entry SET words = '{}' WHERE number = 1", 1, False),
        ("DELETE FROM audit_entry WHERE number = 9", 9, True),
        ("DELETE FROM audit_entry WHERE number > 5", 6, True),
        ("DELETE FROM audit_entry WHERE number > 5; DELETE FROM audit_checkpoint WHERE size > 5", 6, True),
    ],
)  # fmt: skip
def test_what_an_owner_of_the_database_changes_is_found_and_not_signed(
    unprotected: None, change: str, bad: int, seen_before_signing: bool
) -> None:
    grown()
    for statement in change.split("; "):
        execute(statement)
    first = verified().first_bad
    assert first is not None
    assert (first.first, first.last) == (bad, bad)
    if seen_before_signing:
        with pytest.raises(RewrittenError):
            checkpointing.make()


def test_an_entry_whose_words_were_changed_is_still_shown(unprotected: None) -> None:
    grown()
    execute("UPDATE audit_entry SET words = 'nonsense' WHERE number = 4")
    entry = Entry.objects.get(number=4)
    assert (entry.why, entry.detail) == ("", {"unreadable": "nonsense"})


def test_a_rewritten_past_is_not_signed(unprotected: None) -> None:
    grown()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET leaf = %s, subtree = %s WHERE number = 6", [bytes(32), bytes(32)]
        )
    checkpoint = Checkpoint.objects.last()
    assert checkpoint is not None
    assert not checkpointing.still_begins_with(checkpoint.note)
    with pytest.raises(RewrittenError, match="are not those that were signed"):
        checkpointing.make()


# --- export ----------------------------------------------------------------------------------------------


def test_an_export_holds_all_up_to_itself_and_names_nobody(analyst: Person, home: Path) -> None:
    checkpointing.prepare()
    said(3, analyst)
    lines = list(export(analyst, words=True, why="asked for by the court"))
    found = verify(lines, checkpointing.public_keys(), checkpointing.folder())
    assert found.whole, found.text()
    assert found.entries == 5
    assert b'"action":"audit.export"' in lines[-1]
    assert b"asked for by the court" in lines[-1]
    assert analyst.username.encode() not in b"".join(lines)
    assert analyst.pseudonym.encode() in lines[-1]


def test_an_export_without_words_is_verified_as_well(analyst: Person, home: Path) -> None:
    checkpointing.prepare()
    with transaction.atomic():
        audit.record(analyst, "moment.decide", "moment:1", why="a sentence of reasons")
    lines = list(export(None, words=False))
    assert b"sentence" not in b"".join(lines)
    assert verify(lines, checkpointing.public_keys()).whole
