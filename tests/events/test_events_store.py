"""The event store: found again by number, erased on time, and never torn."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from event_files import DAY, START
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lapwing.events import store as store_module
from lapwing.events.error import StoreError
from lapwing.events.store import STORED, Store


def events(first: int, count: int, step: int = 1, per_hour: int = 10) -> pa.Table:
    """Rows numbered from ``first``, one subject per number, so that a row can be told from its number."""
    seqs = np.arange(first, first + count * step, step)
    return pa.table(
        {
            "seq": pa.array(seqs),
            "time": pa.array(START + seqs * (3_600_000_000 // per_hour)),
            "subject": pa.array(
                [None if s % 5 == 0 else f"s{s % 7}" for s in seqs], pa.string()
            ).dictionary_encode(),
            "kind": pa.array(["share"] * count).dictionary_encode(),
            "context": pa.array([f"link:{s}" for s in seqs], pa.large_string()),
            "id": pa.array([None if s % 2 else str(s) for s in seqs], pa.large_string()),
            "circle": pa.nulls(count, pa.string()).dictionary_encode(),
            "source": pa.nulls(count, pa.string()).dictionary_encode(),
            "platform": pa.nulls(count, pa.string()).dictionary_encode(),
        }
    )


def contents(store: Store) -> list[int]:
    return [
        int(c.removeprefix("link:")) for c in store.rows(range(-5, store.last_seq + 5))["context"].to_pylist()
    ]


def test_rows_come_back_as_they_went_in(tmp_path: Path) -> None:
    table = events(0, 100)
    with Store(tmp_path / "s") as store:
        store.append(table)
        before = store.rows([7, 3, 3, 500, 99])
        store.flush()
        after = store.rows([7, 3, 3, 500, 99])
    assert before.to_pylist() == after.to_pylist() == [table.to_pylist()[s] for s in (3, 7, 99)]
    assert after.schema.equals(STORED)


def test_columns_can_be_asked_for_alone(tmp_path: Path) -> None:
    table = events(0, 100)
    with Store(tmp_path / "s") as store:
        store.append(table)
        before = store.rows([7, 99], ["context", "time"])
        store.flush()
        after = store.rows([7, 99], ["context", "time"])
    assert before.column_names == after.column_names == ["seq", "time", "context"]
    assert (
        before.to_pylist() == after.to_pylist() == table.select(after.column_names).take([7, 99]).to_pylist()
    )


def test_an_empty_store_gives_an_empty_table(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        assert store.rows([1, 2]).schema.equals(STORED)
        assert len(store.rows([])) == 0
        assert store.last_seq == -1
        assert store.expire(START) == store.truncate_after(7) == 0


def test_hundreds_of_rows_are_found_among_many_without_reading_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "s") as store:
        for first in range(0, 600_000, 60_000):
            store.append(events(first, 60_000))
        assert len(list((tmp_path / "s").glob("segment-*"))) >= 1
        wanted = random.Random(1).sample(range(600_000), 300)
        assert store.rows(wanted)["seq"].to_pylist() == sorted(wanted)
        store.flush()
        read = 0
        whole = store_module._those

        def counting(table: pa.Table, seqs: np.ndarray) -> pa.Table:  # type: ignore[type-arg]
            nonlocal read
            read += len(table)
            return whole(table, seqs)

        monkeypatch.setattr(store_module, "_those", counting)
        assert store.rows([5, 6, 7, 599_999])["seq"].to_pylist() == [5, 6, 7, 599_999]
        assert read <= 2 * 8192


def test_numbers_may_have_gaps(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.append(events(100, 20_000, step=7))
        store.flush()
        assert store.rows([99, 100, 101, 107, 100 + 7 * 19_999])["seq"].to_pylist() == [
            100,
            107,
            100 + 7 * 19_999,
        ]


def test_numbers_must_ascend(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.append(events(10, 5))
        for wrong in (events(14, 1), events(3, 2), pa.concat_tables([events(30, 1), events(20, 1)])):
            with pytest.raises(ValueError, match="seq must ascend"):
                store.append(wrong)
        assert contents(store) == [10, 11, 12, 13, 14]


def test_what_was_flushed_is_there_for_the_next_process(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    store.append(events(0, 10))
    store.flush()
    store.append(events(10, 10))
    assert contents(Store(tmp_path / "s")) == list(range(10))
    store.close()
    assert contents(Store(tmp_path / "s")) == list(range(20))


def test_many_flushes_make_few_files(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        for first in range(0, 1000, 10):
            store.append(events(first, 10))
            store.flush()
        assert contents(store) == list(range(1000))
    assert len(list((tmp_path / "s").iterdir())) <= 12


def test_erased_rows_are_gone_from_the_disk(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.append(events(0, 1000))
        store.flush()
        store.append(events(1000, 1000))
        assert store.expire(START + 5 * DAY) == 1200
        assert contents(store) == list(range(1200, 2000))
        store.flush()
        assert store.expire(START + 5 * DAY) == 0
    assert not any(b"link:1199" in file.read_bytes() for file in (tmp_path / "s").iterdir())
    assert contents(Store(tmp_path / "s")) == list(range(1200, 2000))


def test_a_run_that_goes_on_forgets_what_came_after_its_snapshot(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.append(events(0, 1000))
        store.flush()
        store.append(events(1000, 1000))
        assert store.truncate_after(1499) == 500
        assert store.truncate_after(499) == 1000
        assert store.last_seq == 499
        store.append(events(500, 10))
        assert contents(store) == list(range(510))
    assert contents(Store(tmp_path / "s")) == list(range(510))


def test_what_a_dead_process_left_is_not_read(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.append(events(0, 10))
    (tmp_path / "s" / "segment-00000009.parquet").write_bytes(b"PAR1 torn")
    (tmp_path / "s" / "manifest.json.new").write_text("{")
    with Store(tmp_path / "s") as store:
        assert contents(store) == list(range(10))
    assert not (tmp_path / "s" / "segment-00000009.parquet").exists()


CHILD = """
import pyarrow as pa
from lapwing.events import store
store.SEGMENT = 500
place = store.Store({folder!r})
def events(first):
    rows = [dict(seq=s, time=s, kind="share", context=f"link:{{s}}") for s in range(first, first + 100)]
    return pa.Table.from_pylist(rows, store.STORED)
