"""Numbers, times and frequencies in plain words.

Every number that people read comes from here, so that the report, the terminal and the notebook say the
same thing the same way, each in the reader's language (`language`). Times are UTC and say so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from lapwing.report.language import say, separated, to_say, told
from lapwing.report.visible_text import label

_SMALL = (
    to_say("no"),
    to_say("one"),
    to_say("two"),
    to_say("three"),
    to_say("four"),
    to_say("five"),
    to_say("six"),
    to_say("seven"),
    to_say("eight"),
    to_say("nine"),
    to_say("ten"),
    to_say("eleven"),
    to_say("twelve"),
)
"""Up to twelve, a word reads faster than a figure."""
_SECOND = 1_000_000
_UNITS = (
    (to_say("%(n)s d"), 86_400),
    (to_say("%(n)s h"), 3_600),
    (to_say("%(n)s min"), 60),
    (to_say("%(n)s s"), 1),
)
_DAYS = (
    to_say("Mon"),
    to_say("Tue"),
    to_say("Wed"),
    to_say("Thu"),
    to_say("Fri"),
    to_say("Sat"),
    to_say("Sun"),
)
_MONTHS = (
    to_say("Jan"),
    to_say("Feb"),
    to_say("Mar"),
    to_say("Apr"),
    to_say("May"),
    to_say("Jun"),
    to_say("Jul"),
    to_say("Aug"),
    to_say("Sep"),
    to_say("Oct"),
    to_say("Nov"),
    to_say("Dec"),
)
_YEAR = 365.25


def number(value: int) -> str:
    """A whole number with its thousands set apart: ``915,000``.

    >>> number(915000)
    '915,000'
    """
    return separated(f"{value:,}")


def count(value: int) -> str:
    """A count, small ones as words.

    >>> count(8), count(0), count(1200)
    ('eight', 'no', '1,200')
    """
    return told(_SMALL[value]) if 0 <= value < len(_SMALL) else number(value)


def counted(value: int, noun: str, plural: str | None = None) -> str:
    """A count and its noun in the right form, small counts as words.

    >>> counted(8, "subject"), counted(1, "tie"), counted(0, "act"), counted(1200, "context")
    ('eight subjects', 'one tie', 'no acts', '1,200 contexts')
    """
    several = plural or f"{noun}s"
    # Whole texts, since what stands for one and for none may change with the noun.
    if value == 0:
        return told(f"no {several}")
    if value == 1:
        return told(f"one {noun}")
    return told(f"%(n)s {several}") % {"n": count(value)}


def kind(name: str, most: int = 24) -> str:
    """What a kind of act is called in the reader's language; a team's own kind, which nobody translated, by its name.

    >>> kind("share"), kind("our own kind")
    ('share', 'our own kind')
    """
    key = f"kind: {name}"
    said = told(key)
    return label(name if said == key else said, most)


def circle(name: str) -> str:
    """What a circle is called: as somebody named it, or by its number when it was learnt.

    >>> circle("learnt 7"), circle("anglers")
    ('learnt 7', 'anglers')
    """
    learnt = re.fullmatch(r"learnt (\d+)", name)
    return name if learnt is None else say("learnt %(n)s", n=learnt[1])


def capitalised(text: str) -> str:
    """The text with its first letter in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    """The parts as a list in prose.

    >>> listed(["share", "tag", "reply"]), listed(["share"])
    ('share, tag and reply', 'share')
    """
    if len(parts) < 2:
        return "".join(parts)
    return say("%(parts)s and %(last)s", parts=", ".join(parts[:-1]), last=parts[-1])


