"""What is kept of audit in the database."""

from __future__ import annotations

from lapwing.desk.audit.checkpoint import Checkpoint
from lapwing.desk.audit.entry import Entry

__all__ = ["Checkpoint", "Entry"]
