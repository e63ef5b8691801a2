"""Compiling beside the rest: processes that watch a small world, so that kernels are ready for the large one.

On a machine that has not run this version before, compiling takes most of the time of a first start. Machine code
is kept on disk (:mod:`lapwing.evidence.kernel`), so what these processes compile the other one only loads.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lapwing.moments.budget_shares import Detector

SUBJECTS, WATCHED = 1_600, 1_100
"""So few that watching takes seconds, and enough that groups are found."""
PARTS: tuple[tuple[Detector, ...], ...] = (("when", "what", "ladder"), ("whom",))
"""What each process leaves to the other."""
YIELDS = 5
"""By how much the second process lets the others go first, as `nice` counts: it has the least to do, and on a machine
with two cores the other two would be kept waiting by it.
"""
PRESENT = 1_700_000_000_000_000
"""Any time would do."""


@contextmanager
def beside() -> Iterator[Callable[[], object]]:
    """Compile in processes of their own, which end with this at the latest; gives what waits for them."""
    with tempfile.TemporaryDirectory(prefix="lapwing-compiling-") as folder:
        process = _start(Path(folder), 0, start_new_session=True)
        try:
            yield process.wait
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(folder: Path, part: int) -> None:
    """Watch a small world without what is left to others. What all need is compiled once, before the next begins."""
    # Compilers make much and drop little of it: looking for what was dropped is a sixth of their time.
    gc.disable()
    os.nice(YIELDS * part)
    from lapwing.desk.live.demo import world
    from lapwing.events.vocabulary import Vocabulary
    from lapwing.watch.engine import Parameters
    from lapwing.watch.live import Live

    made = world.make(PRESENT, subjects=SUBJECTS, watched=WATCHED)
    other = None
    with Live(folder / str(part), Parameters(), Vocabulary.load(), tolerance=0, without=PARTS[part]) as live:
        for _ in live.take(0, made.events):
            if other is None and part + 1 < len(PARTS):
                other = _start(folder, part + 1)
    if other is not None:
        other.wait()


def _start(folder: Path, part: int, *, start_new_session: bool = False) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this interpreter, and nothing from outside
        [sys.executable, "-m", "lapwing.desk.live.demo.compiling", str(folder), str(part)],
        stdin=subprocess.DEVNULL,
        start_new_session=start_new_session,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
