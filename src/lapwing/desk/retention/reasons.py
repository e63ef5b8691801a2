"""Reasons that a step of retention takes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lapwing.desk.retention.error import RetentionError
from lapwing.desk.retention.hold import LONGEST_REASONS

SHORTEST_REASONS = 20


def check(text: str) -> None:
    """Raise :class:`RetentionError` when a text gives no reasons."""
    if len(text.strip()) < SHORTEST_REASONS:
        raise RetentionError(
            _("Give reasons, in %(least)s characters at least.") % {"least": SHORTEST_REASONS}
        )
    if len(text) > LONGEST_REASONS:
        raise RetentionError(
            _("The reasons are longer than %(most)s characters.") % {"most": LONGEST_REASONS}
        )
    if "\x00" in text:
        raise RetentionError(
            _("There is a null byte in the text. Type it anew; nothing is taken out in silence.")
        )
