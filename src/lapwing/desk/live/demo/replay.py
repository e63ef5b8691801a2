"""The replay: what the world has ahead is handed in as it would come in, first quickly, then as the clock goes."""

from __future__ import annotations

import json
import logging
import threading
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import close_old_connections

from lapwing.desk import clock
from lapwing.desk.intake.taking import take
from lapwing.desk.live.models import Progress
from lapwing.moments.moment import rfc3339

SPEED = 240
"""So much quicker than the clock the days until the present go by: three days in 18 minutes."""
EVERY = 1.0
"""Seconds between posts."""
MOST = 5_000
"""Rows of one post."""

log = logging.getLogger(__name__)


class Replay:
    """Hands in the events of a file from where the desk is, in a thread that ends with the process."""

    def __init__(self, file: Path) -> None:
        self._events = pq.read_table(file)
        self._times = self._events["time"].to_numpy()
        self._at = int(np.searchsorted(self._times, Progress.objects.now().newest, side="right"))
        self._stream = float(self._times[min(self._at, len(self._times) - 1)])
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lapwing-replay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, after the post that is under way."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        last = time.monotonic()
        while not self._ending.wait(EVERY) and self._at < len(self._times):
            now = time.monotonic()
            # Never ahead of the clock: what is replayed has happened.
            present = clock.now().timestamp() * 1_000_000
            self._stream = min(self._stream + (now - last) * SPEED * 1_000_000, present)
            last = now
            try:
                self._hand_in(int(np.searchsorted(self._times, self._stream)))
            except Exception:  # the demonstration goes on with the next post
                log.exception("the replay could not hand events in; it tries again")
            finally:
                close_old_connections()

    def _hand_in(self, until: int) -> None:
        while self._at < until:
            end = min(until, self._at + MOST)
            content = BytesIO(_lines(self._events[self._at : end]))
            take(content.read, packed=False, post=f"replay {self._at}", token=None)
            self._at = end


def _lines(table: pa.Table) -> bytes:
    names = ("subject", "kind", "context", "id", "source")
    columns = (table[name].to_pylist() for name in names)
    return b"".join(
        json.dumps(
            {"time": rfc3339(when), **dict(zip(names, values, strict=True))}, separators=(",", ":")
        ).encode()
        + b"\n"
        for when, values in zip(table["time"].to_pylist(), zip(*columns, strict=True), strict=True)
    )
