"""Watching from Python: a frame or files go in, moments come out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import pyarrow as pa
import pyarrow.parquet as pq

from lapwing.events.error import ColumnError, EventsError
from lapwing.events.inputs import Format
from lapwing.events.vocabulary import Vocabulary
from lapwing.moments.budget_shares import Detector
from lapwing.moments.exhibit import Exhibit
from lapwing.moments.ladder_file import load
from lapwing.moments.moment import Bits, Moment, rfc3339
from lapwing.moments.run_record import RunRecord
from lapwing.report.fragment import moment_html, moments_html
from lapwing.report.gist import gist
from lapwing.report.page import write_report
from lapwing.report.run_folder import read_exhibits, read_moments
from lapwing.report.sentence import title
from lapwing.watch.budget import days_per_false_alarm
from lapwing.watch.duration import microseconds
from lapwing.watch.engine import Parameters
from lapwing.watch.roster import Roster, read_circles, read_watched
from lapwing.watch.run import watch as run
from lapwing.watch.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

_INSTANT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("type", pa.string()),
        ("subjects", pa.list_(pa.string())),
        ("onset", _INSTANT),
        ("raised", _INSTANT),
        *((f"bits_{field.name}", pa.float64()) for field in fields(Bits)),
        ("once_in_days", pa.float64()),
        ("stage", pa.string()),
        ("status", pa.string()),
        ("acts", pa.int64()),
        (
            "ledger",
            pa.list_(
                pa.struct(
                    [
                        ("time", _INSTANT),
                        ("subject", pa.string()),
                        ("kind", pa.string()),
                        ("context", pa.string()),
                        ("with", pa.list_(pa.string())),
                        ("bits", pa.float64()),
                    ]
                )
            ),
        ),
    ]
)
"""The columns of :meth:`Moments.to_arrow`."""


class ShownMoment(Moment):
    """A moment that a notebook shows with its pictures and ledger."""

    __slots__ = ("exhibit",)

    exhibit: Exhibit | None
    """What its pictures are drawn from."""

    @classmethod
    def of(cls, moment: Moment, exhibit: Exhibit | None) -> ShownMoment:
        """The moment with its exhibit."""
        shown = cls(**{field.name: getattr(moment, field.name) for field in fields(Moment)})
        object.__setattr__(shown, "exhibit", exhibit)
        return shown

    def __repr__(self) -> str:
        return f"<{self.id}: {title(gist(self, self.exhibit))}, since {rfc3339(self.onset)}>"

    def _repr_html_(self) -> str:
        return moment_html(self, self.exhibit)


class Moments(Sequence[ShownMoment]):
    """The moments of a run as they stand at its end: open ones first, those with most evidence on top."""

    def __init__(self, moments: Sequence[ShownMoment], run: RunRecord, folder: Path | None) -> None:
        self._moments = tuple(moments)
        self.run = run
        """What was read, and under which parameters."""
        self.folder = folder
        """Where the results are; None when they were not kept."""

    @overload
    def __getitem__(self, index: int) -> ShownMoment: ...

    @overload
    def __getitem__(self, index: slice) -> Moments: ...

    def __getitem__(self, index: int | slice) -> ShownMoment | Moments:
        if isinstance(index, slice):
            return Moments(self._moments[index], self.run, self.folder)
        return self._moments[index]

    def __len__(self) -> int:
        return len(self._moments)

    def __repr__(self) -> str:
        counted = f"{len(self)} moment{'' if len(self) == 1 else 's'}"
        return f"<{counted} in {self.run.read.accepted:,} events>"

    def _repr_html_(self) -> str:
        exhibits = {moment.id: moment.exhibit for moment in self if moment.exhibit is not None}
        return moments_html(self._moments, exhibits)

    def to_arrow(self) -> pa.Table:
        """One row for each moment, with the columns :data:`SCHEMA`."""
        return pa.Table.from_pylist([_row(moment) for moment in self], schema=SCHEMA)

    def to_pandas(self) -> pd.DataFrame:
        """One row for each moment, as a pandas frame; needs pandas."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame


