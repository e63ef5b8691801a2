"""Structured logs without personal data: one JSON object on a line, on standard error.

What gets through is decided by what is let through, not by what is taken out: the words that a programmer wrote
(the template of a message, never what was filled into it but numbers), the names of modules, and fields from the
list below. A handle, a pseudonym, a query or a reason is in none of them. Of an error its kind and its place are
kept, and not its message, which may quote what a database refused.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog

FIELDS = frozenset({"method", "view", "status", "ms", "version", "request"})
"""Fields that may be logged: of a request its method, the name of its address, its answer and its number."""

_SAFE = re.compile(r"[A-Za-z0-9_.:/<>-]{1,80}")
_PLACEHOLDER = re.compile(r"%(?:\([^)]*\))?[#0\- +]*[\d*]*(?:\.[\d*]+)?[hlL]?[a-zA-Z]")
_FRAMES = 6

log = logging.getLogger(__name__)


def configure(stream: Any = None) -> None:
    """Let everything that is logged in this process, by whatever library, be written in this form."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # Message and arguments apart: once one is put into the other, they cannot be told from each other.
            use_get_message=False,
            pass_foreign_args=True,
            foreign_pre_chain=[structlog.contextvars.merge_contextvars],
            processors=[_told, structlog.processors.JSONRenderer(sort_keys=False)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Whoever sits at a terminal is told what went wrong; a log that is kept has every request.
    root.setLevel(logging.WARNING if handler.stream.isatty() else logging.INFO)
    for name in (
        "django",
        "django.request",
        "django.server",
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
        "asyncio",
    ):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Paths hold pseudonyms and queries; the desk's own line about a request names the address by its view.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # An error that nobody caught would be printed with its message, and so with whatever is quoted in it.
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, place: TracebackType | None) -> None:
    if error is not None and isinstance(error, Exception):
        log.critical("it ended by an error", exc_info=(kind, error, place))


def _told(logger: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """What is written of a record: see the module."""
    record: logging.LogRecord = event["_record"]
    told: dict[str, Any] = {
        "time": structlog.processors.TimeStamper(fmt="iso", utc=True)(logger, method, {})["timestamp"],
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _template(record, event.get("positional_args")),
    }
    fields = {**{name: getattr(record, name) for name in FIELDS if hasattr(record, name)}, **event}
    told |= {name: fields[name] for name in sorted(FIELDS) if name in fields and _plain(fields[name])}
    if event.get("exc_info"):
        told["error"], told["at"] = _error(event["exc_info"])
    return told


def _template(record: logging.LogRecord, given: object) -> str:
    """The message as it was written in the program, with the numbers that were filled in and nothing else."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    if not given:
        # Without arguments there is no telling what is template and what was put into it: only plain words pass.
        return record.msg if record.name.startswith("lapwing.") else _words(record.msg)
    values = iter(given if isinstance(given, tuple) else ())

    def filled(match: re.Match[str]) -> str:
        value = next(values, None)
        return str(value) if isinstance(value, int | float) else "…"

    return _PLACEHOLDER.sub(filled, record.msg)


def _words(message: str) -> str:
    """The plain words that a message begins with."""
    return " ".join(re.findall(r"[A-Za-z]+", message.split(":")[0])[:6])


def _plain(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and bool(_SAFE.fullmatch(value)))


def _error(info: Any) -> tuple[str, list[str]]:
    kind, error, _ = info
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return kind.__name__, [
        f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}" for frame in frames
    ]
