"""The course of a moment on the desk: where it stands, and the only steps between."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lapwing.desk.moments.error import StepError


class Status(TextChoices):
    """Where a moment stands."""

    NEW = "new", gettext_lazy("not assessed")
    ASSESSED = "assessed", gettext_lazy("assessed")
    PROPOSED = "proposed", gettext_lazy("waits for a second reader")
    DECIDED = "decided", gettext_lazy("decided")
    CLOSED = "closed", gettext_lazy("closed")
    MERGED = "merged", gettext_lazy("merged into another")
    ERASING = "erasing", gettext_lazy("being erased")


WAITING = frozenset({Status.NEW, Status.ASSESSED, Status.PROPOSED})
"""Where somebody has to do something before the moment is settled."""

_OPEN = {
    "assess": Status.ASSESSED,
    "propose": Status.PROPOSED,
    "decide": Status.DECIDED,
    "close": Status.CLOSED,
    "merge": Status.MERGED,
}
STEPS: Mapping[Status, Mapping[str, Status]] = {
    Status.NEW: _OPEN,
    Status.ASSESSED: _OPEN,
    Status.PROPOSED: {
        "assess": Status.PROPOSED,
        "agree": Status.DECIDED,
        "refuse": Status.ASSESSED,
        "withdraw": Status.ASSESSED,
    },
    Status.DECIDED: {**_OPEN, "assess": Status.DECIDED},
    Status.CLOSED: {"reopen": Status.ASSESSED},
    Status.MERGED: {"part": Status.ASSESSED},
    Status.ERASING: {},
}
"""What can be done in each status, and where that leads. A decision that needs a second reader is proposed first."""


def why_not(status: Status, step: str) -> str | None:
    """Why ``step`` is not possible in ``status``, and what is; None when it is possible."""
    if step in STEPS[status]:
        return None
    if status is Status.CLOSED:
        return _("This moment is closed. Reopen it with a new fact first.")
    if status is Status.MERGED:
        return _("This moment was merged into another: work on that one, or part them again.")
    if status is Status.PROPOSED:
        return _("A decision waits for its second reader: agree with it, refuse it or withdraw it first.")
    if step in ("agree", "refuse", "withdraw"):
        return _("No decision waits for a second reader.")
    if step == "reopen":
        return _("This moment is not closed.")
    if step == "part":
        return _("This moment is not merged into another.")
    return _("This moment is being erased.")


def check(status: Status, step: str) -> None:
    """Raise :class:`StepError` when ``step`` is not possible in ``status``."""
    against = why_not(status, step)
    if against is not None:
        raise StepError(against)


def after(status: Status, step: str) -> Status:
    """The status that ``step`` leads to; raises :class:`StepError` when there is no such step."""
    check(status, step)
    return STEPS[status][step]
