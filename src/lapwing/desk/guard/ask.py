"""Asking the guard."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import override

from lapwing.desk.accounts.role import ROLES
from lapwing.desk.guard.answer import Answer, Refused
from lapwing.desk.guard.rule import RULES, Rule

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from lapwing.desk.accounts.models import Person

KEPT_IN = "en"
"""The language in which the log keeps why something was refused: one for all, so that what is refused for the same
reason is counted together.
"""
asked: ContextVar[set[str] | None] = ContextVar("asked", default=None)
"""The actions required during a request; the middleware lets nothing out for which nobody required any.

`may` does not count: that the navigation asks which links to show says nothing about the page below it.
"""


def may(person: Person | AnonymousUser | None, action: str, thing: object | None = None) -> Answer:
    """Whether this person may do this to that, and why (not).

    Raises
    ------
    LookupError
        When no application has registered the action.
    """
    if action not in RULES:
        raise LookupError(
            f"the guard knows no action {action!r}; register it with @rule in the rules.py of an app"
        )
    known = RULES[action]
    if person is None or not person.is_authenticated:
        return Answer(False, _("Sign in first."))
    if not person.is_active:
        return Answer(False, _("This account is closed."))
    held = [name for name in ROLES if name in known.roles and name in person.roles]
    if not held:
        return Answer(False, takes(known), takes_a_role=True)
    against = known.check(person, thing)
    if against is not None:
        return Answer(False, against)
    return Answer(True, _("Allowed as %(role)s.") % {"role": ROLES[held[0]].title})


def require(person: Person | AnonymousUser | None, action: str, thing: object | None = None) -> Answer:
    """The answer when it is yes.

    Raises
    ------
    Refused
        When it is no. The middleware answers with a page that says why, and records it.
    """
    answer = may(person, action, thing)
    required = asked.get()
    if required is not None:
        required.add(action)
    if not answer:
        with override(KEPT_IN):
            kept = may(person, action, thing).why
        raise Refused(answer, action, about(thing), kept)
    return answer


def takes(known: Rule) -> str:
    """Which role a rule asks for, in words."""
    needed = get_text_list([str(ROLES[name].title) for name in ROLES if name in known.roles], _("or"))
    return _("This takes the role of %(roles)s.") % {"roles": needed}


def about(thing: object | None) -> str:
    """How a thing is named in the audit log: its own `about`, such as `moment:m-3f`, or its model and key."""
    if thing is None:
        return ""
    own = getattr(thing, "about", None)
    if isinstance(own, str):
        return own
    meta = getattr(thing, "_meta", None)
    key = getattr(thing, "pk", None)
    return f"{meta.model_name}:{key}" if meta is not None else type(thing).__name__.lower()
