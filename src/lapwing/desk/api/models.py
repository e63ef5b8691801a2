"""What is kept of api in the database."""

from __future__ import annotations

from lapwing.desk.api.answered import Answered
from lapwing.desk.api.webhook import Letter, LetterState, Webhook

__all__ = ["Answered", "Letter", "LetterState", "Webhook"]
