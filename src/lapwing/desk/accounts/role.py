"""The roles: what each does, and which of them decide things that cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Role:
    """What a person may be in the desk."""

    name: str
    """As it is written in rules and stored with a person."""
    title: StrPromise
    does: StrPromise
    consequential: bool
    """Whether a second factor is needed to sign in with it."""
    alone: bool = False
    """Whether it is held alone: who oversees or administers has no part in what is overseen or administered."""


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        Role(
            "analyst",
            gettext_lazy("analyst"),
            gettext_lazy("looks at moments, assesses them and proposes what to do"),
            consequential=False,
        ),
        Role(
            "reviewer",
            gettext_lazy("reviewer"),
            gettext_lazy("is the second reader of consequential steps, and judges what was a false alarm"),
            consequential=True,
        ),
        Role(
            "approver",
            gettext_lazy("approver"),
            gettext_lazy("approves mandates and the opening of seals, never what they asked for themselves"),
            consequential=True,
        ),
        Role(
            "duty_officer",
            gettext_lazy("duty officer"),
            gettext_lazy("decides out of hours, and leads when there is a threat to life"),
            consequential=True,
        ),
        Role(
            "disclosure_officer",
            gettext_lazy("disclosure officer"),
            gettext_lazy("handles exports and corrections"),
            consequential=True,
        ),
        Role(
            "overseer",
            gettext_lazy("overseer"),
            gettext_lazy("sees everything, can stop the machine, and changes nothing else"),
            consequential=True,
            alone=True,
        ),
        Role(
            "administrator",
            gettext_lazy("administrator"),
            gettext_lazy("runs the machine and its accounts, and reads no content"),
            consequential=True,
            alone=True,
        ),
    )
}
"""Every role by name, in the order in which people are shown them."""

READERS = {"analyst", "reviewer", "approver", "duty_officer", "disclosure_officer", "overseer"}
"""Who reads content, within the rules. Written out name by name, so that a new role is let in by hand."""
WORKERS = {"analyst", "reviewer", "duty_officer"}
"""Who works on what is watched: asks, assesses, decides."""


def why_not_together(names: Iterable[str]) -> str | None:
    """Why one person cannot hold these roles at once, or None."""
    held = set(names)
    unknown = sorted(held - set(ROLES))
    if unknown:
        return _("There is no role %(name)s.") % {"name": unknown[0]}
    for name, role in ROLES.items():
        if role.alone and name in held and len(held) > 1:
            return _("The role of %(role)s is held alone.") % {"role": role.title}
    return None
