"""What can keep a desk from being opened, backed up or restored. Each text says what, where, and what to do."""

from __future__ import annotations


class OperationError(Exception):
    """The desk cannot be opened, backed up or restored."""


class SchemaError(OperationError):
    """The database is not as this version writes it."""


class BackupError(OperationError):
    """A backup cannot be made or is not whole."""


class RestoreError(OperationError):
    """A backup cannot be put into the place that was named."""
