"""A moment with all that its components show, computed once: what the templates are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lapwing.moments.exhibit import Exhibit, Tie
from lapwing.moments.moment import Moment
from lapwing.report import sentence, words
from lapwing.report.bits_curve import BitsCurve, bits_curve
from lapwing.report.ledger import ContextShare, LedgerTable, balance, context_shares, ledger_table
from lapwing.report.network import Network, network
from lapwing.report.objection import Objection, objections
from lapwing.report.sparkline import Sparkline, sparkline
from lapwing.report.timeline import Timeline, TimelineAct, acts_of, numbers_of, timeline
from lapwing.report.visible_text import anchor

CONTEXTS_MOST = 10


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of a moment is shown, so that a report stays small enough to be sent and opened."""

    acts: int
    """Rows of the ledger and marks of its acts; the strongest are shown."""
    besides: int
    """Rows of the table behind the timeline."""


FULL = Caps(acts=500, besides=500)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member, as the table of members shows it."""

    number: int
    subject: str
    circle: str | None
    acts: int
    """Acts in the ledger."""


@dataclass(frozen=True, slots=True)
class TieRow:
    """A pair and the contexts it shared, as the table behind the networks shows it."""

    a: int
    b: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class KindShape:
    """A line of the legend."""

    kind: str
    shape: str
    acts: int


@dataclass(frozen=True, slots=True)
class MomentView:
    """What the components of one moment are given."""

    moment: Moment
    exhibit: Exhibit | None
    anchor: str
    title: str
    sentence: str
    chance: str
    when: str
    kinds: str
    growth: str | None
    ends: str
    """When it was raised, said as time before the end of what was read."""
    sparkline: Sparkline
    timeline: Timeline
    timeline_sentence: str
    timeline_acts: tuple[TimelineAct, ...]
    timeline_acts_left_out: int
    legend: tuple[KindShape, ...]
    numbers: Mapping[str, int]
    network: Network | None
    network_sentence: str
    ties: tuple[TieRow, ...]
    ties_left_out: int
    curve: BitsCurve | None
    curve_sentence: str
    members: tuple[MemberRow, ...]
    contexts: tuple[ContextShare, ...]
    contexts_left_out: int
    objections: tuple[Objection, ...]
    ledger: LedgerTable
    balance: tuple[tuple[str, float], ...]


def moment_view(
    moment: Moment,
    exhibit: Exhibit | None,
    shapes: Mapping[str, str],
    *,
    as_raised: Moment | None = None,
    last: int | None = None,
    caps: Caps = FULL,
) -> MomentView:
    """Compute what the components show.

    ``shapes`` gives the shape of every kind (see :func:`lapwing.report.mark.shapes_of`); ``as_raised`` is
    the moment's first state; ``last`` the time of the latest event read, in microseconds.
    """
    numbers = numbers_of(moment)
    acts = acts_of(moment, exhibit)
    by_subject = Counter(act.subject for act in moment.ledger)
    by_kind = Counter(act.kind for act in acts)
    circles = exhibit.circles if exhibit is not None else {}
    ledger = ledger_table(moment, numbers, rows_most=caps.acts)
    contexts = context_shares(moment)
    ties = _ties(exhibit, numbers)
    several = exhibit is not None and len(moment.subjects) > 1
    return MomentView(
        moment=moment,
        exhibit=exhibit,
        anchor=anchor(moment.id),
        title=sentence.title(moment, exhibit),
        sentence=sentence.sentence(moment, exhibit),
        chance=words.once_in(moment.once_in_days),
        when=sentence.when(moment, exhibit),
        kinds=sentence.kinds(moment),
        growth=sentence.growth(moment, as_raised) if as_raised is not None else None,
        ends="" if last is None else f"{words.duration(last - moment.raised)} before the last event read",
        sparkline=sparkline(
            moment, acts, numbers, exhibit.onset_between[0] if exhibit is not None else moment.onset
        ),
        timeline=timeline(moment, exhibit, acts, numbers, shapes, marks_most=caps.acts),
        timeline_sentence=sentence.of_timeline(moment, exhibit),
        timeline_acts=acts[: caps.besides],
        timeline_acts_left_out=max(0, len(acts) - caps.besides),
        legend=tuple(KindShape(kind, shapes[kind], by_kind[kind]) for kind in sorted(by_kind)),
        numbers=numbers,
        network=network(exhibit, numbers) if exhibit is not None and several else None,
        network_sentence=sentence.of_network(moment, exhibit) if exhibit is not None and several else "",
        ties=ties[: caps.besides],
        ties_left_out=max(0, len(ties) - caps.besides),
        curve=bits_curve(exhibit.curve, exhibit.threshold, moment.onset, moment.raised)
        if exhibit is not None
        else None,
        curve_sentence=sentence.of_curve(moment, exhibit.threshold) if exhibit is not None else "",
        members=tuple(
            MemberRow(number, subject, circles.get(subject), by_subject[subject])
            for subject, number in numbers.items()
        ),
        contexts=contexts[:CONTEXTS_MOST],
        contexts_left_out=max(0, len(contexts) - CONTEXTS_MOST),
        objections=objections(moment, exhibit),
        ledger=ledger,
        balance=balance(moment.bits, ledger.total),
    )


def _ties(exhibit: Exhibit | None, numbers: Mapping[str, int]) -> tuple[TieRow, ...]:
    if exhibit is None:
        return ()
    before = _contexts(exhibit.ties_before, numbers)
    after = _contexts(exhibit.ties_after, numbers)
    rows = [TieRow(*pair, before.get(pair, 0), after.get(pair, 0)) for pair in before.keys() | after.keys()]
    rows.sort(key=lambda row: (-row.after, -row.before, row.a, row.b))
    return tuple(rows)


def _contexts(ties: Sequence[Tie], numbers: Mapping[str, int]) -> dict[tuple[int, int], int]:
    pairs: dict[tuple[int, int], int] = {}
    for tie in ties:
        a, b = numbers.get(tie.a), numbers.get(tie.b)
        if a is not None and b is not None:
            pairs[min(a, b), max(a, b)] = tie.contexts
    return pairs
