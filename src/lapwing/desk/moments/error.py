"""What can be wrong with a step on a moment, or with a statement of one; the text says what, and what to do next."""

from __future__ import annotations


class StepError(ValueError):
    """A step that cannot be taken as it was asked for."""


class StatementError(ValueError):
    """A statement of the engine that is not one."""
