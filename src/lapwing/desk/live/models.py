"""What is kept of live in the database."""

from __future__ import annotations

from lapwing.desk.live.progress import Progress

__all__ = ["Progress"]
