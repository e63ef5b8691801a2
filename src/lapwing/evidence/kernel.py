"""How the numeric kernels of this room are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile ``function`` with Numba: cached on disk, releasing the GIL, its type kept for mypy."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
