"""The pictures, tables and sentences of a moment: the components of the report, as pieces of a page of the desk."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markupsafe import Markup

from lapwing.desk.moments.moment import Moment
from lapwing.desk.moments.stage import rungs
from lapwing.moments.moment import Moment as StatedMoment
from lapwing.report.environment import environment
from lapwing.report.moment_view import Elsewhere, MomentView, moment_view

PIECES = ("timeline", "network", "curve", "stages", "against", "contexts", "ledger", "members")
"""The components, by the name of their template."""


def view_of(moment: Moment, *, arithmetic: bool, as_raised: StatedMoment | None = None) -> MomentView:
    """What the components show of it; the bits only with ``arithmetic``."""
    export = Markup.escape(_("the export"))
    stated = moment.as_stated()
    return moment_view(
        stated,
        moment.as_exhibited(),
        as_raised=as_raised,
        arithmetic=arithmetic,
        elsewhere=Elsewhere(export, export),
        rungs=rungs(stated),
    )


def warm() -> None:
    """Compile the templates of the components, which the first page would have to wait for."""
    for name in PIECES:
        environment().get_template(f"{name}.html")


def pieces(view: MomentView) -> Mapping[str, SafeString]:
    """The components that there is something to show in."""
    absent = {
        "network": view.network is None,
        "curve": view.curve is None,
        "stages": not view.stages,
    }
    present = [name for name in PIECES if not absent.get(name)]
    # Safe: the components escape every text from a stream, and are tested with hostile ones.
    return {
        name: mark_safe(environment().get_template(f"{name}.html").render(view=view))  # noqa: S308
        for name in present
    }
