"""What is kept of a refusal, and how it is said again to whoever reads of it later."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext, gettext_noop, override

from lapwing.desk import audit
from lapwing.desk.guard.answer import Refused
from lapwing.desk.guard.ask import KEPT_IN, takes
from lapwing.desk.guard.rule import RULES

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

ACTION = "guard.refuse"
FILLED = (
    gettext_noop("A mandate that is %(state)s cannot take this step."),
    gettext_noop("This mandate is %(state)s; that is final. Ask for a new one."),
    gettext_noop("Mandate %(number)s does not cover this any more. The seal stays closed."),
    gettext_noop("State what you look for first: %(purposes)s."),
)
"""The refusals with places in them, which are found again by what stands around the places."""


def record(by: Person, refused: Refused) -> None:
    """Enter a refusal into the audit log."""
    with transaction.atomic():
        audit.record(by, ACTION, refused.about or "desk", why=refused.kept, detail={"action": refused.action})


def said_again(action: str, why: str) -> str:
    """Why this action was refused, as the log keeps it, in the language of whoever reads it now."""
    known = RULES.get(action)
    if known is not None:
        with override(KEPT_IN):
            for_want_of_a_role = takes(known) == why
        if for_want_of_a_role:
            return takes(known)
    for text in FILLED:
        found = _pattern(text).fullmatch(why)
        if found is not None:
            return gettext(text) % {name: _each(words) for name, words in found.groupdict().items()}
    return gettext(why) if why else ""


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """What a text with places in it looks like when they are filled."""
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(text)))


def _each(words: str) -> str:
    """What fills a place: a number as it is, words of a closed list in the reader's language."""
    return ", ".join(gettext(word) for word in words.split(", "))
