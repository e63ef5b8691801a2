"""Full-text search inside mandate and purpose: one function, whatever the database."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from lapwing.desk import subjects
from lapwing.desk.accounts.models import Person
from lapwing.desk.cases.index import matching
from lapwing.desk.cases.passage import Passage, tokens
from lapwing.desk.cases.reading import readable_cases
from lapwing.desk.guard import may
from lapwing.desk.moments.models import Assessment, Moment
from lapwing.desk.moments.reading import within
from lapwing.report.visible_text import visible

SHOWN = 50
_AROUND = 110
"""Characters of a passage that are shown on each side of the first word found."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that a search found."""

    passage: Passage
    before: str
    word: str
    after: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found within mandate and purpose."""

    found: tuple[Found, ...]
    more: bool


def search(person: Person, purpose: str, query: str) -> Findings:
    """The passages that hold all words, the newest first; the search and its words are recorded.

    Raises :class:`lapwing.desk.guard.Refused` when this person may not look at content for this purpose.
    """
    readable = subjects.within(person, purpose, means="search", why=visible(query), detail={"list": "search"})
    moments = within(Moment.objects.filter(pk=OuterRef("moment")), readable)
    cases = readable_cases(person, readable).filter(pk=OuterRef("case"))
    reached = matching(query).filter(Exists(moments) | Exists(cases))
    if may(person, "moment.assess"):
        # What others made of a moment is read after one's own judgement, here as on its page.
        own = Assessment.objects.filter(moment=OuterRef("moment"), by=person)
        reached = reached.exclude(Q(moment__isnull=False, sort__in=("assessment", "decision")) & ~Exists(own))
    reached = reached.select_related("case", "moment").defer("moment__line", "moment__exhibit")
    passages = list(reached.order_by("-pk")[: SHOWN + 1])
    wanted = tokens(query)
    return Findings(tuple(_found(one, wanted) for one in passages[:SHOWN]), len(passages) > SHOWN)


def _found(passage: Passage, wanted: list[str]) -> Found:
    text = " ".join(passage.words.split())
    plain = text.casefold()
    places = [(plain.find(word), len(word)) for word in wanted]
    at, length = min(((at, length) for at, length in places if at >= 0), default=(0, 0))
    start = max(0, at - _AROUND)
    return Found(
        passage,
        ("…" if start else "") + text[start:at],
        text[at : at + length],
        text[at + length : at + length + _AROUND] + ("…" if len(text) > at + length + _AROUND else ""),
    )
