"""What would speak against a moment, as far as the recorded acts can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lapwing.moments.exhibit import Exhibit
from lapwing.moments.moment import Act, Moment
from lapwing.report import words
from lapwing.report.gist import circles_of
from lapwing.report.language import say, say_several, told
from lapwing.report.visible_text import visible

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_MUCH = 0.4
"""A context that brings this share of the bits is worth a second look."""
_MOST = 0.8
"""A burst that holds this share of the acts is one."""
_MEASURED = 100 * 365.25
"""Days up to which false alarms could at best be counted, on many worlds without a meeting."""
_FEW = 0.5
"""Acts a day below which a subject hardly acts."""
_NEAR = 2.0
"""Net bits above the threshold that chance gives away once in four false alarms."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A fact that weakens the moment, or that an innocent reading could start from."""

    text: str
    context: str | None = None
    """The context it is about."""


def objections(moment: Moment, exhibit: Exhibit | None) -> tuple[Objection, ...]:
    """The facts that speak against a moment, those that could undo it first.

    What would remain without a context or a subject is an estimate (see :func:`_left`), and said as one.
    """
    found = [
        _one_context(moment, exhibit),
        _one_subject(moment, exhibit),
        _silence(exhibit),
        _hardly_known(moment, exhibit),
        _at_once(moment),
        _stage(exhibit),
        _near_threshold(moment, exhibit),
        _beyond_measure(moment),
        _burst(moment),
        _ties_before(moment, exhibit),
        _circle(moment, exhibit),
        _one_kind(moment),
        _wide_onset(exhibit),
    ]
    return tuple(objection for objection in found if objection is not None)


def _one_context(moment: Moment, exhibit: Exhibit | None) -> Objection | None:
    by_context: dict[str, float] = defaultdict(float)
    for act in moment.ledger:
        by_context[act.context] += act.bits
    total = sum(bits for bits in by_context.values() if bits > 0)
    if total <= 0:
        return None
    context, most = max(by_context.items(), key=lambda item: item[1])
    if most < _MUCH * total:
        return None
    left = _left(moment, lambda act: act.context != context)
    text = say(
        "One context brings %(share)s of the evidence; without it %(remain)s. "
        "If it was in the news, or served to everybody, little may be left.",
        share=words.share(most, total),
        remain=_remain(left, exhibit),
    )
    return Objection(text, context)


def _one_subject(moment: Moment, exhibit: Exhibit | None) -> Objection | None:
    if len(moment.subjects) < 2 or exhibit is None:
        return None
    cost = moment.bits.naming / len(moment.subjects)
    left = moment.bits.net - max(0.0, max(_by_subject(moment.ledger).values(), default=0.0) - cost)
    if left >= exhibit.threshold:
        return None
    remain = _remain(left, exhibit)
    return Objection(say("It hangs on the acts of a single subject: without them %(remain)s.", remain=remain))


def _silence(exhibit: Exhibit | None) -> Objection | None:
    change = None if exhibit is None else exhibit.change
    if change is None or change.factor is None or change.factor >= 1.0:
        return None
    return Objection(
        say(
            "What was not recorded looks like what was not done: a suspension, a change of account, a holiday "
            "or a gap in the collection would read the same."
        )
    )


def _hardly_known(moment: Moment, exhibit: Exhibit | None) -> Objection | None:
    change = None if exhibit is None else exhibit.change
    if change is None or change.factor is None or change.factor <= 1.0:
        return None
    usual = change.usual_daily / len(moment.subjects)
    if usual >= _FEW:
        return None
    return Objection(
        say_several(
            len(moment.subjects),
            "It hardly acted before (%(n)s acts a day): a new owner, a new interest or a first week of regular "
            "use needs few acts to stand out.",
            "They hardly acted before (%(n)s acts a day each): a new owner, a new interest or a first week of "
            "regular use needs few acts to stand out.",
            n=words.plain(usual),
        )
    )


def _at_once(moment: Moment) -> Objection | None:
    if moment.type != "shift" or len(moment.subjects) < 2:
        return None
    return Objection(
        say(
            "They began within a day of one another. What reaches all of them at once, such as news, a holiday, a "
            "strike, new software or a change of the platform, does that too, without a word among them."
        )
    )


def _stage(exhibit: Exhibit | None) -> Objection | None:
    climb = None if exhibit is None else exhibit.climb
    if climb is None:
        return None
    return Objection(
        say(
            "At this stage: %(caveat)s. Against it would speak: %(against)s.",
            caveat=visible(told(climb.caveat)),
            against=visible(told(climb.against)),
        )
    )


def _left(moment: Moment, kept: Callable[[Act], bool]) -> float:
    """Net bits that would about remain on some of the acts.

    Every member costs an equal part of the naming, and a member whose acts no longer pay for it would not
    be named.
    """
    cost = moment.bits.naming / len(moment.subjects)
    some = _by_subject(filter(kept, moment.ledger))
    return moment.bits.net - sum(
        max(0.0, bits - cost) - max(0.0, some.get(subject, 0.0) - cost)
        for subject, bits in _by_subject(moment.ledger).items()
    )


