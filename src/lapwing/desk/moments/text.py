"""Text that people write: what is asked of it, whoever writes it and through whichever door."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lapwing.report.visible_text import visible

SHORTEST_REASON = 10
"""Characters. Less is no reason that somebody else could judge."""
ALLOWED_CONTROLS = "\n\t"


def visible_lines(text: str) -> str:
    """The text with every character visible but the ends of its lines, which stay.

    >>> visible_lines("they met\\nat a hall\\u202e")
    'they met\\nat a hall⟨U+202E⟩'
    """
    return "\n".join(visible(line) for line in text.split("\n"))


def plain(text: str) -> None:
    """Refuse characters that no page could show. Raises :class:`ValidationError`."""
    for place, character in enumerate(text, start=1):
        if (ord(character) < 32 and character not in ALLOWED_CONTROLS) or character == "\x7f":
            raise ValidationError(
                _(
                    "Character %(place)s is a control character (number %(number)s). Type the text anew without it."
                )
                % {"place": place, "number": ord(character)}
            )
        if "\ud800" <= character <= "\udfff":
            raise ValidationError(
                _(
                    "Character %(place)s is half a character (number %(number)s). Type the text anew without it."
                )
                % {"place": place, "number": ord(character)}
            )


def reason(text: str) -> None:
    """Refuse what is no reason: too short to be judged by another person. Raises :class:`ValidationError`."""
    if len(text.strip()) < SHORTEST_REASON:
        raise ValidationError(
            _("Say it in %(least)s characters at least, so that another person can judge it.")
            % {"least": SHORTEST_REASON}
        )
