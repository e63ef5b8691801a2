"""Events in CSV: UTF-8, comma, a header line, quotes as in RFC 4180."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from lapwing.events import fault, text_file
from lapwing.events.error import ColumnError, FormatError
from lapwing.events.inputs import Bytes
from lapwing.events.rows import Broken, check_columns
from lapwing.events.schema import LABEL, LABELS, OPTIONAL, REQUIRED
from lapwing.events.text_file import LONGEST_ROW, Parsed, TextFile
from lapwing.events.vocabulary import Vocabulary

_COMMA, _FEED, _RETURN, _QUOTE = 44, 10, 13, 34
_TYPES = {
    name: LABEL if name in ("subject", "kind", *LABELS) else pa.large_string() for name in REQUIRED + OPTIONAL
}

# A field and what ends it. An unquoted field may hold quotes further on, as in: 5" pipe
_FIELD = re.compile(rb'(?:"([^"]*(?:""[^"]*)*)"|((?!")[^,\n]*?))(,|\r?\n)')


class CsvFile(TextFile):
    """A CSV file. Blocks whose quoting is beyond doubt go through Arrow; the others through a careful parser
    that tells broken rows from sound ones. Both give the same rows, and both know the line of each.
    """

    def __init__(self, name: str, data: Bytes, vocabulary: Vocabulary) -> None:
        super().__init__(name, data)
        mark = b"\xef\xbb\xbf" if data.head.startswith(b"\xef\xbb\xbf") else b""
        head, feed, _ = data.head[len(mark) :].partition(b"\n")
        if not head.strip():
            raise ColumnError(
                f"{name}: no header line{'' if data.head else ', the file is empty'}.\n"
                "The first line of CSV must name the columns: time,subject,kind,context and others."
            )
        fields = _FIELD.findall(head.removesuffix(b"\r") + b"\n")
        try:
            self._header = [(quoted or plain).decode().strip() for quoted, plain, _ in fields]
        except UnicodeDecodeError as error:
            raise FormatError(f"{name}: the header is not UTF-8.\nExport the file as UTF-8.") from error
        if len(self._header) == 1:
            for sign, said in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
                if sign in self._header[0]:
                    raise FormatError(
                        f"{name}: columns are separated by {said}; expected commas.\n"
                        "Export the file with commas between the columns."
                    )
        self.ignored = check_columns(name, self._header, vocabulary)
        self._columns = [column for column in self._header if column not in self.ignored]
        self._start = len(mark) + len(head) + len(feed)
        self._line = 2

    def parse(self, block: bytes, line: int, ended: bool) -> Parsed:
        """See :meth:`TextFile.parse`."""
        return self._fast(block, line) or self._careful(block, line, ended)

    def _fast(self, block: bytes, line: int) -> Parsed | None:
        """The rows of a block by Arrow; None when it is not certain that these are all and right."""
        if len(block) < text_file.SMALL:
            return None
        found = _rows_of(np.frombuffer(block, np.uint8))
        if found is None:
            return None
        line_of_row, end = found
        try:
            table = pyarrow.csv.read_csv(
                pa.py_buffer(memoryview(block)[:end]),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=self._header, block_size=end + 1, use_threads=False
                ),
                parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
                convert_options=pyarrow.csv.ConvertOptions(
                    check_utf8=False,  # the check of every value sees to it
                    include_columns=self._columns,
                    column_types={name: _TYPES[name] for name in self._columns},
                    strings_can_be_null=False,
                ),
            )
        except ValueError:  # a row that has not as many columns as the header: look at each
            return None
        if table.num_rows != len(line_of_row):
            return None
        columns = {name: table[name].combine_chunks() for name in self._columns}
        return Parsed(columns, line + line_of_row, (), end)

    def _careful(self, block: bytes, line: int, ended: bool) -> Parsed:
        """The rows of a block one by one. A row that spans lines and is broken costs its first line only."""
        rows: list[list[bytes]] = []
        lines: list[int] = []
        broken: list[Broken] = []
        at = 0
        while (feed := block.find(b"\n", at)) >= 0:
            fields, end = _fields(block, at)
            if fields is None or (len(fields) != len(self._header) and end > feed + 1):
                if not ended and len(block) - at < LONGEST_ROW:
                    break  # what follows may still close the quote
            elif not fields:
                at, line = end, line + 1
                continue
            if fields is not None and len(fields) == len(self._header):
                rows.append(fields)
                lines.append(line)
            else:
                why = fault.WRONG_QUOTES if fields is None else fault.WRONG_COLUMNS
                broken.append(Broken(line, why, block[at:feed].decode("utf-8", "backslashreplace")))
                end = feed + 1
            line += block.count(b"\n", at, end)
            at = end
        columns = {
            name: pa.array([row[self._header.index(name)] for row in rows], pa.large_binary())
            for name in self._columns
        }
        return Parsed(columns, np.array(lines, np.int64), tuple(broken), at)


def _fields(block: bytes, at: int) -> tuple[list[bytes] | None, int]:
    """The fields of the row at ``at`` (none for an empty line) and where the next row begins.

    None instead of fields when the quotes do not close within :data:`LONGEST_ROW`.
    """
    feed = block.find(b"\n", at)
    if block.find(b'"', at, feed) < 0:
        row = block[at:feed].removesuffix(b"\r")
        return (row.split(b",") if row else []), feed + 1
    fields = []
    limit = min(len(block), at + LONGEST_ROW)
    while True:
        match = _FIELD.match(block, at, limit)
        if match is None:
            return None, at
        quoted, plain, end = match.groups()
        fields.append(plain if quoted is None else quoted.replace(b'""', b'"'))
        at = match.end()
        if end != b",":
            return fields, at


def _rows_of(block: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], int] | None:
    """The line (from 0) on which every row of a block begins, and where the last complete row ends.

    None when the quoting leaves doubt: a quote that neither begins nor ends a field, a return without a feed.
    """
    feeds = np.flatnonzero(block == _FEED)
    quotes = np.flatnonzero(block == _QUOTE)
    # A feed after an odd number of quotes stands inside a value.
    ends = feeds[np.searchsorted(quotes, feeds) % 2 == 0] if len(quotes) else feeds
    if not len(ends):
        return None
    end = int(ends[-1]) + 1
    quotes = quotes[quotes < end]
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, block[opening - 1], _FEED)
    again = np.append(False, opening[1:] == closing[:-1] + 1)  # a doubled quote inside a value
    after = block[closing + 1]
    doubled = np.append(opening[1:] == closing[:-1] + 1, False)
    if not (
        np.all(again | (before == _COMMA) | (before == _FEED))
        and np.all(doubled | (after == _COMMA) | (after == _FEED) | (after == _RETURN))
    ):
        return None
    returns = np.flatnonzero(block[:end] == _RETURN)
    if np.any(block[returns + 1] != _FEED):
        return None
    starts = np.append(0, ends[:-1] + 1)
    length = ends - starts
    if length.max() > LONGEST_ROW:
        return None
    blank = (length == 0) | ((length == 1) & (block[starts] == _RETURN))
    return np.searchsorted(feeds, starts[~blank]), end
