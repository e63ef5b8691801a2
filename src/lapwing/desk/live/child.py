"""The process of the watch: `python -m lapwing.desk.live.child`, started and ended by the desk.

It ends when its standard input does, so that a desk that dies leaves no watch behind.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

IDLE = 0.25
"""Seconds between looks at a journal in which there is nothing new."""
NICE = 5
"""Pages come first: the watch takes what they leave of the processors."""
MOST_TOLD = 2000
"""Characters of a fault that are kept for the administrator."""


def main() -> None:
    """Watch until standard input ends."""
    os.nice(NICE)
    threading.Thread(target=_end_with_the_desk, name="lapwing-end", daemon=True).start()
    from lapwing.desk.project.start import start

    start()
    from lapwing.desk.operation import logs

    logs.configure()
    from lapwing.desk.live.progress import ONLY, Progress, State

    Progress.objects.now()
    Progress.objects.filter(pk=ONLY).update(state=State.STARTING)
    try:
        _watch()
    except Exception as error:
        told = f"{type(error).__name__}: {error}"[:MOST_TOLD]
        Progress.objects.filter(pk=ONLY).update(state=State.FAILED, fault=told)
        raise


def _watch() -> None:
    from django.conf import settings

    from lapwing.desk.intake.taking import vocabulary
    from lapwing.desk.live.watcher import FOLDER, StoppedError, Watcher
    from lapwing.watch.engine import Parameters
    from lapwing.watch.lock import sole_writer

    home = Path(settings.HOME)
    (home / FOLDER).mkdir(mode=0o700, exist_ok=True)
    with sole_writer(home / FOLDER):
        watcher = Watcher(home, Parameters(), vocabulary())
        try:
            while True:
                if not watcher.step():
                    time.sleep(IDLE)
        except StoppedError:
            return
        finally:
            watcher.close()


def _end_with_the_desk() -> None:
    # Not by sys.stdin: its lock would be held while the interpreter ends.
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
