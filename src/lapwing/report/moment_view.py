"""A moment with all that its components show, computed once: what the templates are given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lapwing.moments.exhibit import Exhibit, Tie
from lapwing.moments.moment import Moment
from lapwing.report import sentence, words
from lapwing.report.bits_curve import BitsCurve, bits_curve
from lapwing.report.gist import gist
from lapwing.report.ledger import ContextShare, LedgerTable, balance, context_shares, ledger_table
from lapwing.report.mark import shapes_of
from lapwing.report.network import Network, network
from lapwing.report.objection import Objection, objections
from lapwing.report.sparkline import Sparkline, sparkline
from lapwing.report.stage_table import Rung, StageRow, stage_rows
from lapwing.report.timeline import Timeline, TimelineAct, acts_of, numbers_of, thinned_acts, timeline
from lapwing.report.visible_text import anchor

CONTEXTS_MOST = 10


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of a moment is shown, so that a report stays small enough to be sent and opened."""

    acts: int
    """Acts of the ledger, as rows and as marks; the strongest are shown."""
    besides: int
    """Other acts of the members, as marks and as rows; evenly thinned."""
    members: int
    """Members, as lanes, as nodes and as rows; those who took part first are shown."""
    ties: int
    """Rows of the table behind the networks; the strongest are shown."""


FULL = Caps(acts=500, besides=1_000, members=200, ties=300)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a reader finds what is not shown, as the end of a sentence."""

    moments: Markup
    exhibits: Markup


FILES = Elsewhere(Markup("<code>moments.jsonl</code>"), Markup("<code>exhibits.jsonl</code>"))
"""Beside a report, all of it is in two files."""


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
    circles: str
    """Where the members come from, empty when it is not known or says nothing."""
    growth: str | None
    ends: str
    """When it was raised, said as time before the end of what was read."""
    sparkline: Sparkline
    timeline: Timeline
    timeline_sentence: str
    timeline_notes: str
    besides: tuple[TimelineAct, ...]
    """The acts drawn that are not of the ledger: with the ledger, the table behind the timeline."""
    besides_left_out: int
    legend: tuple[KindShape, ...]
    numbers: Mapping[str, int]
    network: Network | None
    network_sentence: str
    network_notes: str
    ties: tuple[TieRow, ...]
    ties_left_out: int
    curve: BitsCurve | None
    curve_sentence: str
    stages: tuple[StageRow, ...]
    members: tuple[MemberRow, ...]
    members_left_out: int
    contexts: tuple[ContextShare, ...]
    contexts_left_out: int
    objections: tuple[Objection, ...]
    ledger: LedgerTable
    balance: tuple[tuple[str, float], ...]
    arithmetic: bool
    """Whether the bits are shown: act by act, summed, and over time."""
    elsewhere: Elsewhere


def moment_view(
    moment: Moment,
    exhibit: Exhibit | None,
    *,
    as_raised: Moment | None = None,
    last: int | None = None,
    caps: Caps = FULL,
    arithmetic: bool = True,
    elsewhere: Elsewhere = FILES,
    rungs: Sequence[Rung] = (),
) -> MomentView:
    """Compute what the components show.

    ``as_raised`` is the moment's first state; ``last`` the time of the latest event read, in microseconds.
    Without ``arithmetic`` the bits are left out, for a reader who is to judge the acts before they are counted.
    ``rungs`` is the ladder that the moment is on, where its file is at hand.
    """
    facts = gist(moment, exhibit)
    numbers = numbers_of(moment)
    every_act = acts_of(moment, exhibit)
    acts = thinned_acts(every_act, moment, acts_most=caps.acts, besides_most=caps.besides)
    by_kind = Counter(act.kind for act in every_act)
    in_ledger = Counter(act.kind for act in moment.ledger)
    # The kinds of the ledger choose their shapes first: theirs are the marks to tell apart.
    kinds = sorted(by_kind, key=lambda kind: (-in_ledger[kind], -by_kind[kind], kind))
    shapes = shapes_of(kinds)
    drawn = timeline(moment, exhibit, acts, numbers, shapes, lanes_most=caps.members)
    net = None
    if exhibit is not None and len(moment.subjects) > 1:
        net = network(exhibit, numbers, members_most=caps.members)
    besides = tuple(act for act in acts if act.at is None)
    besides_most = (
        len(every_act) - len(moment.ledger) + (exhibit.lanes_left_out if exhibit is not None else 0)
    )
    by_subject = Counter(act.subject for act in moment.ledger)
    circles = exhibit.circles if exhibit is not None else {}
    ledger = ledger_table(moment, numbers, rows_most=caps.acts)
    contexts = context_shares(moment)
    ties = _ties(exhibit, numbers)
    return MomentView(
        moment=moment,
        exhibit=exhibit,
        anchor=anchor(moment.id),
        title=sentence.title(facts),
        sentence=sentence.sentence(moment, exhibit),
        chance=words.once_in(moment.once_in_days),
        when=sentence.when(moment, exhibit),
        kinds=sentence.kinds(facts),
        circles=sentence.circles(facts),
        growth=sentence.growth(moment, as_raised, arithmetic=arithmetic) if as_raised is not None else None,
        ends="" if last is None else words.relative(moment.raised - last, sentence.THE_END),
        sparkline=sparkline(
            moment, acts, numbers, exhibit.onset_between[0] if exhibit is not None else moment.onset
        ),
        timeline=drawn,
        timeline_sentence=sentence.of_timeline(moment, exhibit),
        timeline_notes=sentence.notes_on_timeline(
            drawn, (len(besides), besides_most), (len(acts) - len(besides), len(moment.ledger))
        ),
        besides=besides,
        besides_left_out=besides_most - len(besides),
        legend=tuple(KindShape(kind, shapes[kind], by_kind[kind]) for kind in kinds),
        numbers=numbers,
        network=net,
        network_sentence=sentence.of_network(moment, exhibit) if exhibit is not None and net else "",
        network_notes=sentence.notes_on_network(net) if net else "",
        ties=ties[: caps.ties],
        ties_left_out=max(0, len(ties) - caps.ties),
        curve=bits_curve(exhibit.curve, exhibit.threshold, moment.onset, moment.raised)
        if exhibit is not None and arithmetic
        else None,
        curve_sentence=sentence.of_curve(moment, exhibit.threshold) if exhibit is not None else "",
        stages=stage_rows(moment, exhibit, rungs),
        members=tuple(
            MemberRow(number, subject, circles.get(subject), by_subject[subject])
            for subject, number in list(numbers.items())[: caps.members]
        ),
        members_left_out=max(0, len(numbers) - caps.members),
        contexts=contexts[:CONTEXTS_MOST],
        contexts_left_out=max(0, len(contexts) - CONTEXTS_MOST),
        objections=objections(moment, exhibit),
        ledger=ledger,
        balance=balance(moment.bits, ledger.total),
        arithmetic=arithmetic,
        elsewhere=elsewhere,
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
