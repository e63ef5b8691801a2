"""The roster: which subjects are watched, and which circles the team knows."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lapwing.watch.error import SettingError


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is watched and who belongs together, as the team says."""

    watched: frozenset[str] | None = None
    """Subjects that a moment may name; None for all of them."""
    circles: Mapping[str, str] | None = None
    """Circle by subject; None when the team names none."""

    def fingerprints(self) -> dict[str, str | None]:
        """Short texts that differ when what is watched or the circles do; None for what is not given."""
        return {
            "watched": None if self.watched is None else _short(sorted(self.watched)),
            "circles": None if self.circles is None else _short(sorted(self.circles.items())),
        }


def _short(values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def read_watched(path: Path) -> frozenset[str]:
    """The subjects of a file that has one on each line; empty lines do not count.

    Raises :class:`SettingError`.
    """
    subjects = frozenset(line.strip() for line in _lines(path)) - {""}
    if not subjects:
        raise SettingError(
            f"{path} names no subject, so no moment could be raised.\n"
            "Write one subject on each line, or leave the list out to watch everybody."
        )
    return subjects


def read_circles(path: Path) -> dict[str, str]:
    """Circle by subject, from CSV with the columns `subject` and `circle`. Raises :class:`SettingError`."""
    rows = csv.reader(_lines(path))
    header = [name.strip() for name in next(rows, [])]
    if "subject" not in header or "circle" not in header:
        raise SettingError(
            f"{path}, line 1: no columns subject and circle; found {', '.join(header) or 'nothing'}.\n"
            "Begin the file with the line subject,circle."
        )
    where = header.index("subject"), header.index("circle")
    circles: dict[str, str] = {}
    for row in rows:
        if not row:
            continue
        subject, circle = (row[at].strip() if at < len(row) else "" for at in where)
        if not subject or not circle:
            raise SettingError(
                f"{path}, line {rows.line_num}: {'subject' if not subject else 'circle'} is empty.\n"
                "Give both, or leave the line out: a subject without a line belongs to no given circle."
            )
        if circles.setdefault(subject, circle) != circle:
            raise SettingError(
                f"{path}, line {rows.line_num}: {subject!r} is in circle {circle!r}, but in "
                f"{circles[subject]!r} further up.\nA subject belongs to one circle; keep one of the lines."
            )
    if not circles:
        raise SettingError(f"{path} names no circle.\nFill it, or leave it out to have circles learnt.")
    return circles


def _lines(path: Path) -> Iterable[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}.\nCheck the path.") from error
    except UnicodeDecodeError as error:
        raise SettingError(
            f"{path} is not UTF-8 text (byte {error.start}).\nSave it as UTF-8, one entry on each line."
        ) from error
