"""A data folder with a desk in which nothing has happened, made once and copied: for tests of whole processes."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

OPEN = """
import sys
from pathlib import Path
from lapwing.desk.project.start import start
start(Path(sys.argv[1]))
from lapwing.desk.operation import opening
opening.for_serving()
"""


def without_database() -> dict[str, str]:
    """The environment of a process whose desk is on SQLite, whatever the tests run on."""
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def new_desk(folder: Path) -> Path:
    """A desk on SQLite in this folder, which is not there yet."""
    return Path(shutil.copytree(_made(), folder))


@cache
def _made() -> Path:
    root = Path(tempfile.mkdtemp(prefix="lapwing-desk-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    command = [sys.executable, "-c", OPEN, str(root / "home")]
    done = subprocess.run(command, env=without_database(), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return root / "home"
