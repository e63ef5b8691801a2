"""What a moment, and each of its pictures, says in a sentence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lapwing.moments.exhibit import ChangeShown, Exhibit
from lapwing.moments.moment import Moment
from lapwing.report import words
from lapwing.report.visible_text import label, visible

if TYPE_CHECKING:
    # The layout's libraries take a while to load, and the terminal draws no picture.
    from lapwing.report.network import Network
    from lapwing.report.timeline import Timeline


def title(moment: Moment, exhibit: Exhibit | None) -> str:
    """The moment as a heading."""
    members = words.counted(len(moment.subjects), "subject")
    if moment.type == "meeting":
        strangers = exhibit is not None and not exhibit.ties_before and len(moment.subjects) > 1
        return f"Meeting of {members}" + (", no ties known before" if strangers else "")
    if moment.type == "shift":
        how = shortly(exhibit.change) if exhibit is not None and exhibit.change is not None else ""
        return f"Shift of {members}" + (f": {how}" if how else "")
    stage = f", now at “{visible(moment.stage)}”" if moment.stage else ""
    return f"Progression of {members}{stage}"


def shortly(change: ChangeShown) -> str:
    """What a subject does otherwise, in a few words."""
    parts = []
    if change.factor == 0.0:
        parts.append("silent")
    elif change.factor is not None:
        parts.append("acts more often" if change.factor > 1.0 else "acts more rarely")
    if change.mix:
        parts.append("other kinds of acts")
    return " and ".join(parts)


def sentence(moment: Moment, exhibit: Exhibit | None) -> str:
    """Who did what since when, and how often chance alone would do it."""
    since = f"since {words.moment_of(moment.onset)}"
    if exhibit is not None and exhibit.onset_between[0] < exhibit.onset_between[1]:
        since += f" (onset {words.between(*exhibit.onset_between)})"
    return f"{words.capitalised(_who(moment, exhibit))} {_what(moment, exhibit)} {since}; {chance(moment)}."


def chance(moment: Moment) -> str:
    """How often chance alone would do it, as the second half of a sentence."""
    often = words.once_in(moment.once_in_days)
    return f"by chance alone, all that is watched would show such a moment {often}"


def when(moment: Moment, exhibit: Exhibit | None) -> str:
    """Onset and raising in one line."""
    began = f"began {words.moment_in_short(moment.onset)}"
    if exhibit is not None and exhibit.onset_between[0] < exhibit.onset_between[1]:
        began += f" ({words.span(*exhibit.onset_between)})"
    later = words.later(moment.raised - moment.onset)
    return f"{began} · raised {words.moment_of(moment.raised)}, {later}"


def growth(now: Moment, as_raised: Moment, *, arithmetic: bool = True) -> str | None:
    """How the moment has changed since it was raised; ``None`` when it has not.

    The bits it was raised with are said only with ``arithmetic``.
    """
    members = len(as_raised.subjects), len(now.subjects)
    acts = len(as_raised.ledger), len(now.ledger)
    if members[0] == members[1] and acts[0] == acts[1]:
        return None
    strength = f" with {words.bits(as_raised.bits.net)}" if arithmetic else ""
    return (
        f"When it was raised it named {words.counted(members[0], 'subject')} on "
        f"{words.counted(acts[0], 'act')}{strength}; "
        f"now {words.counted(members[1], 'subject')} on {words.counted(acts[1], 'act')}."
    )


def of_timeline(moment: Moment, exhibit: Exhibit | None) -> str:
    """What the timeline shows."""
    if not moment.ledger:
        return "The ledger holds no act: the evidence is in what was not done."
    times = [act.time for act in moment.ledger]
    span = max(times) - min(times)
    acts = words.counted(len(times), "act")
    within = f"within {words.duration(span)}" if span else "at the same time"
    text = f"The {acts} of the ledger fall {within}." if len(times) > 1 else "The ledger holds one act."
    if exhibit is not None:
        earlier = [act.time for act in exhibit.lanes if act.time < exhibit.onset_between[0]]
        if earlier:
            shown = words.counted(len(earlier), "act")
            reach = words.duration(exhibit.onset_between[0] - min(earlier))
            whose = "the same subject" if len(moment.subjects) == 1 else "the same subjects"
            text += f" In the {reach} before the onset, {shown} of {whose} are drawn."
    return text


def notes_on_timeline(picture: Timeline, besides: tuple[int, int], ledger: tuple[int, int]) -> str:
    """How to read the timeline, and what it leaves out.

    ``besides`` and ``ledger`` are acts drawn and acts there are, outside and inside the ledger.
    """
    notes = [
        "Filled: acts of the ledger. Hollow: other acts of the members.",
        "A curve joins an act to the act before it on the same context.",
    ]
    if picture.seam is not None:
        notes.append("Left of the onset time runs faster than right of it.")
    if not picture.named:
        notes.append(
            "Members are numbered in the order they took part; their names are in the table of members."
        )
    if picture.lanes_left_out:
        notes.append(
            f"{words.capitalised(words.counted(picture.lanes_left_out, 'more member'))} without a lane here."
        )
    if ledger[0] < ledger[1]:
        notes.append(
            f"Of the ledger, the {words.number(ledger[0])} acts of {words.number(ledger[1])} are drawn "
            "that brought most."
        )
    if besides[0] < besides[1]:
        notes.append(
            f"Of the other acts, {words.number(besides[0])} of {words.number(besides[1])} are drawn, "
            "evenly thinned."
        )
    return " ".join(notes)


def notes_on_network(picture: Network) -> str:
    """How to read the two networks, and what they leave out."""
    notes = [
        "Numbers are the lanes of the timeline"
        + ("" if picture.numbered else ": point at a dot to see its own")
        + "; both pictures have the same layout.",
        "A grey ground holds the members of one circle; a line means shared contexts, new ones are bold.",
    ]
    if picture.bundled:
        notes.append(
            "So many ties are bundled: a line joins two grounds; the wider it is, the more pairs are tied."
        )
    if picture.nodes_left_out:
        notes.append(
            f"{words.capitalised(words.counted(picture.nodes_left_out, 'more member'))} without a place here."
        )
    return " ".join(notes)


def of_network(moment: Moment, exhibit: Exhibit) -> str:
    """What the two networks show."""
    size = len(moment.subjects)
    pairs = size * (size - 1) // 2
    before = {frozenset((tie.a, tie.b)) for tie in exhibit.ties_before}
    after = {frozenset((tie.a, tie.b)) for tie in exhibit.ties_after}
    new = len(after - before)
    of_pairs = f"Of {words.counted(pairs, 'pair')}" if pairs > 1 else "Of the one pair"
    return (
        f"{of_pairs}, {_some(len(before))} had shared a context before the onset and "
        f"{_some(len(after))} {'has' if len(after) == 1 else 'have'} since"
        + (f"; {words.counted(new, 'tie')} {'is' if new == 1 else 'are'} new." if new else ".")
    )


def of_curve(moment: Moment, threshold: float) -> str:
    """What the curve of the evidence shows."""
    after = words.relative(moment.raised - moment.onset, "the onset")
    return (
        f"The evidence crossed the threshold of {words.bits(threshold)} on "
        f"{words.moment_in_short(moment.raised)}, {after}, "
        f"and stands at {words.bits(moment.bits.net)}."
    )


def kinds(moment: Moment) -> str:
    """The acts of the ledger by kind."""
    acts = words.counted(len(moment.ledger), "act")
    by_kind = Counter(act.kind for act in moment.ledger)
    if len(by_kind) < 2:
        return acts + (f" of one kind ({label(next(iter(by_kind)), 24)})" if by_kind else "")
    most = by_kind.most_common(4)
    named = [f"{label(kind, 24)} {words.number(count)}" for kind, count in most]
    if len(by_kind) > len(most):
        named.append(words.counted(len(by_kind) - len(most), "other kind"))
    return f"{acts} over {words.counted(len(by_kind), 'kind')}: {words.listed(named)}"


def circles_of(moment: Moment, exhibit: Exhibit | None) -> tuple[int, int] | None:
    """How many circles the members come from, and how many come from none; ``None`` when not known."""
    if exhibit is None:
        return None
    of = [exhibit.circles.get(subject) for subject in moment.subjects]
    return len({circle for circle in of if circle is not None}), sum(circle is None for circle in of)


def circles(moment: Moment, exhibit: Exhibit | None) -> str:
    """Where the members come from, in a few words; empty when it is not known."""
    known = circles_of(moment, exhibit)
    if known is None or len(moment.subjects) < 2:
        return ""
    count, without = known
    if count == 0:
        return "from no known circle"
    return f"from {words.counted(count, 'circle')}" + (
        f", {words.count(without)} from none" if without else ""
    )


def _who(moment: Moment, exhibit: Exhibit | None) -> str:
    size = len(moment.subjects)
    members = words.counted(size, "subject")
    known = circles_of(moment, exhibit)
    if known is None:
        return members
    circles, without = known
    if circles == 0:
        return f"{members} of no known circle"
    if without == 0:
        return f"{members} from {words.counted(circles, 'circle')}"
    placed = f"{words.count(size - without)} from {words.counted(circles, 'circle')}"
    return f"{members}, {placed} and {words.count(without)} from none,"


def of_change(change: ChangeShown) -> str:
    """Before and after in numbers, as a predicate."""
    parts = []
    usual = f"{words.plain(change.usual_daily)} a day as usual"
    if change.usual_daily < 0.05:
        usual = "hardly any as usual"
    if change.factor == 0.0 and change.daily < 0.05:
        parts.append(f"has made no act ({usual})")
    elif change.factor is not None:
        parts.append(f"has made {words.plain(change.daily)} acts a day ({usual})")
    grown = [share for share in change.mix if share.now > share.usual]
    if grown:
        named = [
            f"“{label(share.kind, 24)}” in {words.share(share.now, 1.0)} of its acts "
            f"({words.share(share.usual, 1.0)} as usual)"
            for share in grown
        ]
        parts.append(f"has done {words.listed(named)}")
    return " and ".join(parts) or "has acted differently from its own past"


def _what(moment: Moment, exhibit: Exhibit | None) -> str:
    if moment.type == "shift":
        if exhibit is not None and exhibit.change is not None:
            return of_change(exhibit.change)
        verb = "has" if len(moment.subjects) == 1 else "have"
        its = "its" if len(moment.subjects) == 1 else "their"
        return f"{verb} acted differently from {its} own past"
    if moment.type == "progression":
        verb = "has" if len(moment.subjects) == 1 else "have"
        now = f", now at “{visible(moment.stage)}”," if moment.stage else ""
        return f"{verb} moved along the stages of preparation{now}"
    copies = [act for act in moment.ledger if act.with_]
    contexts = len({act.context for act in copies})
    if contexts == 0:
        return "took up each other's contexts"
    in_acts = f"in {words.counted(len(copies), 'act')}"
    if contexts == 1:
        return f"took up one and the same context {in_acts}"
    return f"took up {words.count(contexts)} of each other's contexts {in_acts}"


def _some(count: int) -> str:
    return "none" if count == 0 else words.count(count)
