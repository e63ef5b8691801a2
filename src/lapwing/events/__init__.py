"""What flows in: readers of event files, the vocabulary, the quarantine and the event store.

The names below are loaded when they are first used, since reading needs compiled kernels and Arrow, and a
program that only wants to say what it can do should not wait for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lapwing.events.error import BadRowError as BadRowError
    from lapwing.events.error import EventsError as EventsError
    from lapwing.events.reader import HOUR as HOUR
    from lapwing.events.reader import Reader as Reader
    from lapwing.events.reader import stream as stream
    from lapwing.events.schema import SCHEMA as SCHEMA
    from lapwing.events.store import Store as Store
    from lapwing.events.summary import Progress as Progress
    from lapwing.events.summary import ReadSummary as ReadSummary
    from lapwing.events.vocabulary import Vocabulary as Vocabulary

_PLACES = {
    "BadRowError": "error",
    "EventsError": "error",
    "HOUR": "reader",
    "Progress": "summary",
    "ReadSummary": "summary",
    "Reader": "reader",
    "SCHEMA": "schema",
    "Store": "store",
    "Vocabulary": "vocabulary",
    "stream": "reader",
}

__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
