"""What is kept of seals in the database."""

from __future__ import annotations

from lapwing.desk.seals.opening import Opening
from lapwing.desk.seals.sealed import Sealed

__all__ = ["Opening", "Sealed"]
