"""What is watched: an account, channel, wallet, device or case file, always under a pseudonym.

:func:`within` is the one way to content in the desk: whoever wants to read about subjects asks it, says what for,
and gets those that a mandate in force covers for that purpose. It records that somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from lapwing.desk.accounts.models import Person
    from lapwing.desk.audit.canonical import JSON
    from lapwing.desk.subjects.models import Subject


def within(
    person: Person,
    purpose: str,
    *,
    means: str = "reading",
    about: str = "desk",
    why: str = "",
    detail: Mapping[str, JSON] | None = None,
) -> QuerySet[Subject]:
    """The subjects that this person may read about now, for this purpose; the look is recorded.

    An overseer gets every subject, whatever the mandates are: oversight does not end with a mandate, and cannot be
    filtered.

    Parameters
    ----------
    purpose
        What for: a name among the purposes of ``mandates/grounds.yaml``. An overseer's is always oversight.
    means
        ``reading`` for pages, ``search`` for a search of text, ``contacts`` for who shares contexts with whom.
    about
        What is looked at, as the audit log names it: ``moment:m-3f``, ``subject:lark-204``, or ``desk`` for a list.
    why
        What else was said about the reason, such as the words of a search.
    detail
        What else the overseer needs, such as the filters of a list.

    Raises
    ------
    Refused
        When the person may not look at content at all, or gives no purpose that the desk knows.
    """
    from lapwing.desk.subjects import looking

    return looking.within(person, purpose, means=means, about=about, why=why, detail=detail or {})
