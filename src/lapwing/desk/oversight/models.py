"""What is kept of oversight in the database."""

from __future__ import annotations

from lapwing.desk.oversight.stop import Stop

__all__ = ["Stop"]
