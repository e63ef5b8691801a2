"""How far contacts may be followed: one authorised step, decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Final

from lapwing.desk.mandates.error import HopError

LIMIT: Final = 1
"""Steps from a subject that is watched to others. A contact of a contact needs a mandate of its own."""


def contacts(
    start: Set[str], allowed: Set[str], neighbours: Callable[[Set[str]], Set[str]]
) -> frozenset[str]:
    """The subjects within :data:`LIMIT` steps of ``start``, without those in it.

    ``allowed`` are the subjects whose contacts a live mandate allows to follow; ``neighbours`` gives the
    subjects that touch any of those it is given. Raises :class:`HopError` when somebody in ``start`` is not
    allowed: so whoever asks for the contacts of what came back is refused, and two steps cannot be made of one.
    """
    beyond = sorted(start - allowed)
    if beyond:
        raise HopError(
            f"The contacts of {beyond[0]} may not be followed: no live mandate allows it.\n"
            "Contacts are followed one step from a subject that is watched. If this one matters, ask for a"
            " mandate with evidence of its own."
        )
    reached: frozenset[str] = frozenset(start)
    for _ in range(LIMIT):
        reached |= neighbours(reached)
    return reached - start
