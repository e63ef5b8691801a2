"""The journal: on disk before it answers, each row once, and no subject that no mandate covers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.desk.intake import journal as journal_module
from lapwing.desk.intake.journal import Covered, Entry, Journal, JournalError, Origin, Taken, entries, newest
from lapwing.desk.intake.posted import checked
from lapwing.events.vocabulary import Vocabulary

VOCABULARY = Vocabulary.load()
NOW = 1_772_366_400


def covering(
    *subjects: str, detection: frozenset[str] | None = None
) -> Callable[[frozenset[Origin]], Covered]:
    may = frozenset(subjects)
    named = may if detection is None else detection

    def covered(asked: frozenset[Origin]) -> Covered:
        return Covered(
            frozenset(one for one in asked if one[0] in may),
            frozenset(one for one in asked if one[0] in named),
            frozenset(one[0] for one in asked if one[0] in named),
        )

    return covered


ALL = covering(*(f"s{n}" for n in range(100)))


def lines(*rows: tuple[str | None, str, str]) -> bytes:
    """(subject, context, id) as a post."""
    told = [
        {
            "time": NOW - 100,
            "subject": subject,
            "kind": "share",
            "context": context,
            **({"id": id_} if id_ else {}),
        }
        for subject, context, id_ in rows
    ]
    return b"".join(json.dumps(row).encode() + b"\n" for row in told)


def add(
    journal: Journal, content: bytes, post: str = "p", covered: Callable[[frozenset[Origin]], Covered] = ALL
) -> Taken:
    found = checked(content, VOCABULARY, now=NOW * 1_000_000)
    assert found.rows is not None
    return journal.add(found.rows, found.lines, post=post, covered=covered)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(file: Path) -> Iterator[Journal]:
    with Journal(file, now=lambda: NOW) as opened:
        yield opened


def rows(file: Path) -> list[dict[str, object]]:
    return [
        row for entry in entries(file, 0, 10**9) if entry.sort == "rows" for row in entry.rows().to_pylist()
    ]


def test_what_is_sent_again_is_taken_once(journal: Journal, file: Path) -> None:
    content = lines(("s1", "link:a", "x"), ("s1", "tag:a", "x"), ("s2", "link:a", "y"))
    assert add(journal, content) == Taken(3, 0, 0)
    assert add(journal, content, post="another") == Taken(0, 3, 0)
    assert add(journal, content + lines(("s3", "link:a", "z"))) == Taken(1, 3, 0)
    assert [(row["subject"], row["context"], row["id"]) for row in rows(file)] == [
        ("s1", "link:a", "x"),
        ("s1", "tag:a", "x"),
        ("s2", "link:a", "y"),
        ("s3", "link:a", "z"),
    ]


def test_lines_without_id_are_known_by_their_post(journal: Journal, file: Path) -> None:
    content = lines(("s1", "link:a", ""), ("s1", "link:a", ""))
    assert add(journal, content, post="one") == Taken(2, 0, 0)
    assert add(journal, content, post="one") == Taken(0, 2, 0)
    assert add(journal, content, post="two") == Taken(2, 0, 0)


def test_a_subject_without_a_mandate_is_removed_before_anything_is_stored(
    journal: Journal, file: Path
) -> None:
    content = lines(("bystander-7", "link:a", "act-of-bystander-7"), ("s1", "link:a", "y"))
    assert add(journal, content) == Taken(2, 0, 1)
    first, second = rows(file)
    assert (first["subject"], first["context"]) == (None, "link:a")
    assert first["id"] != "act-of-bystander-7"
    assert second["subject"] == "s1"
    journal.close()
    for stored in file.parent.iterdir():
        assert b"bystander" not in stored.read_bytes()
    # Entries are packed: what they hold, with the dictionaries of their columns, must be free of it as well.
    for entry in entries(file, 0, 10**9):
        held = entry.rows()
        dictionaries = [
            column.chunk(0).dictionary.to_pylist()
            for column in held.columns
            if hasattr(column.chunk(0), "dictionary")
        ]
        assert "bystander" not in f"{held.to_pydict()} {dictionaries}"


def test_rows_of_one_act_stay_one_act_when_their_subject_is_removed(journal: Journal, file: Path) -> None:
    add(journal, lines(("b", "link:a", "x"), ("b", "tag:a", "x"), ("c", "link:a", "x")))
    first, second, third = (row["id"] for row in rows(file))
    assert first == second
    assert third != first


def test_sent_again_under_another_mandate_it_is_still_known(journal: Journal) -> None:
    content = lines(("s1", "link:a", "x"))
    assert add(journal, content, covered=covering()) == Taken(1, 0, 1)
    assert add(journal, content) == Taken(0, 1, 0)


def test_who_may_be_read_but_not_detected_stays_outside_the_watch(journal: Journal, file: Path) -> None:
    add(journal, lines(("s1", "link:a", "x")), covered=covering("s1", detection=frozenset()))
    roster, told = entries(file, 0, 10**9)
    assert roster.roster() == (frozenset({"s1"}), frozenset())
    assert told.rows()["subject"].to_pylist() == ["s1"]
    assert journal.roster() == {"s1": False}
    add(journal, lines(("s1", "link:a", "y")))
    assert [entry.sort for entry in entries(file, 2, 10**9)] == ["roster", "rows"]
    assert journal.roster() == {"s1": True}


def test_a_subject_is_kept_only_with_what_its_mandate_allows_from_there(journal: Journal, file: Path) -> None:
    """Read and detected from the platform, read but not detected from payments, neither from elsewhere."""
    base = {"time": NOW - 100, "subject": "s1", "kind": "share", "circle": "c1"}
    others: tuple[dict[str, object], ...] = (
        {"source": "platform"}, {"source": "payment"}, {"source": "border"}, {}, {"subject": None},
    )  # fmt: skip
    content = b"".join(
        json.dumps({**base, "context": f"link:{at}", "id": f"e{at}", **other}).encode() + b"\n"
        for at, other in enumerate(others)
    )
    reading = frozenset({("s1", "platform"), ("s1", "payment")})
    told = Covered(reading, frozenset({("s1", "platform")}), frozenset({"s1"}))
    asked: set[Origin] = set()

    def covered(origins: frozenset[Origin]) -> Covered:
        asked.update(origins)
        return told

    assert add(journal, content, covered=covered) == Taken(5, 0, 3)
    assert asked == reading | {("s1", "border"), ("s1", "")}
    (entry,) = entries(file, 0, 10**9)
    assert entry.rows()["subject"].to_pylist() == ["s1", "s1", None, None, None]
    assert entry.rows()["circle"].to_pylist() == ["c1", "c1", None, None, "c1"]
    watched = entry.watched()
    assert watched.schema == entry.rows().schema
    assert watched["subject"].to_pylist() == ["s1", None, None, None, None]
    assert watched["circle"].to_pylist() == ["c1", None, None, None, "c1"]
    assert watched["context"].to_pylist() == entry.rows()["context"].to_pylist()
    assert journal.roster() == {"s1": True}


def test_a_change_of_the_roster_or_budget_stands_between_the_rows_it_divides(
    journal: Journal, file: Path
) -> None:
    add(journal, lines(("s1", "link:a", "x")))
    journal.change_roster(["s1"], [])
    journal.change_budget(12.5)
    add(journal, lines((None, "link:a", "y")))
    found = entries(file, 0, 10**9)
    assert [entry.sort for entry in found] == ["rows", "roster", "budget", "rows"]
    assert found[1].roster() == (frozenset({"s1"}), frozenset())
    assert found[2].budget() == 12.5
    assert journal.budget() == 12.5
    assert newest(file) == found[-1].number


def test_entries_are_read_some_at_a_time_and_from_anywhere(journal: Journal, file: Path) -> None:
    for at in range(5):
        add(journal, lines(*((f"s{at}", f"link:{n}", f"{at}-{n}") for n in range(4))))
    assert [entry.number for entry in entries(file, 0, 8)] == [1, 2]
    assert [entry.number for entry in entries(file, 2, 9)] == [3, 4, 5]
    assert entries(file, 5, 9) == []
    assert entries(file.with_name("none"), 0, 9) == []


def test_posts_at_the_same_time_share_a_transaction(journal: Journal, file: Path) -> None:
    threads = [
        threading.Thread(target=add, args=(journal, lines((f"s{n}", "link:a", f"id{n}")))) for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(row["id"]) for row in rows(file)) == sorted(f"id{n}" for n in range(40))


def test_what_cannot_be_written_is_told_and_does_not_count(journal: Journal, file: Path) -> None:
    with sqlite3.connect(file) as base:
        base.execute(
            "CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    with pytest.raises(JournalError) as error:
        add(journal, lines(("s1", "link:a", "x")))
    assert str(error.value) == (
        f"{file} cannot be written: disk is full.\n"
        "Check that the disk has room and that the desk may write there; then send again what was not acknowledged."
    )
    with sqlite3.connect(file) as base:
        base.execute("DROP TRIGGER full")
    assert add(journal, lines(("s1", "link:a", "x"))) == Taken(1, 0, 0)


def test_what_is_old_is_forgotten(file: Path) -> None:
    now = [float(NOW)]
    with Journal(file, now=lambda: now[0]) as journal:
        add(journal, lines(("s1", "link:a", "x")))
        now[0] += journal_module.KEPT + 1
        journal.forget()
        assert entries(file, 0, 10**9) == []
        assert add(journal, lines(("s1", "link:a", "x"))) == Taken(0, 1, 0)
        now[0] += journal_module.REMEMBERED + 86_400
        journal.forget()
        assert add(journal, lines(("s1", "link:a", "x"))) == Taken(1, 0, 0)
        assert [entry.number for entry in entries(file, 0, 10**9)] == [2]


def test_the_file_is_its_owners_alone(journal: Journal, file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_intake_journal import ALL, NOW, add, lines
from lapwing.desk.intake.journal import Journal
journal = Journal(Path({file!r}), now=lambda: NOW)
for at in range(int(sys.argv[1]), 100_000):
    add(journal, lines(*((f"s{{n}}", "link:a", f"{{at}}-{{n}}") for n in range(3))))
    print(at, flush=True)
"""


