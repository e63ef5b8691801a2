"""What is kept of a refusal, and how it is said again to whoever reads of it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext, override

from lapwing.desk import audit
from lapwing.desk.guard.answer import Refused
from lapwing.desk.guard.ask import KEPT_IN, takes
from lapwing.desk.guard.rule import RULES

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person

ACTION = "guard.refuse"


def record(by: Person, refused: Refused) -> None:
    """Enter a refusal into the audit log."""
    with transaction.atomic():
        audit.record(by, ACTION, refused.about or "desk", why=refused.kept, detail={"action": refused.action})


def said_again(action: str, why: str) -> str:
    """Why this action was refused, as the log keeps it, in the language of whoever reads it now.

    What names a thing, such as a number, was filled in when it was kept and stays as it is.
    """
    known = RULES.get(action)
    if known is not None:
        with override(KEPT_IN):
            for_want_of_a_role = takes(known) == why
        if for_want_of_a_role:
            return takes(known)
    return gettext(why) if why else ""
