"""The bench of calibration prints the table of the card, with what runs of their own counted beside it."""

import importlib.util
from pathlib import Path

from lapwing.calibration.promise import Calibration, Round

FILE = Path(__file__).resolve().parent.parent.parent / "bench" / "calibration.py"


def test_what_runs_of_their_own_counted_stands_beside_the_count():
    spec = importlib.util.spec_from_file_location("bench_calibration", FILE)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    found = Calibration("plain-null", "0.1.0", None, (Round(0, 23.0, (6.0, 0.5)),), (1.0, 30.0))
    lines = bench.table(found, [2, 0]).splitlines()
    assert lines[2].endswith("23 days were counted.")
    assert lines[4].endswith("| bits missing | in a run of its own |")
    assert lines[6] == "| one a day | 23 | 2 | 0.2 to 7.2 | holds | - | 2 |"
    assert lines[7] == "| one in 30 days | 0.8 | 1 | 0 to 5.6 | not contradicted | - | 0 |"
    assert "in a run of its own" not in bench.table(found, None)
