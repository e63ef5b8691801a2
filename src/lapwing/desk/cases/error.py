"""What can be wrong with a step in a case; the text says what, and what to do next."""

from __future__ import annotations


class CaseError(ValueError):
    """A step that cannot be taken as it was asked for."""