while True:
    place.append(events(place.last_seq + 1))
    if place.last_seq % 300 == 299:
        place.flush()
        print(place.last_seq, flush=True)
    if place.last_seq % 2100 == 2099:
        place.truncate_after(place.last_seq - 700)
"""


def test_a_kill_at_any_time_leaves_all_that_was_flushed(tmp_path: Path) -> None:
    program = CHILD.format(folder=str(tmp_path / "s"))
    chance = random.Random(7)
    flushed = 0
    for _ in range(4):
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _ in range(chance.randrange(1, 9)):
            flushed = int(child.stdout.readline())
        time.sleep(chance.uniform(0, 0.05))
        child.send_signal(signal.SIGKILL)
        flushed = int([str(flushed), *child.stdout.read().split()][-1])
        child.wait()
        child.stdout.close()
        numbers = contents(Store(tmp_path / "s"))
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > flushed - 700  # which it may have forgotten on purpose since


def test_a_store_of_another_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    Store(tmp_path / "s").close()
    (tmp_path / "s" / "manifest.json").write_text('{"format": 2}')
    with pytest.raises(
        StoreError, match=r"is of format 2; .* reads format 1.\nUse the version that wrote it"
    ):
        Store(tmp_path / "s")
    (tmp_path / "s" / "manifest.json").write_text("[")
    with pytest.raises(StoreError, match=r"is damaged: .*\nRemove the folder"):
        Store(tmp_path / "s")


def test_a_store_that_lacks_a_file_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "s") as store:
        store.append(events(0, 10))
    next((tmp_path / "s").glob("segment-*")).unlink()
    with pytest.raises(StoreError, match=r"lacks segment-00000000.parquet, which its manifest names"):
        Store(tmp_path / "s")


def test_a_disk_that_is_full_is_said_by_the_next_call_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "s")
    store.append(events(0, 10))
    store.flush()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module.os, "fsync", full)
    store.append(events(10, 10))
    with pytest.raises(
        StoreError, match=r"cannot be written: .*No space left.*\nWhat was flushed before is unharmed"
    ):
        store.flush()
    monkeypatch.undo()
    assert contents(Store(tmp_path / "s")) == list(range(10))


def test_a_place_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    with pytest.raises(StoreError, match=r"cannot be opened"):
        Store(tmp_path / "s")


class StoreIsAList(RuleBasedStateMachine):
    """Whatever is done to a store, it is a list of rows in the order of their numbers."""

    @initialize(segment=st.integers(1, 40))
    def begin(self, segment: int) -> None:
        self.folder = TemporaryDirectory()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(store_module, "SEGMENT", segment)
        self.patch.setattr(store_module, "_GROUP", 4)
        self.store = Store(self.folder.name)
        self.model: list[int] = []
        self.next = 0

    @rule(count=st.integers(1, 60), gap=st.integers(0, 3))
    def append(self, count: int, gap: int) -> None:
        self.store.append(events(self.next + gap, count))
        self.model += range(self.next + gap, self.next + gap + count)
        self.next += gap + count

    @rule()
    def flush(self) -> None:
        self.store.flush()

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = Store(self.folder.name)
        self.next = self.store.last_seq + 1

    @rule(seq=st.integers(-1, 300))
    def truncate(self, seq: int) -> None:
        gone = [s for s in self.model if s > seq]
        assert self.store.truncate_after(seq) == len(gone)
        self.model = [s for s in self.model if s <= seq]
        self.next = self.store.last_seq + 1

    @rule(seq=st.integers(0, 300))
    def expire(self, seq: int) -> None:
        gone = [s for s in self.model if s < seq]
        assert self.store.expire(START + seq * 360_000_000) == len(gone)
        self.model = [s for s in self.model if s >= seq]

    @invariant()
    def is_the_list(self) -> None:
        if hasattr(self, "store"):
            assert contents(self.store) == self.model
            assert self.store.row_count == len(self.model)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.patch.undo()
            self.folder.cleanup()


TestStoreIsAList = StoreIsAList.TestCase
TestStoreIsAList.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
