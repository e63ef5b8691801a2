"""What is kept of retention in the database."""

from __future__ import annotations

from lapwing.desk.retention.hold import Hold
from lapwing.desk.retention.review import Review
from lapwing.desk.retention.sweep import Sweep, Swept

__all__ = ["Hold", "Review", "Sweep", "Swept"]