def _by_subject(acts: Iterable[Act]) -> dict[str, float]:
    bits: dict[str, float] = defaultdict(float)
    for act in acts:
        bits[act.subject] += act.bits
    return bits


def _near_threshold(moment: Moment, exhibit: Exhibit | None) -> Objection | None:
    if exhibit is None or not exhibit.threshold <= moment.bits.net < exhibit.threshold + _NEAR:
        return None
    return Objection(
        say(
            "The evidence stands %(bits)s above the threshold, no more: this is where the false alarms that "
            "the budget allows are found.",
            bits=words.bits(moment.bits.net - exhibit.threshold),
        )
    )


def _beyond_measure(moment: Moment) -> Objection | None:
    if moment.once_in_days < _MEASURED:
        return None
    return Objection(
        say_several(
            len(moment.subjects),
            "Nobody has watched long enough to check a chance this small. Read it as “not chance as it was "
            "learnt”: something changed it, harmless or not.",
            "Nobody has watched long enough to check a chance this small. Read it as “not chance as it was "
            "learnt”: something brought them together, harmless or not.",
        )
    )


def _burst(moment: Moment) -> Objection | None:
    times = sorted(act.time for act in moment.ledger)
    if len(times) < 4:
        return None
    most, start = 0, 0
    inside: tuple[int, int] = (times[0], times[0])
    for end, time in enumerate(times):
        while time - times[start] > _HOUR:
            start += 1
        if end - start + 1 > most:
            most, inside = end - start + 1, (times[start], time)
    if most < _MOST * len(times):
        return None
    counts = {"n": words.number(most), "acts": words.number(len(times))}
    if inside[0] == inside[1]:
        return Objection(
            say(
                "%(n)s of %(acts)s acts fall at the same time: a broadcast, breaking news or a scheduling "
                "tool can do that too.",
                **counts,
            )
        )
    return Objection(
        say(
            "%(n)s of %(acts)s acts fall within %(time)s: a broadcast, breaking news or a scheduling tool can "
            "do that too.",
            time=words.duration(inside[1] - inside[0]),
            **counts,
        )
    )


def _ties_before(moment: Moment, exhibit: Exhibit | None) -> Objection | None:
    if exhibit is None or not exhibit.ties_before:
        return None
    size = len(moment.subjects)
    pairs = size * (size - 1) // 2
    before = len({frozenset((tie.a, tie.b)) for tie in exhibit.ties_before})
    if pairs == 1:
        return Objection(say("The two had shared contexts before: this may be an old habit growing."))
    return Objection(
        say_several(
            before,
            "One of %(pairs)s pairs had shared contexts before: part of this may be an old habit growing.",
            "%(n)s of %(pairs)s pairs had shared contexts before: part of this may be an old habit growing.",
            n=words.capitalised(words.count(before)),
            pairs=words.number(pairs),
        )
    )


def _circle(moment: Moment, exhibit: Exhibit | None) -> Objection | None:
    circles, without = circles_of(moment, exhibit)
    if circles is None or len(moment.subjects) < 2:
        return None
    if circles == 1 and without == 0:
        return Objection(
            say("All of them belong to one circle: a new interest of the whole circle looks like this.")
        )
    if 2 * without >= len(moment.subjects):
        return Objection(
            say_several(
                without,
                "One of %(members)s belongs to no known circle: a taste they have long shared, but that was "
                "never learnt, would look like this.",
                "%(n)s of %(members)s belong to no known circle: a taste they have long shared, but that was "
                "never learnt, would look like this.",
                n=words.capitalised(words.count(without)),
                members=words.counted(len(moment.subjects), "subject"),
            )
        )
    return None


def _one_kind(moment: Moment) -> Objection | None:
    kinds = {act.kind for act in moment.ledger}
    if len(moment.ledger) < 4 or len(kinds) != 1:
        return None
    return Objection(
        say(
            "All acts are of one kind: nothing else in what they do changed with it, as far as it is recorded."
        )
    )


def _wide_onset(exhibit: Exhibit | None) -> Objection | None:
    if exhibit is None:
        return None
    width = exhibit.onset_between[1] - exhibit.onset_between[0]
    if width < _DAY:
        return None
    return Objection(
        say(
            "The onset is known only to within %(time)s: there was no sharp beginning, so slow diffusion is a "
            "reading.",
            time=words.duration(width),
        )
    )


def _remain(bits: float, exhibit: Exhibit | None) -> str:
    if exhibit is None:
        return say("about %(bits)s remain", bits=words.bits(bits))
    if bits <= 0:
        return say("nothing remains")
    said = {"bits": words.bits(bits), "threshold": words.bits(exhibit.threshold)}
    if bits >= exhibit.threshold:
        return say("about %(bits)s remain, still above the threshold of %(threshold)s", **said)
    return say("about %(bits)s remain, below the threshold of %(threshold)s", **said)
