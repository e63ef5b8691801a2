"""Memory that is free inside the process, given back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Give back what the C library holds for later; where it has no way to (it is glibc's), nothing happens.

    Arrays of a border come and go in thousands, and what lies between those that stay is otherwise kept.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # TypeError: there is no "this process" to load on Windows
        return None
    return found
