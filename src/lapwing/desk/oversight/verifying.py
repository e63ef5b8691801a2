"""Verifying the whole log beside the pages: it may take minutes, and one at a time is enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import close_old_connections, transaction

from lapwing.desk import audit
from lapwing.desk.audit.error import AuditError
from lapwing.desk.audit.exporting import verified

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person


@dataclass(frozen=True, slots=True)
class Under:
    """How far a verification has come."""

    done: int
    """Entries checked so far."""


class Verifier:
    """Runs one verification at a time in a thread, and records what it found."""

    def __init__(self, beside: Callable[[Callable[[], None]], None]) -> None:
        self._beside = beside
        self._lock = threading.Lock()
        self._done: int | None = None

    def now(self) -> Under | None:
        """The verification that is running, if any."""
        done = self._done
        return None if done is None else Under(done)

    def start(self, by: Person) -> bool:
        """Begin one; False when one is running already."""
        with self._lock:
            if self._done is not None:
                return False
            self._done = 0
        self._beside(lambda: self._run(by))
        return True

    def _run(self, by: Person) -> None:
        begun = time.perf_counter()
        try:
            found = verified(self._counted)
            whole, entries, text = found.whole, found.entries, found.text()
            first = found.first_bad.first if found.first_bad else None
        except AuditError as error:
            whole, entries, text, first = False, 0, str(error), None
        finally:
            self._done = None
        seconds = round(time.perf_counter() - begun, 3)
        with transaction.atomic():
            detail = {
                "whole": whole,
                "entries": entries,
                "first_bad": first,
                "found": text,
                "seconds": seconds,
            }
            audit.record(by, "audit.verify", "audit", detail=detail)

    def _counted(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for done, line in enumerate(lines):
            self._done = done
            yield line


def _in_a_thread(act: Callable[[], None]) -> None:
    def run() -> None:
        try:
            act()
        finally:
            close_old_connections()

    threading.Thread(target=run, name="lapwing-verify", daemon=True).start()


VERIFIER = Verifier(_in_a_thread)
"""The verifier of this process."""
