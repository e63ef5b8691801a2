"""What is kept of intake in the database."""

from __future__ import annotations

from lapwing.desk.intake.event import Event
from lapwing.desk.intake.set_aside import SetAside

__all__ = ["Event", "SetAside"]
