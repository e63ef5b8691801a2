"""The language of the reader: every text of this room is written in English and looked up when it is shown.

Nothing that is recorded depends on it: moments and exhibits hold numbers and names, and sentences are made of them
anew for whoever reads. The translations of a language stand in ``locale``, in the file format of gettext, whose
texts are found in the programs and templates of this folder by a test.

>>> with speaking("fr"):
...     say("once a day")
'une fois par jour'
>>> say("once a day")
'once a day'
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

ENGLISH = "en"
_language = ContextVar("language", default=ENGLISH)
_SEPARATORS = {ENGLISH: (",", "."), "fr": ("\N{NO-BREAK SPACE}", ",")}
"""What sets thousands apart, and what stands before decimals."""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything said inside is said in this language, or in English where it has no translation."""
    before = _language.set(language.partition("-")[0])
    try:
        yield
    finally:
        _language.reset(before)


def say(text: str, /, **values: object) -> str:
    """The text in the reader's language, its places ``%(name)s`` filled; a sign of per cent is written ``%%``."""
    return told(text) % values


def say_several(count: int, one: str, several: str, /, **values: object) -> str:
    """The one or the other text, as the reader's language counts."""
    return told_several(one, several, count) % values


def to_say(text: str) -> str:
    """A text that is looked up later with `told`, left as it is; it stands here for those who translate."""
    return text


def told(text: str) -> str:
    """The text in the reader's language, nothing filled; a name that nobody has translated stays as it is."""
    return _texts(_language.get()).gettext(text) if text else ""


def told_several(one: str, several: str, count: int) -> str:
    """The one or the other text in the reader's language, nothing filled."""
    return _texts(_language.get()).ngettext(one, several, count)


def separated(text: str) -> str:
    """A number as Python writes it with ``,`` between thousands, as the reader's language writes it.

    >>> with speaking("fr"):
    ...     separated("1,234.5").split()
    ['1', '234,5']
    """
    thousands, decimals = _SEPARATORS.get(_language.get(), _SEPARATORS[ENGLISH])
    return text.translate({ord(","): thousands, ord("."): decimals})


@cache
def _texts(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation("report", str(files("lapwing.report") / "locale"), [language], fallback=True)
