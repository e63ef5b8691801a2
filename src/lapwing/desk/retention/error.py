"""What can be wrong with a sweep, a hold or a review. Each says what, and what next."""

from __future__ import annotations


class RetentionError(Exception):
    """A step of retention that cannot be taken as it was asked for."""
