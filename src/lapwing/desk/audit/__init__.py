"""The audit log: every look, change, decision and refusal, in one hash tree that cannot be edited unseen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lapwing.desk.accounts.models import Person
    from lapwing.desk.audit.canonical import JSON
    from lapwing.desk.audit.entry import Entry


def record(
    by: Person | None,
    action: str,
    about: str,
    *,
    why: str = "",
    detail: Mapping[str, JSON] | None = None,
) -> Entry:
    """Append one entry to the log, in the transaction of the act it tells of.

    Parameters
    ----------
    by
        Who did it; None for the desk itself.
    action
        `noun.verb`, such as `mandate.approve`.
    about
        What it was done to, such as `mandate:17`, `moment:m-3f` or `subject:` and a pseudonym. Never a handle.
    why
        The reason that was given.
    detail
        Whatever else the overseer needs in order to judge the act: text, numbers, lists and mappings.

    Raises
    ------
    OutsideTransactionError
        Outside `transaction.atomic()`: an act and its entry are kept together or not at all.
    StatementError
        When a part cannot be kept as it is.

    Notes
    -----
    On PostgreSQL other writers wait from here to the end of the transaction: record last, after other locks.
    """
    # Verification of an export works on machines without a database: Django is loaded when it is needed.
    from lapwing.desk.audit.recording import append

    return append(by, action, about, why, detail or {})
