"""Calibrate: watch streams in which nothing can have begun, and count what is raised all the same.

The watch runs once a stream, at the loosest budget. A moment counts at a stricter budget when its evidence reached
that budget's threshold at any time, as stated in its lines in `moments.jsonl`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lapwing import __version__
from lapwing.calibration.promise import Calibration, Round
from lapwing.calibration.stream import read_stream
from lapwing.watch.run import watch
from lapwing.watch.settings import Settings

BUDGETS = (1.0, 3.0, 10.0, 30.0, 100.0)
"""Days per false alarm."""


def calibrate(
    paths: Sequence[Path | str],
    settings: Settings,
    *,
    budgets: Sequence[float] = BUDGETS,
    rounds: int = 5,
    seed: int = 0,
    told: Callable[[Round], None] | None = None,
) -> Calibration:
    """Watch a stream ``rounds`` times, each time with its subjects exchanged anew.

    ``settings`` are those of the watch, whose budget is not used; ``told`` hears what came of each round.
    Everything is held in memory, and the exchanged streams are written to a temporary folder. Raises
    :class:`lapwing.events.error.EventsError` and :class:`lapwing.watch.error.WatchError`.
    """
    stream = read_stream(paths, settings)
    done = []
    share = 0.0
    for number in range(rounds):
        permutation = stream.permuted(seed + number)
        share += permutation.exchanged / rounds
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "events.parquet"
            stream.write(permutation, file)
            done.append(watched(file, settings, min(budgets), seed + number))
        if told is not None:
            told(done[-1])
    source = ", ".join(str(path) for path in paths)
    return Calibration(source, __version__, share, tuple(done), tuple(sorted(budgets)))


def watched(events: Path, settings: Settings, budget_days: float, seed: int) -> Round:
    """Watch a stream in which nothing can have begun, under a budget; what is raised is false.

    ``seed`` is what made it.
    """
    asked = replace(
        settings, parameters=replace(settings.parameters, budget_days=budget_days), sort=False, stated=None
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        outcome = watch([events], out, asked, command="lapwing calibrate")
        most: dict[str, float] = {}
        with (out / "moments.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                moment = json.loads(line)
                name, net = moment["id"], float(moment["bits"]["net"])
                most[name] = max(net, most.get(name, net))
    return Round(seed, outcome.record.days_watched, tuple(sorted(most.values(), reverse=True)))
