"""Taking a post in: checked, freed of subjects without a mandate, on disk; then it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from lapwing.desk import clock
from lapwing.desk.intake.cover import Cover
from lapwing.desk.intake.journal import FILE, Journal, Taken
from lapwing.desk.intake.models import SetAside
from lapwing.desk.intake.posted import Fault, checked, unpacked
from lapwing.desk.intake.set_aside import SHOWN
from lapwing.events.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Token


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a post. What is accepted or repeated is on disk."""

    taken: Taken
    faults: tuple[Fault, ...]


def journal_file() -> Path:
    """Where the journal of this desk is."""
    return Path(settings.HOME) / FILE


@cache
def journal() -> Journal:
    """The journal of this desk, opened for writing when it is first asked for."""
    return Journal(journal_file(), now=lambda: clock.now().timestamp())


@cache
def vocabulary() -> Vocabulary:
    """The kinds, sorts of contexts and sources that events may have, and what is refused."""
    return Vocabulary.load()


_cover = Cover()
_LINE = b'{"time":1000000000,"subject":"s","kind":"share","context":"link:a","id":"a"}\n'


def warm() -> None:
    """Load what the first post would have to wait for."""
    journal()
    checked(_LINE, vocabulary(), now=1 << 52)


def take(read: Callable[[int], bytes], *, packed: bool, post: str, token: Token | None) -> Receipt:
    """Take in the lines that ``read`` gives, packed by gzip or not; returns when they are on disk.

    ``post`` names the post, so that a row without id that is sent again under the same name is known again.
    Raises :class:`~lapwing.desk.intake.posted.PostError` when nothing of it can be taken, and
    :class:`~lapwing.desk.intake.journal.JournalError` when it cannot be kept.
    """
    content = unpacked(read, packed=packed)
    found = checked(content, vocabulary(), now=int(clock.now().timestamp() * 1_000_000))
    taken = Taken(0, 0, 0)
    if found.rows is not None:
        taken = journal().add(found.rows, found.lines, post=post, covered=_cover.covered)
    SetAside.objects.bulk_create(
        [
            SetAside(
                token=token,
                post=post,
                line=fault.line,
                reason=fault.reason,
                column=fault.column or "",
                value=(fault.value or "").replace("\x00", "\N{SYMBOL FOR NULL}")
                if fault.column in SHOWN
                else "",
            )
            for fault in found.faults
        ],
        batch_size=500,
    )
    return Receipt(taken, found.faults)
