"""One guard answers "may this person do this to that, and why (not)"; nothing else in the desk decides that."""

from __future__ import annotations

from lapwing.desk.guard.answer import Answer, Refused
from lapwing.desk.guard.ask import may, require
from lapwing.desk.guard.door import guarded, unguarded
from lapwing.desk.guard.rule import rule

__all__ = ["Answer", "Refused", "guarded", "may", "require", "rule", "unguarded"]
