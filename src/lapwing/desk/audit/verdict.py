"""What the verification of a log found, as data and as the text people read."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN_MOST = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the log that is not as it was recorded."""

    first: int
    """The number of the entry, or the lowest that it may be."""
    last: int
    """The same number, or the highest that it may be."""
    line: int | None
    """Where in the file; None when no line is left to point at."""
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a log is whole, and if not, since which entry."""

    entries: int
    """Entries that were read."""
    root: bytes
    """The root over them."""
    first_time: str
    last_time: str
    header: str | None
    """What is wrong with the header, if anything."""
    faults: tuple[Fault, ...]
    """What is wrong with entries, in the order of the log."""
    aside: tuple[str, ...]
    """What is wrong with the checkpoints that were kept elsewhere, apart from any entry."""
    proven: int
    """Entries from the first on that a signed checkpoint shows to be as they were recorded."""
    checkpoints: int
    """Checkpoints of the file that hold."""
    kept: int | None
    """Checkpoints kept elsewhere that hold; None when none were given."""
    keys: tuple[str, ...]
    """The keys signatures were checked with: name and fingerprint."""
    trusted: bool
    """Whether these keys were given, and not taken from the file itself."""

    @property
    def whole(self) -> bool:
        """Whether nothing at all is wrong."""
        return self.header is None and not self.faults and not self.aside

    @property
    def first_bad(self) -> Fault | None:
        """The fault that comes first in the log."""
        return min(self.faults, key=lambda fault: (fault.first, fault.last), default=None)

    def text(self) -> str:
        """The finding, in the words of `lapwing audit verify`."""
        return "\n".join(self._whole() if self.whole else self._broken())

    def _whole(self) -> list[str]:
        said = [f"The log is whole: {_entries(self.entries)}."]
        if self.entries:
            said.append(f"From {self.first_time} to {self.last_time}, root {self.root.hex()}.")
        said.append(f"Checkpoints that hold: {self.checkpoints} in the log{self._elsewhere()}.")
        said += [f"Signed with {key}." for key in self.keys]
        if not self.trusted:
            said.append(
                "The key stands in the file itself: compare its fingerprint with the one the desk shows, or give --key."
            )
        if self.kept is None:
            said.append(
                "Entries cut off the end leave no trace when the file is signed anew: give checkpoints that were kept "
                "elsewhere, with --checkpoints, to see that none were."
            )
        elif self.entries > self.proven:
            said.append(
                f"{_entries(self.entries - self.proven)} at the end are younger than the last checkpoint."
            )
        return said

    def _broken(self) -> list[str]:
        first = self.first_bad
        said = [
            "The log is broken."
            if first or self.header
            else "The log does not agree with what was kept of it."
        ]
        if first is not None:
            said = [f"The log is broken. First bad entry: {_which(first)}."]
        if self.header is not None:
            said.append(f"- line 1, the header: {self.header}.")
        said += [f"- {_place(fault)}: {fault.what}." for fault in self.faults[:SHOWN_MOST]]
        if len(self.faults) > SHOWN_MOST:
            said.append(f"- and {len(self.faults) - SHOWN_MOST} more entries that were changed.")
        said += [f"- {what}." for what in self.aside]
        if first is not None and first.first <= self.proven:
            said.append(
                f"All others up to entry {self.proven} are as they were recorded: a checkpoint shows it."
            )
        elif self.proven:
            said.append(f"Entries 1 to {self.proven} are as they were recorded: a checkpoint shows it.")
        else:
            said.append("No checkpoint shows of any entry that it is as it was recorded.")
        said.append(
            "Keep this file and the database as they are, tell the overseer, and compare with an older export "
            "or backup."
        )
        return said

    def _elsewhere(self) -> str:
        return "" if self.kept is None else f", {self.kept} in the folder"


def _which(fault: Fault) -> str:
    if fault.first == fault.last:
        return f"{fault.first}" + (f" (line {fault.line})" if fault.line is not None else "")
    return f"one of {fault.first} to {fault.last}"


def _place(fault: Fault) -> str:
    if fault.first == fault.last:
        return f"entry {fault.first}" + (f", line {fault.line}" if fault.line is not None else "")
    return f"entries {fault.first} to {fault.last}"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
