"""How the numeric kernels are compiled, and where their machine code is kept.

Numba keeps compiled code by the file a kernel stands in and does not notice that a kernel it *calls*, in another
file, has changed. So the cache lies in a folder named after the state of all source files of the rooms that have
kernels: whatever changes there, everything is compiled anew, once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


ROOMS = ("events", "evidence", "moments", "watch", "worlds")
"""Rooms that have kernels."""


def cache_folder() -> Path:
    """The folder of compiled kernels for the source files as they are now."""
    package = Path(__file__).parent.parent
    state = hashlib.sha256()
    for file in sorted(file for room in ROOMS for file in (package / room).rglob("*.py")):
        stat = file.stat()
        state.update(f"{file.relative_to(package)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "lapwing" / "kernels" / state.hexdigest()[:16]


if not numba.config.CACHE_DIR:
    numba.config.CACHE_DIR = str(cache_folder())


def kernel(function: F) -> F:
    """Compile ``function`` with Numba: cached on disk, releasing the GIL, its type kept for mypy."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
