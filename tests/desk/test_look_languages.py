"""Every text of the desk is there in French.

With UPDATE_GOLDEN=1 the catalogue is written anew: texts that are gone are dropped, new ones stand in it without a
translation until somebody gives them one, and the compiled file follows.
"""

from __future__ import annotations

import ast
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

import lapwing.desk

DESK = Path(lapwing.desk.__file__).parent
FRENCH = DESK / "look" / "locale" / "fr" / "LC_MESSAGES" / "django.po"

ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
SEVERAL = {"ngettext", "ngettext_lazy"}
PLACE = re.compile(r"%(?:\(\w+(?:\.\w+)*\))?[sd]")

Text = tuple[str, ...]
"""A text, or its singular and plural."""


def names_of_functions(tree: ast.Module) -> dict[str, str]:
    """What the functions of gettext are called in a file, which may rename them on import."""
    names = {name: name for name in ONE | SEVERAL}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return names


def texts_of_python(source: str) -> Iterator[Text]:
    tree = ast.parse(source)
    names = names_of_functions(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            count = 2 if names[node.func.id] in SEVERAL else 1
            given = [part.value for part in node.args[:count] if isinstance(part, ast.Constant)]
            if len(given) == count:
                yield tuple(str(part) for part in given)


def texts_of_template(source: str) -> Iterator[Text]:
    # Django turns a template into calls of gettext among a lot of X, which are calls of Python once cut out.
    literal = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|'''.*?'''|\"\"\".*?\"\"\")"""
    turned = templatize(source)
    for found in re.finditer(rf"(?<![a-z])(?:gettext|_)\({literal}\)", turned, re.DOTALL):
        yield (str(ast.literal_eval(found[1])),)
    for found in re.finditer(rf"ngettext\({literal},\s*{literal},", turned, re.DOTALL):
        yield (str(ast.literal_eval(found[1])), str(ast.literal_eval(found[2])))


def texts() -> set[Text]:
    """Every text that the desk has for people."""
    found: set[Text] = set()
    for file in DESK.rglob("*.py"):
        if "migrations" not in file.parts:
            found |= set(texts_of_python(file.read_text(encoding="utf-8")))
    for file in DESK.rglob("templates/**/*.*"):
        found |= set(texts_of_template(file.read_text(encoding="utf-8")))
    return {text for text in found if text[0]}


def as_text(message: Message) -> Text:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def translated(message: Message) -> Text:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def catalogue() -> Catalog:
    with FRENCH.open("rb") as opened:
        return read_po(opened, locale="fr")


def compiled(made: Catalog) -> bytes:
    """As the desk reads it, without what nobody has translated yet."""
    for message in [message for message in made if message.id and not all(translated(message))]:
        made.delete(message.id)
    written = io.BytesIO()
    write_mo(written, made)
    return written.getvalue()


@pytest.fixture(scope="module")
def french() -> dict[Text, Text]:
    known = {as_text(message): translated(message) for message in catalogue() if message.id}
    if os.environ.get("UPDATE_GOLDEN") == "1":
        made = Catalog(locale="fr", project="Lapwing", header_comment="# The desk in French.", fuzzy=False)
        for text in sorted(texts()):
            told = known.get(text) or ("",) * len(text)
            made.add(text if len(text) > 1 else text[0], string=told if len(text) > 1 else told[0])
        written = io.BytesIO()
        write_po(written, made, width=0, no_location=True)
        # Dates and the names of tools would make a difference where there is none.
        lines = [
            line
            for line in written.getvalue().decode().splitlines(keepends=True)
            if not line.startswith(
                (
                    '"POT-Creation-Date',
                    '"PO-Revision-Date',
                    '"Generated-By',
                    '"Last-Translator',
                    '"Report-Msgid',
                    '"Language-Team',
                )
            )
        ]
        FRENCH.write_text("".join(lines), encoding="utf-8")
        FRENCH.with_suffix(".mo").write_bytes(compiled(catalogue()))
    return {as_text(message): translated(message) for message in catalogue() if message.id}


def test_every_text_has_its_translation(french: dict[Text, Text]) -> None:
    missing = {text for text in texts() if not all(french.get(text, ("",)))}
    assert not missing, "translate them in " + str(FRENCH) + ", where UPDATE_GOLDEN=1 puts them"


def test_no_translation_is_left_of_what_is_gone(french: dict[Text, Text]) -> None:
    assert not set(french) - texts()


def test_a_translation_says_the_same_things(french: dict[Text, Text]) -> None:
    wrong = [
        (text, told)
        for text, told in french.items()
        if all(told)
        and any(sorted(PLACE.findall(said)) != sorted(PLACE.findall(text[-1])) for said in told[-1:])
    ]
    assert not wrong


def test_what_the_desk_reads_is_what_translators_wrote(french: dict[Text, Text]) -> None:
    with FRENCH.with_suffix(".mo").open("rb") as opened:
        read = {as_text(message): translated(message) for message in read_mo(opened) if message.id}
    assert read == {text: told for text, told in french.items() if all(told)}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "Sign in" %}', {("Sign in",)}),
        ("{% blocktranslate with name=x %}Hello {{ name }}{% endblocktranslate %}", {("Hello %(name)s",)}),
        (
            "{% blocktranslate count n=x %}{{ n }} act{% plural %}{{ n }} acts{% endblocktranslate %}",
            {("%(n)s act", "%(n)s acts")},
        ),
        ("{# {% translate 'No' %} #}<p>It's \"plain\"</p>", set()),
    ],
)
def test_the_search_finds_the_texts_of_a_template(source: str, found: set[Text]) -> None:
    assert set(texts_of_template(source)) == found


def test_the_search_finds_the_texts_of_a_program() -> None:
    source = (
        "from django.utils.translation import gettext as say, ngettext\n"
        "say('one'); say('two ' 'lines'); ngettext('%(n)s act', '%(n)s acts', 3); print('none')"
    )
    assert set(texts_of_python(source)) == {("one",), ("two lines",), ("%(n)s act", "%(n)s acts")}
