"""The Jinja environment of the components: everything is escaped, a misspelt name is an error."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lapwing.report import words
from lapwing.report.language import told, told_several
from lapwing.report.mark import mark
from lapwing.report.sentence import expected
from lapwing.report.visible_text import label, shortened, visible


@cache
def environment() -> Environment:
    """The environment with the components and the filters they use."""
    made = Environment(
        loader=PackageLoader("lapwing.report", "components"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # What the extension adds to an environment is not part of its type.
    translate: Any = made
    translate.install_gettext_callables(told, told_several, newstyle=True)
    made.filters |= {
        "visible": visible,
        "shortened": shortened,
        "label": label,
        "number": words.number,
        "plain": words.plain,
        "bits": words.bits,
        "signed": words.signed,
        "second_of": words.second_of,
        "moment_of": words.moment_of,
        "moment_in_short": words.moment_in_short,
        "duration": words.duration,
        "kind": words.kind,
        "circle": words.circle,
        "capitalised": words.capitalised,
        "told": told,
        "expected": expected,
    }
    made.globals |= {"counted": words.counted, "share": words.share, "mark": mark, "budget": words.budget}
    return made


def source(name: str) -> str:
    """A style sheet or a script of the components, as it stands: the desk serves the same files."""
    return files("lapwing.report").joinpath("static", name).read_text(encoding="utf-8")
