"""What the queue shows of a moment, computed once when it is stated: a queue has many, and no time for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypedDict

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Moment
from lapwing.report.gist import gist
from lapwing.report.moment_view import Caps
from lapwing.report.sparkline import sparkline
from lapwing.report.timeline import acts_of, numbers_of, thinned_acts

_CAPS = Caps(acts=300, besides=300, members=16, ties=0)


class Summary(TypedDict):
    """What the few lines of a moment are made of."""

    gist: Mapping[str, Any]
    """The fields of a :class:`~lapwing.report.gist.Gist`: what its lines are made of in the reader's language."""
    onset_between: list[int]
    """Microseconds since 1970-01-01 UTC; empty when the beginning is not known as an interval."""
    spark: Mapping[str, Any]
    """The fields of a :class:`~lapwing.report.sparkline.Sparkline`."""


def summary(moment: Moment, exhibit: Exhibit | None) -> Summary:
    """What the few lines of a moment are made of."""
    acts = thinned_acts(acts_of(moment, exhibit), moment, acts_most=_CAPS.acts, besides_most=_CAPS.besides)
    onset_from = exhibit.onset_between[0] if exhibit is not None else moment.onset
    between = exhibit.onset_between if exhibit is not None else (0, 0)
    return Summary(
        gist=asdict(gist(moment, exhibit)),
        onset_between=list(between) if between[0] < between[1] else [],
        spark=asdict(sparkline(moment, acts, numbers_of(moment), onset_from)),
    )
