"""What a moment, and each of its pictures, says in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapwing.moments.exhibit import ChangeShown, ClimbShown, Exhibit
from lapwing.moments.moment import Moment
from lapwing.report import words
from lapwing.report.gist import Gist, gist
from lapwing.report.language import say, say_several, to_say, told
from lapwing.report.visible_text import visible

if TYPE_CHECKING:
    # The layout's libraries take a while to load, and the terminal draws no picture.
    from lapwing.report.network import Network
    from lapwing.report.timeline import Timeline

THE_ONSET = to_say("the onset")
THE_END = to_say("the last event read")


def title(of: Gist) -> str:
    """The moment as a heading."""
    size = of.subjects
    said = {"members": words.counted(size, "subject"), "how": shortly(of), "stage": stage_name(of.stage)}
    if of.type == "meeting":
        if of.strangers:
            return say("Meeting of %(members)s, no ties known before", **said)
        return say_several(size, "Meeting of one subject", "Meeting of %(members)s", **said)
    if of.type == "shift":
        if said["how"]:
            return say_several(size, "Shift of one subject: %(how)s", "Shift of %(members)s: %(how)s", **said)
        return say_several(size, "Shift of one subject", "Shift of %(members)s", **said)
    if of.stage:
        return say_several(
            size,
            "Progression of one subject, now at “%(stage)s”",
            "Progression of %(members)s, now at “%(stage)s”",
            **said,
        )
    return say_several(size, "Progression of one subject", "Progression of %(members)s", **said)


def shortly(of: Gist) -> str:
    """What a subject does otherwise, in a few words."""
    parts = []
    if of.pace == "silent":
        parts.append(say("silent"))
    elif of.pace:
        parts.append(say("acts more often") if of.pace == "more" else say("acts more rarely"))
    if of.mix:
        parts.append(say("other kinds of acts"))
    return words.listed(parts)


def stage_name(stage: str) -> str:
    """A stage as people are shown it: `ladder / stage`, in words where it is one that comes with Lapwing."""
    return visible(" / ".join(told(part) for part in stage.split(" / ")))


def expected(climb: ClimbShown) -> str:
    """The kinds that would be expected next on a ladder, with their shares.

    >>> expected(ClimbShown("own", (), (("survey", 0.4), ("meet", 0.3)), "", ""))
    'survey (40 %) and meet (30 %)'
    """
    return words.listed([f"{words.kind(kind)} ({words.share(share, 1.0)})" for kind, share in climb.expected])


def sentence(moment: Moment, exhibit: Exhibit | None) -> str:
    """Who did what since when, and how often chance alone would do it."""
    since = say("since %(when)s", when=words.moment_of(moment.onset))
    if exhibit is not None and exhibit.onset_between[0] < exhibit.onset_between[1]:
        since = say(
            "%(since)s (onset %(between)s)", since=since, between=words.between(*exhibit.onset_between)
        )
    return say(
        "%(who)s %(what)s %(since)s; %(chance)s.",
        who=words.capitalised(_who(gist(moment, exhibit))),
        what=_what(moment, exhibit),
        since=since,
        chance=chance(moment),
    )


def chance(moment: Moment) -> str:
    """How often chance alone would do it, as the second half of a sentence."""
    return say(
        "by chance alone, all that is watched would show such a moment %(often)s",
        often=words.once_in(moment.once_in_days),
    )


def when(moment: Moment, exhibit: Exhibit | None) -> str:
    """Onset and raising in one line."""
    began = say("began %(when)s", when=words.moment_in_short(moment.onset))
    if exhibit is not None and exhibit.onset_between[0] < exhibit.onset_between[1]:
        began += f" ({words.span(*exhibit.onset_between)})"
    raised = say(
        "raised %(when)s, %(later)s",
        when=words.moment_of(moment.raised),
        later=words.later(moment.raised - moment.onset),
    )
    return f"{began} · {raised}"


def growth(now: Moment, as_raised: Moment, *, arithmetic: bool = True) -> str | None:
    """How the moment has changed since it was raised; ``None`` when it has not.

    The bits it was raised with are said only with ``arithmetic``.
    """
    members = len(as_raised.subjects), len(now.subjects)
    acts = len(as_raised.ledger), len(now.ledger)
    if members[0] == members[1] and acts[0] == acts[1]:
        return None
    counts = {
        "members": words.counted(members[0], "subject"),
        "acts": words.counted(acts[0], "act"),
        "members_now": words.counted(members[1], "subject"),
        "acts_now": words.counted(acts[1], "act"),
    }
    if arithmetic:
        return say(
            "When it was raised it named %(members)s on %(acts)s with %(bits)s; "
            "now %(members_now)s on %(acts_now)s.",
            bits=words.bits(as_raised.bits.net),
            **counts,
        )
    return say(
        "When it was raised it named %(members)s on %(acts)s; now %(members_now)s on %(acts_now)s.", **counts
    )


def of_timeline(moment: Moment, exhibit: Exhibit | None) -> str:
    """What the timeline shows."""
    if not moment.ledger:
        return say("The ledger holds no act: the evidence is in what was not done.")
    times = [act.time for act in moment.ledger]
    span = max(times) - min(times)
    acts = words.counted(len(times), "act")
    if len(times) == 1:
        text = say("The ledger holds one act.")
    elif span:
        text = say("The %(acts)s of the ledger fall within %(time)s.", acts=acts, time=words.duration(span))
    else:
        text = say("The %(acts)s of the ledger fall at the same time.", acts=acts)
    if exhibit is not None:
        earlier = [act.time for act in exhibit.lanes if act.time < exhibit.onset_between[0]]
        if earlier:
            reach = words.duration(exhibit.onset_between[0] - min(earlier))
            text += " " + say_several(
                len(moment.subjects),
                "In the %(reach)s before the onset, %(acts)s of the same subject are drawn.",
                "In the %(reach)s before the onset, %(acts)s of the same subjects are drawn.",
                reach=reach,
                acts=words.counted(len(earlier), "act"),
            )
    return text


def notes_on_timeline(picture: Timeline, besides: tuple[int, int], ledger: tuple[int, int]) -> str:
    """How to read the timeline, and what it leaves out.

    ``besides`` and ``ledger`` are acts drawn and acts there are, outside and inside the ledger.
    """
    notes = [
        say("Filled: acts of the ledger. Hollow: other acts of the members."),
        say("A curve joins an act to the act before it on the same context."),
    ]
    if picture.seam is not None:
        notes.append(say("Left of the onset time runs faster than right of it."))
    if not picture.named:
        notes.append(
            say("Members are numbered in the order they took part; their names are in the table of members.")
        )
    if picture.lanes_left_out:
        members = words.counted(picture.lanes_left_out, "more member")
        notes.append(say("%(members)s without a lane here.", members=words.capitalised(members)))
    if ledger[0] < ledger[1]:
        notes.append(
            say(
                "Of the ledger, the %(shown)s acts of %(all)s are drawn that brought most.",
                shown=words.number(ledger[0]),
                all=words.number(ledger[1]),
            )
        )
    if besides[0] < besides[1]:
        notes.append(
            say(
                "Of the other acts, %(shown)s of %(all)s are drawn, evenly thinned.",
                shown=words.number(besides[0]),
                all=words.number(besides[1]),
            )
        )
    return " ".join(notes)


def notes_on_network(picture: Network) -> str:
    """How to read the two networks, and what they leave out."""
    notes = [
        say("Numbers are the lanes of the timeline; both pictures have the same layout.")
        if picture.numbered
        else say(
            "Numbers are the lanes of the timeline: point at a dot to see its own; "
            "both pictures have the same layout."
        ),
        say(
            "A grey ground holds the members of one circle; a line means shared contexts, new ones are bold."
        ),
    ]
    if picture.bundled:
        notes.append(
            say(
                "So many ties are bundled: a line joins two grounds; the wider it is, the more pairs are tied."
            )
        )
    if picture.nodes_left_out:
        members = words.counted(picture.nodes_left_out, "more member")
        notes.append(say("%(members)s without a place here.", members=words.capitalised(members)))
    return " ".join(notes)


def of_network(moment: Moment, exhibit: Exhibit) -> str:
    """What the two networks show."""
    size = len(moment.subjects)
    pairs = size * (size - 1) // 2
    before = {frozenset((tie.a, tie.b)) for tie in exhibit.ties_before}
    after = {frozenset((tie.a, tie.b)) for tie in exhibit.ties_after}
    text = say(
        "%(of_pairs)s, %(before)s and %(after)s",
        of_pairs=say("Of %(pairs)s", pairs=words.counted(pairs, "pair"))
        if pairs > 1
        else say("Of the one pair"),
        before=say_several(
            len(before),
            "one had shared a context before the onset",
            "%(n)s had shared a context before the onset",
            n=words.count(len(before)),
        )
        if before
        else say("none had shared a context before the onset"),
        after=say_several(len(after), "one has since", "%(n)s have since", n=words.count(len(after)))
        if after
        else say("none have since"),
    )
    new = len(after - before)
    if not new:
        return f"{text}."
    ties = words.counted(new, "tie")
    return say_several(new, "%(text)s; %(ties)s is new.", "%(text)s; %(ties)s are new.", text=text, ties=ties)


def of_curve(moment: Moment, threshold: float) -> str:
    """What the curve of the evidence shows."""
    return say(
        "The evidence crossed the threshold of %(threshold)s on %(when)s, %(after)s, and stands at %(bits)s.",
        threshold=words.bits(threshold),
        when=words.moment_in_short(moment.raised),
        after=words.relative(moment.raised - moment.onset, THE_ONSET),
        bits=words.bits(moment.bits.net),
    )


def kinds(of: Gist) -> str:
    """The acts of the ledger by kind."""
    acts = words.counted(of.acts, "act")
    if not of.kinds:
        return acts
    if len(of.kinds) == 1 and not of.kinds_left_out:
        return say("%(acts)s of one kind (%(kind)s)", acts=acts, kind=words.kind(of.kinds[0][0]))
    named = [f"{words.kind(kind)} {words.number(count)}" for kind, count in of.kinds]
    if of.kinds_left_out:
        named.append(words.counted(of.kinds_left_out, "other kind"))
    return say(
        "%(acts)s over %(kinds)s: %(named)s",
        acts=acts,
        kinds=words.counted(len(of.kinds) + of.kinds_left_out, "kind"),
        named=words.listed(named),
    )


def circles(of: Gist) -> str:
    """Where the members come from, in a few words; empty when it is not known."""
    if of.circles is None or of.subjects < 2:
        return ""
    if of.circles == 0:
        return say("from no known circle")
    known = words.counted(of.circles, "circle")
    if not of.without_circle:
        return say("from %(circles)s", circles=known)
    return say("from %(circles)s, %(n)s from none", circles=known, n=words.count(of.without_circle))


def _who(of: Gist) -> str:
    members = words.counted(of.subjects, "subject")
    if of.circles is None:
        return members
    if of.circles == 0:
        return say("%(members)s of no known circle", members=members)
    known = words.counted(of.circles, "circle")
    if not of.without_circle:
        return say("%(members)s from %(circles)s", members=members, circles=known)
    return say(
        "%(members)s, %(placed)s from %(circles)s and %(n)s from none,",
        members=members,
        placed=words.count(of.subjects - of.without_circle),
        circles=known,
        n=words.count(of.without_circle),
    )


def of_change(change: ChangeShown, subjects: int) -> str:
    """Before and after in numbers, as a predicate."""
    parts = []
    usual = say("hardly any as usual")
    if change.usual_daily >= 0.05:
        usual = say("%(n)s a day as usual", n=words.plain(change.usual_daily))
    if change.factor == 0.0 and change.daily < 0.05:
        parts.append(
            say_several(
                subjects, "has made no act (%(usual)s)", "have made no act (%(usual)s together)", usual=usual
            )
        )
    elif change.factor is not None:
        parts.append(
            say_several(
                subjects,
                "has made %(n)s acts a day (%(usual)s)",
                "have made %(n)s acts a day together (%(usual)s)",
                n=words.plain(change.daily),
                usual=usual,
            )
        )
    grown = [share for share in change.mix if share.now > share.usual]
    if grown:
        named = [
            say_several(
                subjects,
                "“%(kind)s” in %(now)s of its acts (%(usual)s as usual)",
                "“%(kind)s” in %(now)s of their acts (%(usual)s as usual)",
                kind=words.kind(share.kind),
                now=words.share(share.now, 1.0),
                usual=words.share(share.usual, 1.0),
            )
            for share in grown
        ]
        parts.append(
            say_several(subjects, "has done %(named)s", "have done %(named)s", named=words.listed(named))
        )
    return words.listed(parts) or _differently(subjects)


def _differently(subjects: int) -> str:
    return say_several(
        subjects, "has acted differently from its own past", "have acted differently from their own past"
    )


def _what(moment: Moment, exhibit: Exhibit | None) -> str:
    if moment.type == "shift":
        if exhibit is not None and exhibit.change is not None:
            return of_change(exhibit.change, len(moment.subjects))
        return _differently(len(moment.subjects))
    if moment.type == "progression":
        text = say_several(
            len(moment.subjects),
            "has moved along the stages of preparation",
            "have moved along the stages of preparation",
        )
        if not moment.stage:
            return text
        return say("%(text)s, now at “%(stage)s”,", text=text, stage=stage_name(moment.stage))
    taken_up = _taken_up(moment)
    if exhibit is None or exhibit.change is None:
        return taken_up
    return words.listed([taken_up, of_change(exhibit.change, len(moment.subjects))])


def _taken_up(moment: Moment) -> str:
    copies = [act for act in moment.ledger if act.with_]
    contexts = len({act.context for act in copies})
    if contexts == 0:
        return say("took up each other's contexts")
    acts = words.counted(len(copies), "act")
    if contexts == 1:
        return say("took up one and the same context in %(acts)s", acts=acts)
    return say("took up %(n)s of each other's contexts in %(acts)s", n=words.count(contexts), acts=acts)
