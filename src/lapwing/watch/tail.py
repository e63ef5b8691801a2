"""The tail: the last rows of one run, joined with the input of the next."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lapwing.events.order import canonical
from lapwing.events.recent import Recent
from lapwing.events.rows import Rows
from lapwing.events.schema import SCHEMA


def joined(
    tail: pa.Table, tables: Iterator[pa.Table], *, position: int, tolerance: int
) -> Iterator[pa.Table]:
    """The tables of a stream that goes on from ``position`` (microseconds), with the rows of ``tail`` in it.

    The tail holds the rows of the runs before since ``tolerance`` before the position; the tables may bring
    them again or not. A row with an id is taken once by the rules of the stream. Of rows without id that are
    the same in every column, as many are taken as the tail or the tables have, whichever has more.
    """
    if not len(tail):
        yield from tables
        return
    last = int(tail["time"][-1].as_py()) + tolerance
    fresh = [SCHEMA.empty_table()]
    rest: list[pa.Table] = []
    for table in tables:
        cut = int(np.searchsorted(table["time"].to_numpy(), last, side="right"))
        fresh.append(table[:cut])
        if cut < len(table):
            rest.append(table[cut:])
            break
    rows = _rows(tail, pa.concat_tables(fresh))
    repeated = Recent(tolerance).repeats(rows)
    rows = rows.take(np.flatnonzero(~repeated & (rows.time >= position)))
    if len(rows):
        ids = pc.if_else(pc.equal(rows.columns["id"], ""), None, rows.columns["id"])
        yield pa.table({"time": rows.time, **rows.columns, "id": ids}).select(SCHEMA.names).cast(SCHEMA)
    yield from rest
    yield from tables


def _rows(tail: pa.Table, fresh: pa.Table) -> Rows:
    """The rows of both in canonical order, those without id that stand in both taken once."""
    with duckdb.connect() as database:
        database.register("tail", tail)
        database.register("fresh", fresh)
        new = database.sql(
            "SELECT * FROM fresh WHERE id IS NOT NULL UNION ALL "
            "(SELECT * FROM fresh WHERE id IS NULL EXCEPT ALL SELECT * FROM tail WHERE id IS NULL)"
        ).to_arrow_table()
    both = pa.concat_tables([tail, new.select(SCHEMA.names).cast(SCHEMA)])
    batch = both.unify_dictionaries().combine_chunks().to_batches()[0]
    return canonical(Rows.of(batch).in_order())
