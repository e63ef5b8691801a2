"""The one way to write a value as JSON, so that its hash can be computed again from what it says.

Keys in order of code points, no space between tokens, numbers as Python writes them, everything beyond ASCII
escaped, so that nothing invisible and no character that only looks like another stands in the log. A line is in
this form exactly when reading and writing it gives the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""What may stand in the detail of an entry."""

DEEPEST = 16
"""Levels of nesting; deeper than any detail, and far from the depth at which readers give up."""

WIDEST = 2**53
"""Whole numbers up to here are the same number to every reader of JSON."""


_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))


class CanonicalError(ValueError):
    """A value that cannot be written so that it can be read again as the same value."""


def written(value: JSON) -> bytes:
    """The canonical form. Raises :class:`CanonicalError` for what JSON cannot carry unchanged."""
    return _ENCODER.encode(plain(value)).encode("ascii")


def read(line: bytes) -> Any:
    """The value of a canonical line. Raises :class:`CanonicalError` when the bytes are not its canonical form."""
    try:
        text = line.decode("ascii")
        value = json.loads(text)
        same = _ENCODER.encode(value) == text
    except (ValueError, RecursionError) as error:
        raise CanonicalError("it cannot be read as JSON in the form of the log") from error
    if not same:
        raise CanonicalError("it is not written in the form of the log")
    return value


def rewritten(value: Any) -> bytes:
    """The canonical form of a part of what :func:`read` gave, which holds nothing that could not be written."""
    return _ENCODER.encode(value).encode("ascii")


def plain(value: JSON, where: str = "", depth: int = 0) -> Any:
    """The value as lists and dictionaries. Raises :class:`CanonicalError`, which says where the fault is."""
    if depth > DEEPEST:
        raise CanonicalError(f"{where or 'the value'} is nested more than {DEEPEST} levels deep")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > WIDEST:
            raise CanonicalError(f"{where or 'the value'} is a whole number above 2^53: give it as text")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise CanonicalError(
                f"{where or 'the value'} is {value}, which JSON does not know: give null or text"
            )
        return float(value)
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{at}]", depth + 1) for at, item in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise CanonicalError(f"{where or 'the value'} has the key {key!r}, which is not text")
        return {str(key): plain(item, f"{where}.{key}".lstrip("."), depth + 1) for key, item in value.items()}
    raise CanonicalError(
        f"{where or 'the value'} is of the type {type(value).__name__}: only text, numbers, true, false, null, lists "
        "and mappings can be kept; give times and models as text"
    )
