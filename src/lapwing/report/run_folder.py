"""The folder a watch writes, read back: moments, exhibits and the run record."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment
from lapwing.moments.run_record import RunRecord

MOMENTS, EXHIBITS, RUN = "moments.jsonl", "exhibits.jsonl", "run.json"

_ID = re.compile(rb'\{"id":"([^"\\]*)"')
_STATUS_ORDER = {"open": 0, "fading": 1, "closed": 2}
_Read = TypeVar("_Read")


class RunFolderError(ValueError):
    """A file of the folder is absent or cannot be read. The text says which, where, and what to do."""


@dataclass(frozen=True, slots=True)
class KnownMoment:
    """A moment as it is now and as it was when it was raised."""

    now: Moment
    as_raised: Moment


def read_moments(folder: Path) -> tuple[KnownMoment, ...]:
    """The moments of a folder: open ones first, then fading, then closed, each by net bits.

    Raises :class:`RunFolderError`.
    """
    path = folder / MOMENTS
    if not path.is_file():
        if (folder / RUN).is_file():
            return ()
        raise RunFolderError(_absent(MOMENTS, folder))
    first: dict[str, tuple[int, bytes]] = {}
    last: dict[str, tuple[int, bytes]] = {}
    for number, line in _lines(path):
        moment_id = _id(path, number, line)
        first.setdefault(moment_id, (number, line))
        last[moment_id] = (number, line)
    known = []
    for moment_id, (number, line) in last.items():
        now = _parsed(Moment.parse, "moment", path, number, line)
        raised_number, raised_line = first[moment_id]
        as_raised = now
        if raised_number != number:
            as_raised = _parsed(Moment.parse, "moment", path, raised_number, raised_line)
        known.append(KnownMoment(now, as_raised))
    known.sort(
        key=lambda one: (_STATUS_ORDER.get(one.now.status, 3), -one.now.bits.net, one.now.raised, one.now.id)
    )
    return tuple(known)


def read_exhibits(folder: Path, ids: Collection[str]) -> Mapping[str, Exhibit]:
    """The exhibits of these moments; a moment without one is left out. Raises :class:`RunFolderError`."""
    path = folder / EXHIBITS
    if not path.is_file():
        return {}
    last: dict[str, tuple[int, bytes]] = {}
    for number, line in _lines(path):
        moment_id = _id(path, number, line)
        if moment_id in ids:
            last[moment_id] = (number, line)
    return {
        moment_id: _parsed(Exhibit.parse, "exhibit", path, number, line)
        for moment_id, (number, line) in last.items()
    }


def read_run(folder: Path) -> RunRecord:
    """The run record of a folder. Raises :class:`RunFolderError`."""
    path = folder / RUN
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RunFolderError(_absent(RUN, folder)) from None
    try:
        return RunRecord.parse(text)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise RunFolderError(f"{path}: not a run record ({_reason(error)}). {_WAY_OUT}") from error


_WAY_OUT = "The file is written by `lapwing watch`: run the same command again to have it written anew."


def _absent(name: str, folder: Path) -> str:
    return f"There is no {name} in {folder}. Give the folder that `lapwing watch EVENTS --out FOLDER` wrote."


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def _id(path: Path, number: int, line: bytes) -> str:
    # Only the first and the last line of an id are read in full, so the id is taken from the line's start.
    found = _ID.match(line)
    if found:
        return found.group(1).decode("utf-8", "replace")
    return str(_parsed(lambda text: json.loads(text)["id"], "line with an id", path, number, line))


def _parsed(parse: Callable[[str], _Read], noun: str, path: Path, number: int, line: bytes) -> _Read:
    try:
        return parse(line.decode("utf-8"))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        cut = not line.endswith(b"\n")
        reason = "the line is cut short" if cut else _reason(error)
        way_out = (
            "The watch is still writing it, or was stopped: run the same command again." if cut else _WAY_OUT
        )
        raise RunFolderError(f"{path}, line {number}: not a {noun} ({reason}). {way_out}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON at column {error.colno}"
    return str(error) or type(error).__name__
