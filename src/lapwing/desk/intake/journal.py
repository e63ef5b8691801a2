"""The journal: everything that came in, in the order in which it was taken, on disk before it is acknowledged.

One SQLite file of its own, so that taking events in never waits for the pages' database nor they for it. One
thread writes. Whoever adds something waits until it is on disk; all who wait at the same time share one
transaction and so one fsync. What the watch does depends on the journal alone: it reads the entries in their
order, and can begin anywhere and read them again.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import zstandard

from lapwing.desk.intake import fingerprint
from lapwing.events.rows import Rows
from lapwing.events.schema import LABEL, SCHEMA

FILE = "journal.sqlite3"
"""Its name in the data folder."""
KEPT = 21 * 86_400
"""Seconds for which entries are kept: as far back as the watch looks, so that it can be built anew from them."""
REMEMBERED = 30 * 86_400
"""Seconds for which a row that is sent again is known."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    received INTEGER NOT NULL,
    sort TEXT NOT NULL CHECK (sort IN ('rows', 'roster', 'budget')),
    rows INTEGER NOT NULL,
    content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_received ON entry (received);
CREATE TABLE IF NOT EXISTS seen (print INTEGER PRIMARY KEY, day INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_day ON seen (day);
CREATE TABLE IF NOT EXISTS roster (subject TEXT PRIMARY KEY, inside INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""

_Answer = TypeVar("_Answer")

Origin: TypeAlias = tuple[str, str]
"""A subject and the source of some of its events; the source is empty when they name none."""


class JournalError(Exception):
    """The journal cannot be written or read. Nothing of what was being added counts."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What a mandate in force covers, of events of some subjects from some sources."""

    reading: frozenset[Origin]
    """Those whose acts may be kept and read."""
    detection: frozenset[Origin]
    """Those whose acts the watch may use against their subject."""
    watched: frozenset[str]
    """The subjects that the watch may name at all, from whatever source."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the rows of a post, which are on disk now."""

    accepted: int
    """Rows taken for the first time."""
    repeated: int
    """Rows that had been taken before."""
    background: int
    """Of those accepted, rows whose subject is not known: it was not given, or no mandate allows it from there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry."""

    number: int
    """From 1 on, ascending; a number that is missing was never given or is no longer kept."""
    received: int
    """Seconds since 1970."""
    sort: Literal["rows", "roster", "budget"]
    content: bytes

    def rows(self) -> pa.Table:
        """The rows (:data:`~lapwing.events.schema.SCHEMA`), in the order in which they came."""
        return self._stored().select(SCHEMA.names)

    def watched(self) -> pa.Table:
        """The same rows as the watch gets them: those it may not use against their subject are background."""
        stored = self._stored()
        rows = stored.select(SCHEMA.names)
        if pc.all(stored[_DETECTED]).as_py():
            return rows
        for name in ("subject", "circle"):
            told = pc.if_else(stored[_DETECTED], rows[name].cast(pa.string()), None)
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, rows.schema.field(name), told.dictionary_encode().cast(LABEL))
        return rows

    def _stored(self) -> pa.Table:
        with pa.ipc.open_stream(zstandard.ZstdDecompressor().decompress(self.content)) as reader:
            return reader.read_all()

    def roster(self) -> tuple[frozenset[str], frozenset[str]]:
        """The subjects that leave the watch, and those that come back into it."""
        told = json.loads(self.content)
        return frozenset(told["out"]), frozenset(told["in"])

    def budget(self) -> float:
        """Days for each false alarm that is accepted from here on."""
        return float(json.loads(self.content)["days"])


class Journal:
    """The journal of a data folder, open for writing. Close it, or use it as a context.

    ``now`` gives seconds since 1970. Methods may be called from any thread, and raise :class:`JournalError`.
    """

    def __init__(self, file: Path, *, now: Callable[[], float]) -> None:
        self._file = file
        self._now = now
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._base = _opened(file)
        self.key = self._fact("key", secrets.token_bytes(fingerprint.KEY_BYTES))
        """Of the fingerprints."""
        self._writer = threading.Thread(target=self._write_all, name="lapwing-journal", daemon=True)
        self._writer.start()

    def add(
        self,
        rows: Rows,
        lines: npt.NDArray[np.int64],
        *,
        post: str,
        covered: Callable[[frozenset[Origin]], Covered],
    ) -> Taken:
        """Take in the sound rows of a post, and return when they are on disk.

        ``covered`` says which of some subjects a mandate covers now, from which sources. What may not be read is
        freed of its subject before anything is written: such rows are background. ``post`` names the post for
        rows without id: the same line of a post of the same name is the same row.
        """
        prints = _prints(self.key, rows, lines, post)
        origins, of_row = _origins(rows)
        may = covered(frozenset(origins))
        # With one place more at the end, for the rows that have no subject.
        removed = np.array([one not in may.reading for one in origins] + [False])[of_row]
        detected = np.array([one in may.detection for one in origins] + [True])[of_row]
        kept = _without(rows, removed, self.key)
        return self._done(lambda base: self._take(base, kept, detected | removed, prints, may.watched))

    def roster(self) -> dict[str, bool]:
        """Every subject that rows have been taken of, and whether it is in the watch."""
        return {subject: bool(inside) for subject, inside in self._read("SELECT subject, inside FROM roster")}

    def enlist(self, subjects: Sequence[str]) -> None:
        """Have subjects in the watch whose past was learnt from elsewhere, before any row of theirs comes in."""
        self._done(lambda base: self._enlist(base, sorted(subjects), frozenset(subjects)))

    def change_roster(self, out: Sequence[str], back: Sequence[str]) -> None:
        """Take subjects out of the watch, and others back into it, from here on."""
        if out or back:
            self._done(lambda base: self._enter_roster(base, sorted(out), sorted(back)))

    def budget(self) -> float | None:
        """The days for each false alarm that were set last; None when they never were."""
        found = self._read("SELECT value FROM fact WHERE name = 'budget'")
        return float(found[0][0]) if found else None

    def change_budget(self, days: float) -> None:
        """Accept one false alarm in so many days from here on."""

        def change(base: sqlite3.Connection) -> None:
            base.execute("INSERT OR REPLACE INTO fact (name, value) VALUES ('budget', ?)", (repr(days),))
            self._enter(base, "budget", 0, json.dumps({"days": days}).encode())

        self._done(change)

    def forget(self) -> None:
        """Erase the entries and fingerprints whose time is over."""
        received, day = int(self._now()) - KEPT, int(self._now() - REMEMBERED) // _DAY
        self._done(lambda base: _forget(base, received, day))

    def close(self) -> None:
        """Finish what has been asked for, and close the file."""
        self._work.put(None)
        self._writer.join()
        self._base.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    # -- the writing thread --------------------------------------------------------------------------------

    def _done(self, act: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        """Have something done by the writing thread; returns when it is on disk."""
        work = _Work(act, Future())
        self._work.put(work)
        try:
            answer: _Answer = work.answer.result(_PATIENCE)
        except sqlite3.Error as error:
            raise JournalError(f"{self._file} cannot be written: {error}.\n{_HELP}") from error
        except TimeoutError:
            raise JournalError(
                f"{self._file} was not written within {_PATIENCE:.0f} seconds.\n{_HELP}"
            ) from None
        return answer

    def _write_all(self) -> None:
        open_ = True
        while open_:
            works = [self._work.get()]
            while len(works) < _TOGETHER and not self._work.empty():
                works.append(self._work.get())
            open_ = None not in works
            self._write([work for work in works if work is not None])

    def _write(self, works: Sequence[_Work]) -> None:
        """Do several things in one transaction; one that cannot be done does not keep the others back."""
        answers: list[tuple[_Work, object]] = []
        try:
            self._base.execute("BEGIN IMMEDIATE")
            for work in works:
                self._base.execute("SAVEPOINT work")
                try:
                    answers.append((work, work.act(self._base)))
                except Exception as error:  # whatever it is belongs to who asked
                    self._base.execute("ROLLBACK TO work")
                    work.answer.set_exception(error)
                self._base.execute("RELEASE work")
            self._base.execute("COMMIT")
        except sqlite3.Error as error:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            for work in works:
                if not work.answer.done():
                    work.answer.set_exception(error)
            return
        for work, answer in answers:
            work.answer.set_result(answer)

    def _take(
        self,
        base: sqlite3.Connection,
        rows: Rows,
        detected: npt.NDArray[np.bool_],
        prints: Sequence[int],
        watched: frozenset[str],
    ) -> Taken:
        day = int(self._now()) // _DAY
        fresh: list[int] = []
        for at, print_ in enumerate(prints):
            done = base.execute("INSERT OR IGNORE INTO seen (print, day) VALUES (?, ?)", (print_, day))
            if done.rowcount:
                fresh.append(at)
        repeated = len(prints) - len(fresh)
        if not fresh:
            return Taken(0, repeated, 0)
        new = rows if not repeated else rows.take(np.array(fresh))
        self._enlist(base, sorted(_named(new)), watched)
        self._enter(base, "rows", len(new), _packed(new, detected[fresh]))
        return Taken(len(new), repeated, new.columns["subject"].null_count)

    def _enlist(self, base: sqlite3.Connection, subjects: Sequence[str], detected: frozenset[str]) -> None:
        """Have the watch know, before their rows, which of some subjects it may name."""
        out, back = [], []
        for subject in subjects:
            known = base.execute("SELECT inside FROM roster WHERE subject = ?", (subject,)).fetchone()
            if known is None:
                base.execute("INSERT INTO roster (subject, inside) VALUES (?, 1)", (subject,))
            inside = known is None or bool(known[0])
            if inside and subject not in detected:
                out.append(subject)
            elif not inside and subject in detected:
                back.append(subject)
        if out or back:
            self._enter_roster(base, out, back)

    def _enter_roster(self, base: sqlite3.Connection, out: Sequence[str], back: Sequence[str]) -> None:
        base.executemany("UPDATE roster SET inside = 0 WHERE subject = ?", ((subject,) for subject in out))
        base.executemany("UPDATE roster SET inside = 1 WHERE subject = ?", ((subject,) for subject in back))
        self._enter(base, "roster", 0, json.dumps({"out": list(out), "in": list(back)}).encode())

    def _enter(self, base: sqlite3.Connection, sort: str, rows: int, content: bytes) -> None:
        base.execute(
            "INSERT INTO entry (received, sort, rows, content) VALUES (?, ?, ?, ?)",
            (int(self._now()), sort, rows, content),
        )

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        with closing(_connected(self._file)) as base:
            return base.execute(query).fetchall()

    def _fact(self, name: str, first: bytes) -> bytes:
        with self._base:
            self._base.execute("INSERT OR IGNORE INTO fact (name, value) VALUES (?, ?)", (name, first))
        found = self._base.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return bytes(found[0])


def entries(file: Path, after: int, most_rows: int) -> list[Entry]:
    """The entries after a number, in order, until they hold ``most_rows`` rows together; all of them when fewer.

    Empty when there is no journal yet. Raises :class:`JournalError`.
    """
    if not file.exists():
        return []
    found: list[Entry] = []
    rows = 0
    try:
        with closing(_connected(file)) as base:
            asked = base.execute(
                "SELECT number, received, sort, rows, content FROM entry WHERE number > ? ORDER BY number",
                (after,),
            )
            for number, received, sort, count, content in asked:
                found.append(Entry(number, received, sort, content))
                rows += count
                if rows >= most_rows:
                    break
    except sqlite3.Error as error:
        raise JournalError(f"{file} cannot be read: {error}.\n{_HELP}") from error
    return found


def outside(file: Path) -> list[str]:
    """The subjects that are taken out of the watch now; none when there is no journal yet."""
    if not file.exists():
        return []
    with closing(_connected(file)) as base:
        return [
            subject
            for (subject,) in base.execute("SELECT subject FROM roster WHERE NOT inside ORDER BY subject")
        ]


def newest(file: Path) -> int:
    """The number of the last entry, 0 when there is none."""
    if not file.exists():
        return 0
    with closing(_connected(file)) as base:
        return int(base.execute("SELECT coalesce(max(number), 0) FROM entry").fetchone()[0])


@dataclass(frozen=True, slots=True)
class _Work:
    """Something for the writing thread to do, and its answer."""

    act: Callable[[sqlite3.Connection], Any]
    answer: Future[Any]


_DETECTED = "detected"
"""The column beside those of the rows: whether the watch may use a row against its subject."""
_DAY = 86_400
_TOGETHER = 256
"""Most things that share a transaction, so that the first of them is not kept waiting for long."""
_PATIENCE = 60.0
_HELP = "Check that the disk has room and that the desk may write there; then send again what was not acknowledged."


def _opened(file: Path) -> sqlite3.Connection:
    try:
        base = _connected(file)
        base.execute("PRAGMA journal_mode=WAL")
        # FULL: the transaction is on the disk when COMMIT returns, whatever happens to the machine.
        base.execute("PRAGMA synchronous=FULL")
        base.executescript(_SCHEMA)
    except sqlite3.Error as error:
        raise JournalError(f"{file} cannot be opened: {error}.\n{_HELP}") from error
    file.chmod(0o600)
    return base


def _connected(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=20, isolation_level=None, check_same_thread=False)


def _forget(base: sqlite3.Connection, received: int, day: int) -> None:
    base.execute("DELETE FROM entry WHERE received < ?", (received,))
    base.execute("DELETE FROM seen WHERE day < ?", (day,))


def _named(rows: Rows) -> list[str]:
    """The subjects that some row has."""
    return [subject for subject in pc.unique(rows.columns["subject"]).to_pylist() if subject is not None]


def _prints(key: bytes, rows: Rows, lines: npt.NDArray[np.int64], post: str) -> list[int]:
    columns = (rows.columns[name].to_pylist() for name in ("subject", "kind", "context", "id"))
    return [
        fingerprint.of_row(key, subject, kind, context, id_) if id_ else fingerprint.of_line(key, post, line)
        for (subject, kind, context, id_), line in zip(
            zip(*columns, strict=True), lines.tolist(), strict=True
        )
    ]


def _origins(rows: Rows) -> tuple[list[Origin], npt.NDArray[np.int64]]:
    """The pairs of subject and source in some rows, and for every row the place of its pair; -1 without subject."""
    subject, source = (rows.columns[name] for name in ("subject", "source"))
    subjects, sources = subject.dictionary.to_pylist(), ["", *source.dictionary.to_pylist()]
    who = pc.fill_null(subject.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    whence = pc.fill_null(source.indices, -1).to_numpy(zero_copy_only=False) + 1
    pairs = np.where(who < 0, -1, who * len(sources) + whence)
    found, of_row = np.unique(pairs, return_inverse=True)
    background = int((found < 0).sum())
    named = found[background:].tolist()
    origins = [(subjects[pair // len(sources)], sources[pair % len(sources)]) for pair in named]
    return origins, of_row - background


def _without(rows: Rows, gone: npt.NDArray[np.bool_], key: bytes) -> Rows:
    """Rows, some freed of their subject, and with it of what would tell whose they are: the circle and the id."""
    if not gone.any():
        return rows
    ids = rows.columns["id"].to_pylist()
    for at in np.flatnonzero(gone).tolist():
        if ids[at]:
            ids[at] = fingerprint.of_act(key, rows.columns["subject"][at].as_py(), ids[at])
    columns = dict(rows.columns)
    for name in ("subject", "circle"):
        column = columns[name]
        kept = column.indices.to_numpy(zero_copy_only=False)
        nothing = pa.array(kept, pa.int32(), mask=gone | np.asarray(column.is_null()))
        # A dictionary is written with the rows: what no row has any more must not stay behind in it.
        columns[name] = pa.DictionaryArray.from_arrays(nothing, column.dictionary).dictionary_decode()
        columns[name] = columns[name].dictionary_encode()
    columns["id"] = pa.array(ids, pa.large_string())
    return Rows(rows.time, columns)


def _packed(rows: Rows, detected: npt.NDArray[np.bool_]) -> bytes:
    ids = pc.if_else(pc.equal(rows.columns["id"], ""), None, rows.columns["id"])
    columns = {
        name: column.dictionary_decode().dictionary_encode()
        if isinstance(column, pa.DictionaryArray)
        else column
        for name, column in {**rows.columns, "id": ids}.items()
    }
    table = pa.table({"time": pa.array(rows.time), **columns}).select(SCHEMA.names).cast(SCHEMA)
    table = table.append_column(pa.field(_DETECTED, pa.bool_(), nullable=False), pa.array(detected))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return zstandard.ZstdCompressor(level=1).compress(sink.getvalue().to_pybytes())
