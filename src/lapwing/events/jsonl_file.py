"""Events in JSON Lines: one object a line."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.json

from lapwing.events import fault, text_file
from lapwing.events.error import ColumnError
from lapwing.events.inputs import Bytes
from lapwing.events.rows import Broken, forbidden
from lapwing.events.schema import OPTIONAL, REQUIRED
from lapwing.events.text_file import LONGEST_ROW, Parsed, TextFile
from lapwing.events.vocabulary import Vocabulary

_KNOWN = REQUIRED + OPTIONAL
_FEED, _RETURN, _OPEN, _CLOSE = 10, 13, 123, 125


class JsonlFile(TextFile):
    """A JSON Lines file. A block whose lines all look alike goes through Arrow; others line by line."""

    def __init__(self, name: str, data: Bytes, vocabulary: Vocabulary) -> None:
        super().__init__(name, data)
        self._vocabulary = vocabulary
        self._keys: dict[str, None] = {}
        self._begun = False
        self._start = 3 if data.head.startswith(b"\xef\xbb\xbf") else 0

    @property
    def ignored(self) -> tuple[str, ...]:
        """Keys so far that are not part of an event."""
        return tuple(key for key in self._keys if key not in _KNOWN)

    def parse(self, block: bytes, line: int, ended: bool) -> Parsed:
        """See :meth:`TextFile.parse`."""
        end = block.rfind(b"\n") + 1
        parsed = self._fast(block, end, line) or self._careful(block, end, line)
        if not self._begun and len(parsed.lines):
            # One missing key is a matter of the row; a key that no row has is a matter of the file. A missing
            # subject would make all of it background without a word.
            missing = [key for key in REQUIRED if b'"%s"' % key.encode() not in block]
            if missing:
                raise ColumnError(
                    f"{self._name}: no {', '.join(missing)} in its first lines; "
                    f"found {', '.join(sorted(self._keys))}.\n"
                    "Events need time, subject (may be null), kind and context, in lower case; rename keys."
                )
            self._begun = True
        return parsed

    def _fast(self, block: bytes, end: int, line: int) -> Parsed | None:
        """The rows of a block by Arrow; None when it is not certain that these are all and right."""
        if end < text_file.SMALL:
            return None
        line_of_row = _rows_of(np.frombuffer(block, np.uint8)[:end])
        if line_of_row is None or not len(line_of_row):
            return None
        if not block.isascii() and not _is_utf8(block):
            return None
        try:
            first = json.loads(block.lstrip(b"\r\n").split(b"\n", 1)[0])
            types = {key: _type(key, first.get(key)) for key in _KNOWN}
            table = pyarrow.json.read_json(
                pa.py_buffer(memoryview(block)[:end]),
                read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=end + 1),
                parse_options=pyarrow.json.ParseOptions(explicit_schema=pa.schema(list(types.items()))),
            )
        except (ValueError, pa.ArrowException):  # mixed types, broken lines: look at each
            return None
        if table.num_rows != len(line_of_row):
            return None
        self._meet(
            {
                key: line
                for key in table.column_names
                if key not in _KNOWN or table[key].null_count < len(table)
            }
        )
        columns = {key: table[key].combine_chunks() for key in _KNOWN}
        return Parsed(columns, line + line_of_row, (), end)

    def _careful(self, block: bytes, end: int, line: int) -> Parsed:
        rows: list[dict[str, Any]] = []
        lines: list[int] = []
        broken: list[Broken] = []
        keys: dict[str, int] = {}
        for number, text in enumerate(block[:end].split(b"\n")[:-1], line):
            if not text.strip():
                continue
            why = None
            if len(text) > LONGEST_ROW:
                why = fault.TOO_LONG_LINE
            else:
                try:
                    row = json.loads(text, object_pairs_hook=_once)
                except UnicodeDecodeError:
                    why = fault.NOT_UTF8
                except (ValueError, RecursionError):
                    why = fault.NOT_JSON
                else:
                    if not isinstance(row, dict):
                        why = fault.NOT_JSON
                    else:
                        for key in row:
                            keys.setdefault(key, number)
                        wrong = next((key for key in _KNOWN if not _readable(key, row.get(key))), None)
                        if wrong is None:
                            rows.append(row)
                            lines.append(number)
                        else:
                            value = json.dumps(row[wrong])
                            broken.append(Broken(number, fault.NOT_TEXT, value, wrong))
            if why is not None:
                broken.append(Broken(number, why, text.decode("utf-8", "backslashreplace")))
        self._meet(keys)
        columns = {key: _column(key, [row.get(key) for row in rows]) for key in _KNOWN}
        return Parsed(columns, np.array(lines, np.int64), tuple(broken), end)

    def _meet(self, keys: dict[str, int]) -> None:
        """Take note of keys and the line of each. Raises :class:`ForbiddenError`."""
        for key, line in keys.items():
            if key not in self._keys:
                self._keys[key] = None
                entry = None if key in _KNOWN else self._vocabulary.why_forbidden(key)
                if entry is not None:
                    raise forbidden(self._name, "column", key, entry, line)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a key stands twice")
    return row


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _type(key: str, value: Any) -> pa.DataType:
    """The type that a column probably has throughout, by its first value."""
    if isinstance(value, float) and key == "time":
        return pa.float64()
    return pa.int64() if isinstance(value, int) and not isinstance(value, bool) else pa.string()


def _readable(key: str, value: Any) -> bool:
    if value is None or isinstance(value, str) or (isinstance(value, float) and key == "time"):
        return True
    return isinstance(value, int) and not isinstance(value, bool) and (key != "time" or abs(value) < 2**63)


def _column(key: str, values: list[Any]) -> pa.Array:
    if key == "time" and not any(isinstance(value, str) for value in values):
        whole = all(value is None or isinstance(value, int) for value in values)
        return pa.array(values, pa.int64() if whole else pa.float64())
    # Escapes can write half a surrogate pair, which is no text: as bytes it is found like other bad UTF-8.
    texts = [None if value is None else str(value).encode("utf-8", "surrogatepass") for value in values]
    return pa.array(texts, pa.large_binary())


def _rows_of(block: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64] | None:
    """The line (from 0) of every object of a block; None when a line is not plainly one object."""
    feeds = np.flatnonzero(block == _FEED)
    starts = np.append(0, feeds[:-1] + 1) if len(feeds) else feeds
    lasts = feeds - 1
    lasts = lasts - (block[lasts] == _RETURN)
    blank = lasts < starts
    if not np.all(blank | ((block[starts] == _OPEN) & (block[lasts] == _CLOSE))):
        return None
    if len(feeds) and (feeds - starts).max() > LONGEST_ROW:
        return None
    return np.flatnonzero(~blank)