def duration(microseconds: int) -> str:
    """A length of time in its two largest units.

    >>> duration(9_600_000_000), duration(45_000_000), duration(86_400_000_000 * 3), duration(0)
    ('2 h 40 min', '45 s', '3 d', 'no time')
    """
    seconds = round(abs(microseconds) / _SECOND)
    days = seconds / 86_400
    if days >= 2 * _YEAR:
        return say("%(n)s years", n=separated(f"{days / _YEAR:.1f}"))
    for at, (unit, size) in enumerate(_UNITS):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            text = told(unit) % {"n": whole}
            if at + 1 < len(_UNITS):
                smaller, smaller_size = _UNITS[at + 1]
                if rest >= smaller_size:
                    text += " " + told(smaller) % {"n": rest // smaller_size}
            return text
    return say("no time")


def later(microseconds: int) -> str:
    """How much later something was than what was named before it.

    >>> later(9_600_000_000), later(0), later(-9_600_000_000)
    ('2 h 40 min later', 'at once', '2 h 40 min earlier')
    """
    if microseconds == 0:
        return say("at once")
    if microseconds > 0:
        return say("%(time)s later", time=duration(microseconds))
    return say("%(time)s earlier", time=duration(microseconds))


def relative(microseconds: int, to: str) -> str:
    """How long after or before something.

    >>> relative(9_600_000_000, "the onset"), relative(0, "the onset"), relative(-9_600_000_000, "it")
    ('2 h 40 min after the onset', 'at the onset', '2 h 40 min before it')
    """
    if microseconds == 0:
        return say("at %(point)s", point=told(to))
    if microseconds > 0:
        return say("%(time)s after %(point)s", time=duration(microseconds), point=told(to))
    return say("%(time)s before %(point)s", time=duration(microseconds), point=told(to))


def once_in(days: float) -> str:
    """How often chance alone would do it, as a phrase that follows "by chance alone".

    >>> once_in(4018), once_in(30), once_in(0.25)
    ('about once in 11 years', 'about once in 30 days', 'about 4 times a day')
    >>> once_in(1e9), once_in(1e30)
    ('about once in 2.7 million years', 'less than once in a billion years')
    """
    if math.isnan(days) or days <= 0:
        return say("all the time")
    if days < 2 / 3:
        return say("about %(n)s times a day", n=number(round(1 / days)))
    if days < 1.5:
        return say("about once a day")
    if days < 90:
        return say("about once in %(n)s days", n=round(days))
    if days < 2 * _YEAR:
        months = round(days / (_YEAR / 12))
        return say("about once a year") if months == 12 else say("about once in %(n)s months", n=months)
    years = days / _YEAR
    if years < 1e6:
        return say("about once in %(n)s years", n=_large(years))
    if years < 1e9:
        return say("about once in %(n)s million years", n=_large(years / 1e6))
    return say("less than once in a billion years")


def budget(days: float) -> str:
    """The false-alarm budget as a phrase.

    >>> budget(30), budget(1), budget(0.5)
    ('one false alarm in 30 days', 'one false alarm a day', '2 false alarms a day')
    """
    if days < 1:
        return say("%(n)s false alarms a day", n=plain(1 / days))
    if days == 1:
        return say("one false alarm a day")
    return say("one false alarm in %(n)s days", n=plain(days))


def _large(value: float) -> str:
    return separated(f"{value:.2g}") if value < 10 else number(_two_figures(value))


def _two_figures(value: float) -> int:
    size = 10 ** max(0, math.floor(math.log10(value)) - 1)
    return int(round(value / size) * size)


def plain(value: float) -> str:
    """A number with one decimal at most, and none when it is whole.

    >>> plain(4.0), plain(4.26), plain(12000.0)
    ('4', '4.3', '12,000')
    """
    return separated(f"{value:,.1f}".removesuffix(".0"))


def bits(value: float) -> str:
    """Evidence with its unit.

    >>> bits(14.23), bits(-3)
    ('14.2 bits', '−3.0 bits')
    """
    return say("%(n)s bits", n=signed(value).removeprefix("+"))


def signed(value: float) -> str:
    """Evidence as a step up or down, with a true minus sign.

    >>> signed(3.14), signed(-0.5), signed(0.0)
    ('+3.1', '−0.5', '0.0')
    """
    text = f"{value:+,.1f}".replace("-", "\N{MINUS SIGN}")
    return separated("0.0" if text[1:] == "0.0" else text)


def share(part: float, whole: float) -> str:
    """A part of a whole in per cent; small parts keep a figure, and none is called nothing.

    >>> share(1, 3), share(2, 1000), share(1, 10**6), share(0, 5)
    ('33 %', '0.2 %', 'under 0.1 %', '0 %')
    """
    if part == 0 or whole == 0:
        return say("%(n)s %%", n=0)
    percent = 100 * part / whole
    if percent < 0.1:
        return say("under %(n)s %%", n=separated("0.1"))
    return say("%(n)s %%", n=separated(f"{percent:.1f}" if percent < 1 else f"{percent:.0f}"))


def _utc(time: int) -> datetime:
    return datetime.fromtimestamp(time // _SECOND, UTC)


def moment_of(time: int) -> str:
    """A point in time, with the day of the week and the year.

    >>> moment_of(1433253600_000000)
    'Tue 2 Jun 2015 14:00 UTC'
    """
    at = _utc(time)
    return f"{day_of(at)} {at:%Y %H:%M} UTC"


def moment_in_short(time: int) -> str:
    """A point in time where the year is known from what stands around it.

    >>> moment_in_short(1433253600_000000)
    'Tue 2 Jun 14:00'
    """
    at = _utc(time)
    return f"{day_of(at)} {at:%H:%M}"


def day_of(at: datetime) -> str:
    """The day of a time where the year is known: ``Tue 2 Jun``."""
    return f"{told(_DAYS[at.weekday()])} {at.day} {month_of(at)}"


def month_of(at: datetime) -> str:
    """The name of a month in short."""
    return told(_MONTHS[at.month - 1])


def second_of(time: int) -> str:
    """A point in time to the second, in a form that sorts as text.

    >>> second_of(1433253600_000000)
    '2015-06-02 14:00:00'
    """
    return f"{_utc(time):%Y-%m-%d %H:%M:%S}"


def minute_of(time: int) -> str:
    """A point in time to the minute, in a form that sorts as text.

    >>> minute_of(1433253600_000000)
    '2015-06-02 14:00'
    """
    return f"{_utc(time):%Y-%m-%d %H:%M}"


def between(start: int, end: int) -> str:
    """An interval of time as a phrase; a day is left out when both ends lie on it.

    >>> between(1433253600_000000, 1433263200_000000)
    'between 14:00 and 16:40'
    >>> between(1433253600_000000, 1433363200_000000)
    'between Tue 2 Jun 14:00 and Wed 3 Jun 20:26'
    """
    first, last = _ends(start, end)
    return say("between %(start)s and %(end)s", start=first, end=last)


def span(start: int, end: int) -> str:
    """An interval of time in short.

    >>> span(1433253600_000000, 1433263200_000000)
    '14:00 to 16:40'
    """
    first, last = _ends(start, end)
    return say("%(start)s to %(end)s", start=first, end=last)


def _ends(start: int, end: int) -> tuple[str, str]:
    first, last = _utc(start), _utc(end)
    if first.date() == last.date():
        return f"{first:%H:%M}", f"{last:%H:%M}"
    return moment_in_short(start), moment_in_short(end)
