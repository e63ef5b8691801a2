"""The log as the overseer reads it: every entry, the youngest first; filters narrow the view and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lapwing.desk.accounts.models import Person
from lapwing.desk.audit.checkpointing import public_keys, stored
from lapwing.desk.audit.models import Checkpoint, Entry
from lapwing.desk.audit.note import NoteError, checkpoint
from lapwing.desk.audit.tree import includes, inclusion_proof, stored_nodes

PAGE = 100
DESK = "-"
"""Stands for the desk itself where a person is named."""


@dataclass(frozen=True, slots=True)
class View:
    """What the overseer has narrowed the view to."""

    action: str = ""
    about: str = ""
    by: str = ""
    """The name of a person, `-` for the desk itself, or empty."""
    until: str = ""
    """A day (YYYY-MM-DD): entries up to its end."""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> View:
        """From the fields of the form."""
        return cls(**{name: given.get(name, "").strip()[:200] for name in ("action", "about", "by", "until")})

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return any((self.action, self.about, self.by, self.until))

    def entries(self) -> QuerySet[Entry]:
        """The entries in this view, the youngest first."""
        found = Entry.objects.select_related("by").order_by("-number")
        if self.action:
            found = found.filter(action=self.action)
        if self.about:
            found = found.filter(about=self.about)
        if self.by == DESK:
            found = found.filter(by__isnull=True)
        elif self.by:
            person = Person.objects.filter(username=self.by.lower()).first()
            found = found.filter(by=person) if person else found.none()
        day = self.day()
        if day is not None:
            # By number: the first entry after the day is found at once, however long the log is.
            after = (
                Entry.objects.filter(time__gt=day).order_by("time").values_list("number", flat=True).first()
            )
            found = found.filter(number__lt=after) if after is not None else found
        return found

    def day(self) -> datetime | None:
        """The end of the day that was given, if it is one."""
        try:
            return datetime.strptime(self.until, "%Y-%m-%d").replace(
                tzinfo=UTC, hour=23, minute=59, second=59, microsecond=999_999
            )
        except ValueError:
            return None

    def fault(self) -> str:
        """What of it cannot be understood, for whoever typed it."""
        if self.until and self.day() is None:
            return _("The day is not written as in 2026-03-01.")
        if self.by and self.by != DESK and not Person.objects.filter(username=self.by.lower()).exists():
            return _("Nobody is called that here.")
        return ""


def actions() -> list[str]:
    """Every action that is in the log. One step through the index for each of them, however long the log is."""
    found: list[str] = []
    while True:
        following = (
            Entry.objects.filter(action__gt=found[-1] if found else "")
            .order_by("action")
            .values_list("action", flat=True)
            .first()
        )
        if following is None:
            return found
        found.append(following)


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the log as it was signed."""

    checkpoint: Checkpoint
    hashes: int
    """Hashes that lead from the entry to the signed root."""
    holds: bool


def proof(entry: Entry) -> Proof | None:
    """Whether the first checkpoint after an entry shows it to be in the log; None while there is none yet."""
    signed = Checkpoint.objects.filter(size__gte=entry.number).order_by("size").first()
    if signed is None:
        return None
    index = entry.number - 1
    path = inclusion_proof(stored_nodes(stored), index, signed.size)
    try:
        root = checkpoint(signed.note, public_keys()).root
    except NoteError:
        return Proof(signed, len(path), False)
    return Proof(signed, len(path), includes(root, signed.size, index, entry.statement().leaf(), path))
