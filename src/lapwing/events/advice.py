"""What a person should know or do about an input, told from the numbers of reading it."""

from __future__ import annotations

from dataclasses import replace

from lapwing.events import fault
from lapwing.events.summary import ReadSummary


def advice(summary: ReadSummary, *, sorted_already: bool) -> ReadSummary:
    """The summary with its advice."""
    said = []
    bad = sum(summary.quarantined.values())
    if summary.late >= max(2, summary.rows // 100) and not sorted_already:
        said.append(
            f"{summary.late:,} of {summary.rows:,} rows came more than the tolerance after newer ones and "
            "were set aside. If the files are not in the order of time (many exports run from new to old), "
            "read them with sort; if they are nearly so, raise the tolerance."
        )
    if summary.unknown_kinds:
        names = ", ".join(summary.unknown_kinds)
        said.append(
            f"Kinds that are not known: {names}. Add them in a vocabulary file, or rename them in the data."
        )
    if summary.quarantined.get(fault.NAIVE_TIME, 0):
        said.append(
            "Some times have no offset from UTC. When you know that they are UTC, read with assume_utc."
        )
    if summary.taken and summary.background == summary.taken:
        said.append("Every row is background (no subject), so nothing can be named in a moment.")
    if bad and not summary.taken and not summary.already_taken:
        said.append("Not one row could be taken. Look at the quarantine: the columns may be mixed up.")
    return replace(summary, advice=tuple(said))
