"""How pages show what was refused."""

from __future__ import annotations

from django import template

from lapwing.desk.guard.refusal import said_again
from lapwing.desk.guard.rule import said

register = template.Library()

register.filter("rule_said", said)
register.filter("refused_why", said_again)
