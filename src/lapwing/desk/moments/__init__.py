"""The queue of moments, the page of one, and what was judged and decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lapwing.desk.moments.models import Disclosure, Moment


def take(line: Mapping[str, Any], exhibit: Mapping[str, Any] | None) -> Moment:
    """Keep one statement of the engine; see :func:`lapwing.desk.moments.taking.take`."""
    from lapwing.desk.moments import taking

    return taking.take(line, exhibit)


def disclosed(moment: Moment, recipient: str, *, what: str, why: str) -> Disclosure:
    """Note that an interface of the desk gave data of a moment to somebody, so that corrections reach them.

    The caller holds the transaction in which the data are given. ``recipient`` is a name under which they can be
    told, ``what`` a few words such as `moment over the interface`.
    """
    from lapwing.desk.moments import disclosing

    return disclosing.disclosed(moment, recipient, what=what, why=why, by=None)
