"""Lapwing: recognise, date and explain the moments when separately watched accounts come together.

``lapwing.watch(frame_or_path)`` is the whole of it in Python; the command line says the same with more words.
Importing this package loads nothing heavy: compilers and columns come with the first call.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lapwing.api import Moments, watch
else:
    from lapwing import watch

    class _Watch(ModuleType):
        """The room ``lapwing.watch``, which may be called: then it is :func:`lapwing.api.watch`."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            from lapwing.api import watch as call

            return call(*args, **kwargs)

    watch.__class__ = _Watch

__all__ = ["Moments", "__version__", "watch"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "Moments":
        from lapwing.api import Moments

        return Moments
    raise AttributeError(f"module 'lapwing' has no attribute {name!r}")
