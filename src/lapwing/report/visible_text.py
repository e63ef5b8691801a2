"""Text from a stream, made safe to look at.

Contexts and pseudonyms are written by strangers. Characters that cannot be seen (controls, terminal
escapes, marks that turn the direction of writing, zero-width spaces, lone surrogates) are shown by their
number, so that what people read is what is there; nothing is removed in silence.
"""

from __future__ import annotations

import re
import unicodedata

from lapwing.report.language import say, separated

_STACKED = 3
"""Combining marks that may follow one another: scripts need up to three, more is meant to overflow."""


def visible(text: str) -> str:
    r"""The text with every character that has no shape of its own written as ``⟨U+202E⟩``.

    >>> visible("tag:rain"), visible("a\u202eb"), visible("\x1b[31m")
    ('tag:rain', 'a⟨U+202E⟩b', '⟨U+001B⟩[31m')
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    stacked = 0
    for character in text:
        stacked = stacked + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if character.isprintable() and stacked <= _STACKED:
            shown.append(character)
        else:
            shown.append(f"⟨U+{ord(character):04X}⟩")
    return "".join(shown)


def shortened(text: str, most: int) -> str:
    """The visible text, its middle replaced by a stated number of characters when it is longer than ``most``.

    >>> shortened("x" * 30 + "end", 20)
    'xxxxxxxxxxxxxx…(13 characters)…xxxend'
    >>> shortened("tag:rain", 20)
    'tag:rain'
    """
    if len(text) <= most:
        return visible(text)
    tail = most // 3
    head = most - tail
    left_out = len(text) - head - tail
    mark = say("…(%(n)s characters)…", n=separated(f"{left_out:,}"))
    return f"{visible(text[:head])}{mark}{visible(text[-tail:])}"


def label(text: str, most: int) -> str:
    """The visible text cut to ``most`` characters with a single ellipsis in its middle, for narrow places.

    >>> label("ira_5bfacfc00906", 11), label("s-12", 11)
    ('ira_5b…0906', 's-12')
    """
    # Cut first: a text of a million characters costs no more than one of twenty.
    if len(text) <= most:
        shown = visible(text)
        if len(shown) <= most:
            return shown
        return _cut(shown, most)
    tail = most // 3 + 1
    return _cut(visible(text[:most]) + visible(text[-tail:]), most)


def _cut(text: str, most: int) -> str:
    tail = most // 3 + 1
    return f"{text[: most - tail - 1]}…{text[-tail:]}"


_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def anchor(text: str) -> str:
    """The text as a name that an address can point at.

    >>> anchor("m-2f9c"), anchor("<b>")
    ('m-2f9c', '_b_')
    """
    return _NOT_A_NAME.sub("_", text)
