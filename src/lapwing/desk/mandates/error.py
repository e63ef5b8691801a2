"""What can be wrong with a mandate, its grounds, or a list of subjects. Each says what, where, and what next."""

from __future__ import annotations


class MandatesError(Exception):
    """Something about a mandate cannot be done."""


class GroundsError(MandatesError):
    """A file of grounds that cannot be used: the desk does not start with it."""


class StepError(MandatesError):
    """A step that a mandate in its state does not allow."""


class RosterError(MandatesError):
    """A list of subjects that is refused whole."""


class HopError(MandatesError):
    """Contacts that nobody may follow."""
