"""What can keep somebody from being admitted at the command line. The text says what, and what to do."""

from __future__ import annotations


class NotAdmittedError(Exception):
    """The command line admits nobody under this name, or without a reason."""
