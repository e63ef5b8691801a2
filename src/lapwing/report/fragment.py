"""Moments for a notebook: pieces of HTML that stand alone, without script and without network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from markupsafe import Markup

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment
from lapwing.report import sentence, words
from lapwing.report.environment import environment, source
from lapwing.report.gist import gist
from lapwing.report.moment_view import Caps, moment_view

_CAPS = Caps(acts=100, besides=200, members=100, ties=100)
LISTED_MOST = 100
_NONE: Mapping[str, Exhibit] = MappingProxyType({})


def moment_html(moment: Moment, exhibit: Exhibit | None = None) -> str:
    """One moment with its pictures, ledger and objections."""
    view = moment_view(moment, exhibit, caps=_CAPS)
    return environment().get_template("notebook_moment.html").render(view=view, style=_style())


def moments_html(moments: Sequence[Moment], exhibits: Mapping[str, Exhibit] = _NONE) -> str:
    """A list of moments, a line each, in the order given."""
    lines = [
        (moment, sentence.title(gist(moment, exhibits.get(moment.id))), words.once_in(moment.once_in_days))
        for moment in moments[:LISTED_MOST]
    ]
    template = environment().get_template("notebook_moments.html")
    return template.render(
        lines=lines, count=len(moments), left_out=len(moments) - len(lines), style=_style()
    )


def _style() -> Markup:
    return Markup(source("lapwing.css"))  # noqa: S704  # our own style sheet, not text from a stream
