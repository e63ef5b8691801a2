"""What is kept of mandates in the database."""

from __future__ import annotations

from lapwing.desk.mandates.cover import Cover
from lapwing.desk.mandates.mandate import Mandate

__all__ = ["Cover", "Mandate"]
