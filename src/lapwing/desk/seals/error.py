"""What can be wrong with the seal key or with a sealed field. Each message says what, where, and what next."""

from __future__ import annotations


class SealsError(Exception):
    """A seal cannot do its work."""


class SealKeyError(SealsError):
    """There is no seal key, it is not safe, or it is not of the documented form: the desk does not start."""


class UnknownKeyError(SealsError):
    """An envelope was wrapped with a key that this desk does not have."""


class EnvelopeError(SealsError):
    """An envelope was altered, damaged, or belongs to another record or field."""
