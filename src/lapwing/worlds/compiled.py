"""Numba's `njit` with a type that keeps the signature of what it compiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
T = TypeVar("T")


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """Compile ``function`` once per machine; it runs without the interpreter's lock."""
    return cast(Callable[P, T], numba.njit(cache=True, nogil=True)(function))
