"""The claims of this room once more with the engine that is, on a world in which a group begins to meet."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from test_watch_resume import ended_by, in_a_child, killed_now_and_then
from watching import VOCABULARY, results

from lapwing.watch import run as run_module
from lapwing.watch.engine import Parameters
from lapwing.watch.run import watch
from lapwing.watch.settings import Settings
from lapwing.worlds.world import make_world, write_world

DAY = 86_400 * 1_000_000
SETTINGS = Settings(Parameters(training=3 * DAY), vocabulary=VOCABULARY)

pytestmark = pytest.mark.usefixtures("real_engine")


def run(paths: list[Path], out: Path) -> None:
    watch(paths, out, SETTINGS, command="lapwing watch")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(make_world("plain", seed=7, subjects=800, days=14, cells=3, size=9, copy=0.6), folder)
    run([folder / "events.parquet"], folder / "undisturbed")
    assert results(folder / "undisturbed")[0].count(b"\n") > 5
    return folder


def test_killed_again_and_again_it_finds_the_same_moments(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "SHARE", 2)
    monkeypatch.setattr(run_module, "_FIRST", 0.02)

    def work() -> None:
        run([world / "events.parquet"], tmp_path / "out")

    began = time.monotonic()
    assert ended_by(in_a_child(work)) == 0
    takes = time.monotonic() - began
    assert results(tmp_path / "out") == results(world / "undisturbed")
    for attempt in range(2):
        shutil.rmtree(tmp_path / "out")
        assert killed_now_and_then(work, 4, takes, random.Random(attempt)) == 4
        assert ended_by(in_a_child(work)) == 0
        assert results(tmp_path / "out") == results(world / "undisturbed")


def test_cut_into_files_and_runs_it_finds_the_same_moments(world: Path, tmp_path: Path) -> None:
    table = pq.read_table(world / "events.parquet")
    parts = []
    for at, start in enumerate(range(0, len(table), len(table) // 4)):
        parts.append(tmp_path / f"{at}.parquet")
        pq.write_table(table[start : start + len(table) // 4], parts[-1])
    run(parts[::-1], tmp_path / "files")
    assert results(tmp_path / "files") == results(world / "undisturbed")
    for part in parts:
        run([part], tmp_path / "runs")
    assert results(tmp_path / "runs") == results(world / "undisturbed")
