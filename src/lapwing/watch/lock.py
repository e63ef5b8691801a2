"""The lock that keeps a folder to one writer."""

from __future__ import annotations

import fcntl
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lapwing.watch.error import StateError


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold ``folder`` as its only writer, by a lock that ends with the process however it ends.

    Raises :class:`StateError` when another process holds it, saying which and since when.
    """
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(_held(folder, os.pread(handle, 4096, 0))) from None
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        os.ftruncate(handle, 0)
        os.pwrite(
            handle,
            json.dumps({"process": os.getpid(), "host": platform.node(), "since": since}).encode(),
            0,
        )
        yield
    finally:
        os.close(handle)


def _held(folder: Path, text: bytes) -> str:
    try:
        holder = json.loads(text)
        who = f"process {holder['process']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        who = "another process"  # which has not yet written who it is
    return (
        f"{folder.parent} is being written by {who}.\n"
        "Wait until it has ended, or name another folder: two runs must not share one."
    )