def test_killed_again_and_again_it_loses_none_and_doubles_none(file: Path) -> None:
    code = WRITER.format(tests=str(Path(__file__).parent), file=str(file))
    acknowledged = -1
    for attempt in range(4):
        # Whoever was not answered sends it again.
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(acknowledged + 1)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        assert process.stdout is not None
        deadline = time.monotonic() + 0.15 + 0.1 * attempt
        for told in process.stdout:
            acknowledged = int(told)
            if time.monotonic() > deadline and acknowledged >= 0:
                process.send_signal(signal.SIGKILL)
                break
        acknowledged = max([acknowledged, *(int(told) for told in process.stdout)])
        process.wait()
        process.stdout.close()
    stored = [str(row["id"]) for row in rows(file)]
    assert len(stored) == len(set(stored))
    assert {f"{at}-{n}" for at in range(acknowledged + 1) for n in range(3)} <= set(stored)
    # Of what was not acknowledged, all rows of a post are there or none.
    assert len(stored) % 3 == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["s1", "s2", "b1", None]), st.integers(0, 3), st.integers(0, 4)),
        max_size=30,
    )
)
@settings(max_examples=40, deadline=None)
def test_each_different_row_stands_there_once_however_it_is_sent(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str | None, int, int]]
) -> None:
    file = tmp_path_factory.mktemp("journal") / "journal.sqlite3"
    told = [(subject, f"link:{context}", f"i{id_}") for subject, context, id_ in sent]
    with Journal(file, now=lambda: NOW) as journal:
        for at in range(0, len(told), 7):
            answer = add(journal, lines(*told[at : at + 7]), post=str(at))
            assert answer.accepted + answer.repeated == len(told[at : at + 7])
    assert len(rows(file)) == len(set(told))


def test_an_entry_reads_as_it_was_written(journal: Journal, file: Path) -> None:
    add(journal, lines(("s1", "link:ä—漢", "x")))
    entry = entries(file, 0, 1)[0]
    assert isinstance(entry, Entry)
    assert entry.received == NOW
    assert entry.rows().to_pylist()[0] == {
        "time": (NOW - 100) * 1_000_000,
        "subject": "s1",
        "kind": "share",
        "context": "link:ä—漢",
        "id": "x",
        "circle": None,
        "source": None,
        "platform": None,
    }
