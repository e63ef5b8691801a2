"""What is kept of accounts in the database."""

from __future__ import annotations

from lapwing.desk.accounts.person import Person

__all__ = ["Person"]
