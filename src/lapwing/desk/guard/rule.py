"""The rules: which roles may do an action at all, and what else must hold for this person and this thing."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from django.utils.translation import gettext

from lapwing.desk.accounts.role import ROLES

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

Check: TypeAlias = "Callable[[Person, Any], str | None]"
Checking = TypeVar("Checking", bound=Callable[..., str | None])

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """One action and who may do it."""

    action: str
    """`noun.verb`, for example `mandate.approve`."""
    roles: frozenset[str]
    content: bool
    """Whether the action shows or changes what is known of subjects. Such actions are never an administrator's."""
    check: Check
    """A reason against it for this person and this thing, or None."""
    says: str
    """What the action is, in a line: the check's docstring, and a row in the table of roles."""


RULES: dict[str, Rule] = {}
"""Every action the guard knows, by name; filled when Django loads the `rules.py` of each application."""


def rule(action: str, *, roles: set[str], content: bool = True) -> Callable[[Checking], Checking]:
    """Register who may do an action.

    The decorated function takes the person and the thing and returns a reason against it, or None; it is asked
    only about persons who hold one of the roles. Its docstring says in a line what the action is.

    Raises
    ------
    ValueError
        When the action is malformed or registered twice, has an unknown role or none, has no docstring, or
        would show content to an administrator.
    """

    def register(check: Checking) -> Checking:
        if not ACTION.fullmatch(action):
            raise ValueError(f"rule {action!r}: an action is written noun.verb, in lower case")
        if action in RULES:
            raise ValueError(
                f"rule {action!r} is registered twice; the first is in {_where(RULES[action].check)}"
            )
        if not roles or not roles <= set(ROLES):
            unknown = ", ".join(sorted(roles - set(ROLES))) or "none"
            raise ValueError(f"rule {action!r}: roles are some of {', '.join(ROLES)}; not {unknown}")
        if content and "administrator" in roles:
            raise ValueError(
                f"rule {action!r}: an administrator reads no content; give content=False if the action shows and"
                " changes none, or take the role out"
            )
        says = (inspect.getdoc(check) or "").split("\n")[0].rstrip(".")
        if not says:
            raise ValueError(f"rule {action!r}: its function needs a docstring that says what the action is")
        RULES[action] = Rule(action, frozenset(roles), content, check, says)
        return check

    return register


def said(action: str) -> str:
    """What an action is, in the reader's language; one that this version does not know, by its name."""
    return gettext(RULES[action].says) if action in RULES else action


def _where(check: Check) -> str:
    return f"{check.__module__}.{check.__qualname__}"
