"""What can keep the log from being signed, exported or verified. Each text says what, where, and what to do."""

from __future__ import annotations


class AuditError(Exception):
    """The log cannot be signed, exported or verified."""


class AuditKeyError(AuditError):
    """A key of the log is missing, unsafe, or none."""


class RewrittenError(AuditError):
    """The log is not what was signed before, so nothing more is signed. The text names the place."""


class NotAnExportError(AuditError):
    """What was given to verify is not an export of a log at all."""


class KeptError(AuditError):
    """A folder of checkpoints cannot be used."""
