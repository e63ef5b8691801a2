"""Every text of the desk is there in French."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

import lapwing.desk
from catalogue import Text, Translations
from lapwing.desk.guard.rule import RULES

DESK = Path(lapwing.desk.__file__).parent
FRENCH = DESK / "look" / "locale" / "fr" / "LC_MESSAGES" / "django.po"

ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
SEVERAL = {"ngettext", "ngettext_lazy"}


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
    # What a rule of the guard is, stands in the docstring of its function.
    found |= {(rule.says,) for rule in RULES.values()}
    return {text for text in found if text[0]}


def test_every_text_of_the_desk_has_its_translation() -> None:
    french = Translations(FRENCH, frozenset(texts()))
    french.update()
    assert french.faults() == []


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
