"""Watching from Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from fake_engine import FakeEngine
from watching import MINUTE, START, run, some_rows, write_rows

import lapwing
from lapwing.api import SCHEMA
from lapwing.events.error import ColumnError, EventsError
from lapwing.watch.engine import Engine
from lapwing.watch.error import SettingError

ROWS = some_rows(200)


@pytest.fixture
def frame() -> pd.DataFrame:
    times = pd.to_datetime([START + row.minute * MINUTE for row in ROWS], unit="us", utc=True)
    columns = {
        name: [getattr(row, name) or None for row in ROWS] for name in ("subject", "context", "kind", "id")
    }
    return pd.DataFrame({"time": times, **columns})


def ids(moments: lapwing.Moments) -> list[str]:
    return [moment.id for moment in moments]


def watched(*args: Any, **kwargs: Any) -> lapwing.Moments:
    return lapwing.watch(*args, training="0s", **kwargs)


def test_paths_and_frames_give_the_moments_of_the_command_line(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = write_rows(tmp_path / "rows.csv", [row._replace(circle="") for row in ROWS])
    run([path], tmp_path / "out")
    moments = watched(path)
    assert len(moments) > 10
    assert ids(watched(str(path))) == ids(watched([path])) == ids(moments)
    assert ids(watched(frame)) == ids(moments)
    assert ids(watched(pa.Table.from_pandas(frame))) == ids(moments)
    assert len({line.split('"')[3] for line in (tmp_path / "out" / "moments.jsonl").open()}) == len(moments)


def test_a_frame_may_be_in_any_order_and_of_any_library(frame: pd.DataFrame) -> None:
    class Foreign:
        """What any library that speaks the Arrow C stream interface offers."""

        def __init__(self, table: pa.Table) -> None:
            self._table = table

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return self._table.__arrow_c_stream__(requested_schema)

    shuffled = pa.Table.from_pandas(frame.sample(frac=1, random_state=1), preserve_index=False)
    assert ids(watched(Foreign(shuffled))) == ids(watched(frame))


def test_moments_are_a_sequence_and_tables(frame: pd.DataFrame) -> None:
    moments = watched(frame)
    first = moments[0]
    assert moments[-1] in list(moments)
    assert ids(moments[:3]) == ids(moments)[:3]
    table = moments.to_arrow()
    assert table.schema == SCHEMA
    assert table["id"].to_pylist() == ids(moments)
    assert table["ledger"][0].as_py()[0]["context"] == first.ledger[0].context
    assert moments.to_pandas()["acts"].tolist() == [len(moment.ledger) for moment in moments]
    assert repr(moments) == f"<{len(moments)} moments in {len(ROWS):,} events>"
    assert repr(first).startswith(f"<{first.id}: ")
    assert moments.run.read.accepted == len(ROWS)


def test_moments_show_themselves_in_a_notebook(frame: pd.DataFrame) -> None:
    moments = watched(frame)
    assert moments[0].id in moments._repr_html_()
    assert "<svg" in moments[0]._repr_html_()


def test_only_with_a_folder_is_anything_kept(tmp_path: Path, frame: pd.DataFrame) -> None:
    assert watched(frame).folder is None
    moments = watched(frame[:100], tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        *("moments.jsonl", "exhibits.jsonl", "quarantine.jsonl", "run.json", "report.html", "state")
    }
    assert moments.folder == tmp_path / "out"
    assert [file.path for file in moments.run.read.files] == ["frame"]
    assert ids(watched(frame[100:], tmp_path / "out")) == ids(watched(frame))


def test_who_is_watched_and_circles_may_be_given_as_such_or_as_files(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    (tmp_path / "watched.txt").write_text("s1\ns4\n")
    (tmp_path / "circles.csv").write_text("subject,circle\ns1,north\n")
    given = watched(frame, watched=["s1", "s4"], circles={"s1": "north"})
    assert {subject for moment in given for subject in moment.subjects} == {"s1", "s4"}
    assert given[0].exhibit is not None
    assert dict(given[0].exhibit.circles) == {"s1": "north", "s4": None}
    files = watched(frame, watched=tmp_path / "watched.txt", circles=tmp_path / "circles.csv")
    assert ids(files) == ids(given)


def test_what_cannot_be_watched_is_told(frame: pd.DataFrame) -> None:
    with pytest.raises(ColumnError) as refused:
        watched(frame.rename(columns={"context": "what"}))
    assert str(refused.value).startswith("frame: no column context; found time, subject, what, kind, id.")
    with pytest.raises(ColumnError, match=r"Events can not be read from object: "):
        watched(object())
    with pytest.raises(EventsError, match=r"no\.csv: no such file or folder"):
        watched("no.csv")
    with pytest.raises(SettingError, match="'often' is not a budget"):
        watched(frame, budget="often")
    with pytest.raises(TypeError, match="give the subjects as a list"):
        watched(frame, watched="s1")


def test_the_room_and_the_function_share_their_name() -> None:
    code = (
        "import sys, lapwing\n"
        "assert callable(lapwing.watch) and 'numpy' not in sys.modules\n"
        "from lapwing.watch.run import Outcome\n"
        "assert callable(lapwing.watch) and lapwing.Moments.__name__ == 'Moments'\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_stand_in_is_an_engine() -> None:
    def offered(cls: type) -> set[str]:
        return {name for name in dir(cls) if not name.startswith("_")}

    assert offered(FakeEngine) == offered(Engine)
