"""The supervisor: a thread of the desk that keeps the watch running, halts it, and settles mandates with it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections
from django.urls import get_resolver

from lapwing.desk import oversight
from lapwing.desk.api import courier
from lapwing.desk.audit import checkpointing
from lapwing.desk.intake import set_aside
from lapwing.desk.intake.settling import settle
from lapwing.desk.intake.taking import journal, warm
from lapwing.desk.moments import picture

LOOK = 0.2
"""Seconds between looks at the stop button: the machine halts within a second."""
SETTLE = 10.0
"""Seconds between looks at the mandates: an end reaches the detectors within a minute."""
FORGET = 3_600.0
"""Seconds between erasures of what the journal keeps no longer."""
SIGN = 30.0
"""Seconds between looks whether a checkpoint of the audit log is due."""
CARRY = 1.0
"""Seconds between looks for letters to webhooks."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds until a watch that has ended by itself is started again: doubled each time, up to a minute."""
WELL = 120.0
"""A watch that ran for so many seconds was well."""

log = logging.getLogger(__name__)


class Supervisor:
    """Runs the watch in a process of its own, from :meth:`start` to :meth:`close`."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(*each,), name=f"lapwing-{each[0]}", daemon=True)
            for each in (
                ("watch", self._look_after, LOOK),
                ("settle", settle, SETTLE),
                ("carry", courier.carry, CARRY),
                ("sign", checkpointing.make_due, SIGN),
                ("forget", _forget, FORGET),
            )
        ]
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._wait = FIRST_WAIT
        self._not_before = 0.0

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()
        # What the first post and the first pages would have to wait for is loaded beside them.
        threading.Thread(target=_warm, name="lapwing-warm", daemon=True).start()

    def close(self) -> None:
        """End the watch, and return when it has ended."""
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._halt()

    def _run(self, name: str, act: Callable[[], object], every: float) -> None:
        while not self._ending.is_set():
            try:
                act()
            except Exception:  # whatever it is, it must not end the thread that halts the machine
                log.exception("the supervisor could not %s; it tries again", name)
            finally:
                close_old_connections()
            self._ending.wait(every)

    def _look_after(self) -> None:
        if oversight.stopped():
            self._halt()
            self._not_before, self._wait = 0.0, FIRST_WAIT
            return
        now = time.monotonic()
        if self._child is not None and self._child.poll() is not None:
            log.error("the watch has ended with status %s; it is started again", self._child.returncode)
            self._wait = FIRST_WAIT if now - self._started > WELL else min(2 * self._wait, LONGEST_WAIT)
            self._not_before = now + self._wait
            self._child = None
        if self._child is None and now >= self._not_before:
            self._started = now
            self._child = subprocess.Popen(
                [sys.executable, "-m", "lapwing.desk.live.child"], stdin=subprocess.PIPE, env=os.environ
            )

    def _halt(self) -> None:
        """End the watch wherever it is: it goes on from its snapshot and the journal, and says the same again."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            if child.stdin is not None:
                child.stdin.close()


def _warm() -> None:
    warm()
    get_resolver().url_patterns  # noqa: B018 - reading it loads the views
    picture.warm()


def _forget() -> None:
    journal().forget()
    courier.forget()
    set_aside.forget()
