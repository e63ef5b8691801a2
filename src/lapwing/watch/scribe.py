"""The scribe: findings become lines of `moments.jsonl` and `exhibits.jsonl`, with names and texts put in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from lapwing.events.store import Store
from lapwing.moments.exhibit import (
    ChangeShown,
    ClimbShown,
    CurvePoint,
    Exhibit,
    KindShare,
    LaneAct,
    StageShown,
    Tie,
)
from lapwing.moments.finding import Finding
from lapwing.moments.moment import Act, Moment
from lapwing.watch.error import StateError

MOMENTS, EXHIBITS = "moments.jsonl", "exhibits.jsonl"


class Told(NamedTuple):
    """An event in words."""

    time: int
    subject: str
    kind: str
    context: str


class Scribe:
    """Appends to the two files of ``folder``, from the given ``lengths`` on; what was behind is forgotten.

    The texts of events come from the store, by their number, and are kept while a moment that is not closed
    refers to them; ``oldest`` is what :attr:`oldest` was at these lengths. Raises ``OSError`` when a file
    cannot be written, and :class:`StateError` when one is shorter than it was.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        *,
        name: Callable[[int], str],
        circle: Callable[[int], str | None],
        threshold: float,
        lengths: tuple[int, int],
        oldest: Mapping[str, int],
        kinds: Sequence[str],
    ) -> None:
        self._store = store
        self._name = name
        self._circle = circle
        self._threshold = threshold
        self._kinds = kinds
        self._told: dict[int, Told] = {}
        self._used = {id_: frozenset([row]) for id_, row in oldest.items()}
        self._files = [
            _opened(folder / file, at) for file, at in zip((MOMENTS, EXHIBITS), lengths, strict=True)
        ]
        self._ids = {line.split(b'"', 4)[3] for line in self._files[0]}  # every line begins {"id":"...
        for file in self._files:
            file.seek(0, os.SEEK_END)

    @property
    def moments(self) -> int:
        """Moments raised so far."""
        return len(self._ids)

    @property
    def lengths(self) -> tuple[int, int]:
        """Bytes in the two files."""
        return self._files[0].tell(), self._files[1].tell()

    @property
    def oldest(self) -> dict[str, int]:
        """The oldest event that each moment not closed refers to."""
        return {id_: min(rows) for id_, rows in self._used.items() if rows}

    def write(self, findings: Sequence[Finding]) -> None:
        """Add a line to each file for every finding."""
        if not findings:
            return
        self._look_up(findings)
        for finding in findings:
            moment, exhibit = self._moment(finding), self._exhibit(finding)
            for file, line in zip(self._files, (moment.line(), exhibit.line()), strict=True):
                file.write(line.encode() + b"\n")
            self._ids.add(finding.id.encode())
            if finding.status == "closed":
                self._used.pop(finding.id, None)
        self._forget()

    def sync(self) -> None:
        """Return when all lines are on disk."""
        for file in self._files:
            file.flush()
            os.fsync(file.fileno())

    def close(self) -> None:
        """Write out what is left."""
        for file in self._files:
            file.close()

    def __enter__(self) -> Scribe:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _look_up(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._used[finding.id] = frozenset([*(entry.row for entry in finding.ledger), *finding.lanes])
        wanted = frozenset().union(*(self._used[finding.id] for finding in findings)) - self._told.keys()
        if not wanted:
            return
        columns = ("seq", *Told._fields)
        rows = self._store.rows(wanted, columns)
        for row, *told in zip(*(rows[name].to_pylist() for name in columns), strict=True):
            self._told[row] = Told(*told)
        missing = wanted - self._told.keys()
        if missing:
            raise StateError(
                f"The event store of this folder lacks event {min(missing)}, which a moment rests on.\n"
                "The folder was changed from outside: bring it back from a backup, or read all events again."
            )

    def _forget(self) -> None:
        """Drop texts that no moment refers to, once they are the greater part."""
        if len(self._told) > 1024 + 2 * sum(map(len, self._used.values())):
            kept = frozenset().union(*self._used.values())
            self._told = {row: told for row, told in self._told.items() if row in kept}

    def _moment(self, finding: Finding) -> Moment:
        return Moment(
            id=finding.id,
            type=finding.type,
            subjects=tuple(map(self._name, finding.members)),
            onset=finding.onset,
            raised=finding.raised,
            bits=finding.bits,
            once_in_days=finding.once_in_days,
            stage=finding.stage,
            status=finding.status,
            ledger=tuple(
                Act(*self._told[entry.row], with_=tuple(map(self._name, entry.with_)), bits=entry.bits)
                for entry in finding.ledger
            ),
        )

    def _exhibit(self, finding: Finding) -> Exhibit:
        in_ledger = {entry.row for entry in finding.ledger}
        circles = zip(map(self._name, finding.members), map(self._circle, finding.circles), strict=True)
        before, after = (
            tuple(Tie(self._name(a), self._name(b), contexts) for a, b, contexts in ties)
            for ties in (finding.ties_before, finding.ties_after)
        )
        return Exhibit(
            id=finding.id,
            onset_between=finding.onset_between,
            threshold=self._threshold,
            circles=dict(circles),
            lanes=tuple(LaneAct(*self._told[row], in_ledger=row in in_ledger) for row in finding.lanes),
            lanes_left_out=finding.lanes_left_out,
            ties_before=before,
            ties_after=after,
            curve=tuple(CurvePoint(time, net) for time, net in finding.curve),
            change=self._change(finding),
            climb=self._climb(finding),
        )

    def _change(self, finding: Finding) -> ChangeShown | None:
        change = finding.change
        if change is None:
            return None
        mix = tuple(KindShare(self._kinds[kind], usual, now) for kind, usual, now in change.mix)
        return ChangeShown(change.usual_daily, change.daily, change.factor, mix)

    def _climb(self, finding: Finding) -> ClimbShown | None:
        climb = finding.climb
        if climb is None:
            return None
        return ClimbShown(
            ladder=climb.ladder,
            stages=tuple(StageShown(*stage) for stage in climb.stages),
            expected=tuple((self._kinds[kind], share) for kind, share in climb.expected),
            caveat=climb.caveat,
            against=climb.against,
        )


def _opened(path: Path, length: int) -> BinaryIO:
    """The file cut to ``length`` and opened to be read from the start and written behind it."""
    file = path.open("r+b" if path.exists() else "w+b")
    if file.seek(0, os.SEEK_END) < length:
        file.close()
        raise StateError(
            f"{path} is shorter than it was when the last snapshot was taken: it was changed from outside.\n"
            "Bring it back from a backup, or name a new folder and read all events again."
        )
    file.truncate(length)
    file.seek(0)
    return file
