"""What the guard says: yes or no, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the guard, in words that the person who asked can act on."""

    allowed: bool
    why: str
    """As which role it is allowed, or what stands against it, in the language of whoever asked."""
    takes_a_role: bool = False
    """Whether it is refused for want of a role, which is what an administrator can help with."""

    def __bool__(self) -> bool:
        return self.allowed


class Refused(Exception):  # noqa: N818 - the name of what happened, not of a fault in the program
    """Raised by `require`. A middleware makes a page of it that says why, and the audit log keeps it."""

    def __init__(self, answer: Answer, action: str, about: str, kept: str) -> None:
        super().__init__(answer.why)
        self.answer = answer
        self.action = action
        self.about = about
        self.kept = kept
        """Why not, in the language of the log and not of whoever asked."""
