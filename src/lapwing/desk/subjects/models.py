"""What is kept of subjects in the database."""

from __future__ import annotations

from lapwing.desk.subjects.subject import Privilege, Subject

__all__ = ["Privilege", "Subject"]