def watch(
    events: Any,
    out: Path | str | None = None,
    *,
    watched: Iterable[str] | Path | None = None,
    circles: Mapping[str, str] | Path | None = None,
    budget: str = "1/30d",
    training: str = "7d",
    tolerance: str = "1h",
    vocabulary: Path | str | Sequence[Path | str] = (),
    ladder: Path | str | Sequence[Path | str] = (),
    without: Collection[Detector] = (),
    format: Format | None = None,  # noqa: A002  # as on the command line
    sort: bool = False,
    assume_utc: bool = False,
    strict: bool = False,
) -> Moments:
    """Watch a stream of events and return the moments in it, as they stand at its end.

    ``events`` are paths of files and folders (one or several), or a frame with the columns ``time``,
    ``subject``, ``kind`` and ``context``: of pandas, polars, Arrow, or anything else that speaks the Arrow C
    stream interface. A frame may be in any order.

    With ``out`` everything is kept in that folder, with a report, and a further call with more events goes on
    from there; without it, nothing is kept. ``watched`` are the subjects that moments may name, everybody
    when it is None, and ``circles`` who is known to move together; both may be files as for the command line.
    ``ladder`` are files or names of the ladders that acts are held against instead of all that come with Lapwing,
    ``without`` the detectors to leave out. The other settings are those of ``lapwing watch``.

    Raises :class:`~lapwing.events.error.EventsError`, :class:`~lapwing.watch.error.WatchError` and
    :class:`~lapwing.moments.ladder_file.LadderError`.
    """
    extensions = [vocabulary] if isinstance(vocabulary, str | Path) else vocabulary
    words = Vocabulary.load(*extensions)
    ladders = [ladder] if isinstance(ladder, str | Path) else ladder
    settings = Settings(
        parameters=Parameters(budget_days=days_per_false_alarm(budget), training=microseconds(training)),
        roster=Roster(
            watched=_watched(watched), circles=read_circles(circles) if isinstance(circles, Path) else circles
        ),
        tolerance=microseconds(tolerance),
        ladders=tuple(load(one, words) for one in ladders) or None,
        without=frozenset(without),
        vocabulary=words,
        strict=strict,
        assume_utc=assume_utc,
        sort=sort,
        stated=format,
    )
    with ExitStack() as stack:
        kept = None if out is None else Path(out)
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lapwing-")))
        if isinstance(events, str | os.PathLike | list | tuple):
            paths = [Path(path) for path in (events if isinstance(events, list | tuple) else [events])]
            record = run(paths, folder, settings, command=_COMMAND).record
        else:
            path = stack.enter_context(_as_file(events))
            any_order = replace(settings, sort=True)
            try:
                record = run([path], folder, any_order, command=_COMMAND, called=_FRAME).record
            except EventsError as error:
                raise type(error)(str(error).replace(str(path), _FRAME)) from error
        known = read_moments(folder)
        exhibits = read_exhibits(folder, {one.now.id for one in known})
        if kept is not None:
            write_report(kept)
        return Moments([ShownMoment.of(one.now, exhibits.get(one.now.id)) for one in known], record, kept)


_COMMAND, _FRAME = "lapwing.watch(...)", "frame"


def _watched(watched: Iterable[str] | Path | None) -> frozenset[str] | None:
    if watched is None:
        return None
    if isinstance(watched, Path):
        return read_watched(watched)
    if isinstance(watched, str):
        raise TypeError("watched is text; give the subjects as a list, or a file with them as a Path")
    return frozenset(watched)


@contextmanager
def _as_file(frame: Any) -> Iterator[Path]:
    """A frame as a Parquet file, for as long as this lasts."""
    try:
        table = frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise ColumnError(
            f"Events can not be read from {type(frame).__name__}: {error}.\n"
            "Give a path, a list of paths, or a frame of pandas, polars or Arrow."
        ) from error
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        path = Path(folder) / "frame.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=1)
        yield path


def _row(moment: Moment) -> dict[str, Any]:
    ledger = [
        {
            "time": act.time,
            "subject": act.subject,
            "kind": act.kind,
            "context": act.context,
            "with": list(act.with_),
            "bits": act.bits,
        }
        for act in moment.ledger
    ]
    return {
        "id": moment.id,
        "type": moment.type,
        "subjects": list(moment.subjects),
        "onset": moment.onset,
        "raised": moment.raised,
        **{f"bits_{side}": value for side, value in asdict(moment.bits).items()},
        "once_in_days": moment.once_in_days,
        "stage": moment.stage,
        "status": moment.status,
        "acts": len(ledger),
        "ledger": ledger,
    }
