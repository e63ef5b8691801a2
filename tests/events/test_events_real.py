"""The real event streams beside the project are read without a row set aside."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from lapwing.events.reader import Reader
from lapwing.events.vocabulary import Vocabulary

DATA = Path(__file__).parents[3] / "shared" / "data"
STREAMS = ("ira_2015", "isis_2015", "telegram_2022", "germany_2021", "russia_2021")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real streams are not beside the project"),
]


@pytest.mark.parametrize("name", STREAMS)
def test_a_real_stream_is_read_whole_and_in_order(name: str) -> None:
    path = DATA / f"{name}.parquet"
    last = -1
    with Reader(path) as reader:
        for table in reader:
            time = table["time"].to_numpy()
            assert time[0] > last
            assert (time[1:] >= time[:-1]).all()
            last = time[-1]
    summary = reader.summary
    assert summary.rows == summary.taken + summary.repeated == pq.read_metadata(path).num_rows
    assert summary.quarantined == {}
    assert summary.advice == ()


@pytest.mark.parametrize("name", STREAMS)
def test_every_context_of_a_real_stream_is_of_a_known_sort(name: str) -> None:
    vocabulary = Vocabulary.load()
    contexts = pq.read_table(DATA / f"{name}.parquet", columns=["context"])["context"]
    sorts = pc.unique(pc.list_element(pc.split_pattern(contexts, ":", max_splits=1), 0)).to_pylist()
    assert {vocabulary.sort_of(f"{sort}:") for sort in sorts} == set(sorts)


def test_all_real_streams_are_one_stream() -> None:
    paths = [DATA / f"{name}.parquet" for name in STREAMS]
    with Reader(paths) as reader:
        for _ in reader:
            pass
    assert reader.summary.rows == sum(pq.read_metadata(path).num_rows for path in paths)
    assert reader.summary.files_done == len(STREAMS)
