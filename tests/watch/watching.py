"""Streams on disk and runs over them, for the tests of this room."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lapwing.events.vocabulary import Vocabulary
from lapwing.watch.engine import Parameters
from lapwing.watch.roster import Roster
from lapwing.watch.run import Outcome, watch
from lapwing.watch.settings import Settings

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
START = 1_735_689_600 * 1_000_000  # 2025-01-01, in microseconds
VOCABULARY = Vocabulary.load()


class Row(NamedTuple):
    """An event as the tests write it: minutes since START, and the other columns as text."""

    minute: int
    subject: str
    context: str
    kind: str = "share"
    id: str = ""
    circle: str = ""


def some_rows(count: int = 400, subjects: int = 9, every: int = 5) -> list[Row]:
    """A stream in which subjects meet now and then, with acts of several rows, background and no ids."""
    rows = []
    for at in range(count):
        subject = "" if at % 7 == 3 else f"s{(at * at + at // 4) % subjects}"
        context = f"link:{(at * 13) % 11}" if at % 3 else f"tag:{at * at % 5}"
        minute = at * every - (at * 37) % 11  # out of order by some minutes
        rows.append(Row(max(minute, 0), subject, context, id=f"a{at}" if at % 2 else ""))
        if at % 6 == 1:
            rows.append(Row(max(minute, 0), subject, f"account:{at % 5}", kind="mention", id=f"a{at}"))
    return rows


def write_rows(path: Path, rows: Iterable[Row]) -> Path:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["time", "subject", "kind", "context", "id", "circle"])
        for row in rows:
            second = (START + row.minute * MINUTE) // 1_000_000
            lines.writerow([second, row.subject, row.kind, row.context, row.id, row.circle])
    return path


def run(paths: Iterable[Path | str], out: Path, roster: Roster | None = None, **changes: object) -> Outcome:
    """Watch without training."""
    settings = Settings(
        parameters=Parameters(training=0), roster=roster or Roster(), vocabulary=VOCABULARY, **changes
    )
    return watch(list(paths), out, settings, command="lapwing watch")


def results(out: Path) -> tuple[bytes, bytes]:
    """What must be the same however a stream is read."""
    return (out / "moments.jsonl").read_bytes(), (out / "exhibits.jsonl").read_bytes()
