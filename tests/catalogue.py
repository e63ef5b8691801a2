"""A catalogue of translations, held against the texts it should have.

With UPDATE_GOLDEN=1 it is written anew: texts that are gone are dropped, new ones stand in it without a translation
until somebody gives them one, and the compiled file follows.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

PLACE = re.compile(r"%(?:\(\w+(?:\.\w+)*\))?[sd]")

PLURALS = "nplurals=2; plural=(n > 1);"

Text = tuple[str, ...]
"""A text, or its singular and plural."""

_DATES_AND_TOOLS = (
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Generated-By',
    '"Last-Translator',
    '"Report-Msgid',
    '"Language-Team',
)


@dataclass(frozen=True)
class Translations:
    """The catalogue of one language in a file, and the texts there are."""

    file: Path
    texts: frozenset[Text]

    def known(self) -> dict[Text, Text]:
        """Every text with its translation, empty where there is none."""
        with self.file.open("rb") as opened:
            return by_text(read_po(opened, locale="fr"))

    def compiled(self) -> dict[Text, Text]:
        """What a program reads."""
        with self.file.with_suffix(".mo").open("rb") as opened:
            return by_text(read_mo(opened))

    def update(self) -> None:
        """Write both files anew when the tests are told to."""
        if os.environ.get("UPDATE_GOLDEN") != "1":
            return
        known = self.known() if self.file.exists() else {}
        first = self.file.read_text(encoding="utf-8").splitlines()[0] if self.file.exists() else "# French."
        made = Catalog(locale="fr", project="Lapwing", header_comment=first, fuzzy=False)
        # Babel counts millions as a form of their own from some version on; what Django reads has two forms.
        made.mime_headers = [("Plural-Forms", PLURALS)]
        for text in sorted(self.texts):
            told = known.get(text) or ("",) * len(text)
            made.add(text if len(text) > 1 else text[0], string=told if len(text) > 1 else told[0])
        written = io.BytesIO()
        write_po(written, made, width=0, no_location=True)
        # Dates and the names of tools would make a difference where there is none.
        lines = written.getvalue().decode().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(_DATES_AND_TOOLS)]
        self.file.write_text("".join(kept), encoding="utf-8")
        self.file.with_suffix(".mo").write_bytes(self._as_read())

    def _as_read(self) -> bytes:
        with self.file.open("rb") as opened:
            made = read_po(opened, locale="fr")
        for message in [message for message in made if message.id and not all(translated(message))]:
            made.delete(message.id)
        written = io.BytesIO()
        write_mo(written, made)
        return written.getvalue()

    def faults(self) -> list[str]:
        """What is wrong with it, empty when nothing is."""
        known = self.known()
        missing = [text for text in self.texts if not all(known.get(text, ("",)))]
        wrong = [
            (text, told)
            for text, told in known.items()
            if all(told) and sorted(PLACE.findall(told[-1])) != sorted(PLACE.findall(text[-1]))
        ]
        read = {text: told for text, told in known.items() if all(told)}
        return [
            *(f"no translation, where UPDATE_GOLDEN=1 puts it: {text}" for text in sorted(missing)),
            *(f"translated, and gone: {text}" for text in sorted(set(known) - self.texts)),
            *(f"not the same places: {text} -> {told}" for text, told in wrong),
            *(
                []
                if read == self.compiled()
                else ["the compiled file is another: write it with UPDATE_GOLDEN=1"]
            ),
        ]


def by_text(catalogue: Catalog) -> dict[Text, Text]:
    """Every text of a catalogue with its translation."""
    return {as_text(message): translated(message) for message in catalogue if message.id}


def as_text(message: Message) -> Text:
    """The text of a message."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def translated(message: Message) -> Text:
    """What it is translated with."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)
