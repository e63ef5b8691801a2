"""The folder of the demonstration: made, gone on with, or made anew."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from lapwing.desk import clock
from lapwing.desk.project.home import of_user

PREPARED = "demonstration.json"
FRESH = timedelta(hours=12)
"""A demonstration that was prepared longer ago is made anew: its present would lie too far back."""


BACK = timedelta(days=12, hours=2)
"""How long ago the desk of the demonstration was opened for the first time: before its world begins."""


class OccupiedError(Exception):
    """A folder that holds something else than a demonstration."""


def chosen(home: Path | None) -> Path:
    """The folder that was named, or one where this user's programs keep their data."""
    return home.absolute() if home is not None else of_user("lapwing-demo")


def made_ready(home: Path) -> bool:
    """Whether ``home`` holds a demonstration that can go on; what is left of an older one is removed.

    Raises :class:`OccupiedError` when it holds something else.
    """
    if not home.exists() or not any(home.iterdir()):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not (home / PREPARED).exists():
        raise OccupiedError(
            f"{home} holds something else than a demonstration, and is left as it is.\n"
            "Name another folder with --home, one that is empty or not there yet."
        )
    elif _is_fresh(home):
        return True
    else:
        shutil.rmtree(home)
        home.mkdir(mode=0o700)
    # Written first, so that what an interruption leaves is known for what it is.
    (home / PREPARED).touch(mode=0o600)
    (home / PREPARED).write_text("{}", "utf-8")
    return False


def _is_fresh(home: Path) -> bool:
    try:
        told = json.loads((home / PREPARED).read_text("utf-8"))
        return timedelta() <= clock.now() - datetime.fromisoformat(told["prepared"]) < FRESH
    except (ValueError, KeyError):
        return False
