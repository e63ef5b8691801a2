"""The states of a mandate, and the only steps between them.

A mandate that has ended is not in a state of its own: it ends by the time written on it, without anything having
to run. Renewal is no step either, but a new mandate that names the old one.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lapwing.desk.mandates.error import StepError


class State(TextChoices):
    """Where a mandate stands."""

    ASKED = "asked", gettext_lazy("asked for")
    WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")
    REFUSED = "refused", gettext_lazy("refused")
    APPROVED = "approved", gettext_lazy("approved")
    CANCELLED = "cancelled", gettext_lazy("cancelled")


STEPS: Mapping[State, Mapping[str, State]] = {
    State.ASKED: {"approve": State.APPROVED, "refuse": State.REFUSED, "withdraw": State.WITHDRAWN},
    State.WITHDRAWN: {},
    State.REFUSED: {},
    State.APPROVED: {"cancel": State.CANCELLED},
    State.CANCELLED: {},
}
"""What can be done with a mandate in each state, and where that leads."""


def why_not(state: State, step: str) -> str | None:
    """Why ``step`` is not possible in ``state``, and what is; None when it is possible."""
    if step in STEPS[state]:
        return None
    if STEPS[state]:
        return _("A mandate that is %(state)s cannot take this step.") % {"state": state.label}
    return _("This mandate is %(state)s; that is final. Ask for a new one.") % {"state": state.label}


def after(state: State, step: str) -> State:
    """The state that ``step`` leads to; raises :class:`StepError` when there is no such step."""
    against = why_not(state, step)
    if against is not None:
        raise StepError(against)
    return STEPS[state][step]
